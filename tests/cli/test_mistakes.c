/* cnn test --wrong: the pictures that a model takes for another class, by name. */
#define _GNU_SOURCE
#include "support/cmocka.h"
#include "support/command.h"
#include "support/pictures.h"

#include <jansson.h>

#include <stdio.h>
#include <string.h>

/* A `run` trained on quarters, and `data-2`: eight test pictures, of which two lie in the folder of a wrong class. */
static int set_up(void **state) {
    char path[64];
    if (command_set_up(state))
        return -1;
    for (int i = 0; i < 24; i++) {
        snprintf(path, sizeof path, "data-2/train/class-%d/p%d.png", i % 4, i);
        write_picture(path, i % 4, (unsigned)i);
    }
    for (int i = 0; i < 8; i++) {
        snprintf(path, sizeof path, "data-2/test/class-%d/p%d.png", i % 4, i);
        write_picture(path, i == 5 ? 3 : i == 6 ? 0 : i % 4, (unsigned)i + 100);
    }
    command_expect("train model.txt --data data-2 --epochs 60 --batch 8 -o run", 0, "", "");
    return 0;
}

static const json_t *entry(const json_t *json, size_t index) {
    return json_array_get(json_object_get(json, "wrong"), index);
}

static void wrong_files_are_named_with_label_and_prediction(void **state) {
    (void)state;
    command_result result = command_run("test run --data data-2 --wrong 10 --json");
    assert_int_equal(result.code, 0);
    json_t *json = json_loads(result.out, 0, NULL);
    assert_non_null(json);
    assert_int_equal(json_integer_value(json_object_get(json, "correct")), 6);
    assert_int_equal(json_array_size(json_object_get(json, "wrong")), 2);
    double before = 1;
    for (size_t i = 0; i < 2; i++) {
        const char *image = json_string_value(json_object_get(entry(json, i), "image"));
        const char *label = json_string_value(json_object_get(entry(json, i), "label"));
        const char *predicted = json_string_value(json_object_get(entry(json, i), "predicted"));
        const double probability = json_real_value(json_object_get(entry(json, i), "probability"));
        const bool fifth = strstr(image, "p5.png") != NULL;
        assert_true(fifth || strstr(image, "p6.png"));
        assert_string_equal(label, fifth ? "class-1" : "class-2");
        assert_string_equal(predicted, fifth ? "class-3" : "class-0");
        assert_true(probability > 0.25 && probability <= before);
        before = probability;
    }
    json_decref(json);
    command_free(&result);
}

static void the_list_ends_where_it_was_asked_to(void **state) {
    (void)state;
    command_result result = command_run("test run --data data-2 --wrong 1");
    assert_int_equal(result.code, 0);
    const char *list = strstr(result.out, "\nMistakes: 1 of 2, the most confident first\n");
    assert_non_null(list);
    assert_true(!strstr(list, "p5.png") != !strstr(list, "p6.png"));
    command_free(&result);
    command_expect("test run --data data-2 --wrong 0", 2, NULL, "--wrong expects a whole number");
}

static void without_mistakes_it_says_so(void **state) {
    (void)state;
    command_expect("train model.txt --data data --epochs 8 -o good", 0, "", "");
    command_expect("test good --data data --wrong 5", 0, "\nNo image was misclassified\n", NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_files_are_named_with_label_and_prediction),
        cmocka_unit_test(the_list_ends_where_it_was_asked_to),
        cmocka_unit_test(without_mistakes_it_says_so),
    };
    return cmocka_run_group_tests(tests, set_up, command_tear_down);
}
