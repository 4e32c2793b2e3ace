/* cnn test and predict with --tta and --with: several views, several models. */
#define _GNU_SOURCE
#include "support/cmocka.h"
#include "support/command.h"

#include <jansson.h>

#include <math.h>
#include <string.h>

enum { CLASSES = 4 };

/* Two runs that differ by their seed, and untrained networks that fit them not. */
static int set_up(void **state) {
    if (command_set_up(state))
        return -1;
    command_expect("train model.txt --data data --epochs 2 -o run", 0, "", "");
    command_expect("train model.txt --data data --epochs 2 --seed 2 -o other", 0, "", "");
    FILE *file = fopen("wide.txt", "w");
    assert_non_null(file);
    assert_true(fputs("input 1x9x9\nflatten\ndense 4\nsoftmax\n", file) >= 0);
    fclose(file);
    command_expect("train wide.txt --data data --image 1x9x9 --epochs 1 -o wide", 0, "", "");
    return 0;
}

/* The probabilities of the first six test images. */
static void ask(const char *arguments, double values[6][CLASSES]) {
    json_t *json = command_json(arguments);
    for (size_t i = 0; i < 6; i++) {
        const json_t *image = json_array_get(json_object_get(json, "images"), i);
        const json_t *list = json_object_get(image, "values");
        assert_int_equal(json_array_size(list), CLASSES);
        for (size_t k = 0; k < CLASSES; k++)
            values[i][k] = json_real_value(json_array_get(list, k));
    }
    json_decref(json);
}

static void probabilities_of_models_are_averaged(void **state) {
    double a[6][CLASSES], b[6][CLASSES], both[6][CLASSES];
    (void)state;
    ask("predict run --data data --json", a);
    ask("predict other --data data --json", b);
    ask("predict run --with other --data data --json", both);
    for (int i = 0; i < 6; i++)
        for (int k = 0; k < CLASSES; k++)
            assert_true(fabs(both[i][k] - (a[i][k] + b[i][k]) / 2) < 1e-6);
    assert_true(fabs(a[0][0] - b[0][0]) > 1e-3);
}

static void views_change_probabilities(void **state) {
    double plain[6][CLASSES], views[6][CLASSES], again[6][CLASSES];
    (void)state;
    ask("predict run --data data --json", plain);
    ask("predict run --data data --json --tta mirror,shift:1 --threads 1", views);
    ask("predict run --data data --json --tta shift,mirror --threads 3", again);
    assert_memory_equal(views, again, sizeof views);
    assert_true(fabs(plain[0][0] - views[0][0]) > 1e-5);
}

static void test_says_what_was_averaged(void **state) {
    (void)state;
    command_expect("test run --data data --tta mirror --with other", 0,
                   "Averaged with other\nAveraged over the views of --tta mirror\n", "");
    json_t *json = command_json("test run --data data --tta mirror,shift:2 --with other --with run --json");
    assert_string_equal(json_string_value(json_object_get(json, "tta")), "mirror,shift:2");
    assert_int_equal(json_array_size(json_object_get(json, "with")), 2);
    assert_int_equal(json_integer_value(json_object_get(json, "images")), 24);
    json_decref(json);
    json = command_json("test run --data data --json");
    assert_null(json_object_get(json, "tta"));
    assert_null(json_object_get(json, "with"));
    json_decref(json);
}

static void a_model_with_itself_is_itself(void **state) {
    (void)state;
    json_t *one = command_json("test run --data data --json --wrong 5");
    json_t *two = command_json("test run --with run --data data --json --wrong 5");
    json_object_del(two, "with");
    const double a = json_real_value(json_object_get(one, "loss")),
                 b = json_real_value(json_object_get(two, "loss"));
    assert_true(fabs(a - b) < 1e-12);
    json_object_del(one, "loss");
    json_object_del(two, "loss");
    assert_true(json_equal(one, two));
    json_decref(one);
    json_decref(two);
}

static void what_cannot_be_averaged_is_refused(void **state) {
    (void)state;
    command_expect("test run --data data --tta miror", 2, NULL,
                   "test: --tta: view 'miror' is unknown: did you mean mirror; see 'cnn test --help'");
    command_expect("predict run --data data --tta shift:0", 2, NULL, "between 1 and 64, not '0'");
    command_expect("predict run --data data --tta shift:8", 1, NULL, "view 1 moves images by -8 rows");
    command_expect("predict run --data data --tta mirror --raw", 2, NULL, "cannot be used with --raw");
    command_expect("predict run --data data --with other --raw", 2, NULL, "cannot be used with --raw");
    command_expect("test run --data data --with nowhere.onnx", 1, NULL, "nowhere.onnx");
    command_expect("test run --data data --with model.txt", 1, NULL, "model.txt");
    command_expect("test run --data data --with other --with wide", 1, NULL,
                   "--with wide: network 3 takes images of 1x9x9, but the first one takes 1x8x8");
}

/* A test of JSON's figures against what it says elsewhere. */
static void figures_are_those_of_the_confusion_matrix(void **state) {
    (void)state;
    command_expect("test run --data data --top 2", 0, "Top-2 accuracy", "");
    json_t *json = command_json("test run --data data --top 2 --json");
    const json_t *metrics = json_object_get(json, "metrics"), *classes = json_object_get(json, "classes");
    double recalls = 0, f1 = 0;
    for (size_t i = 0; i < CLASSES; i++) {
        recalls += json_number_value(json_object_get(json_array_get(classes, i), "recall"));
        f1 += json_number_value(json_object_get(json_array_get(classes, i), "f1"));
    }
    const json_t *balanced = json_object_get(metrics, "balanced_accuracy"),
                 *macro = json_object_get(metrics, "f1_macro");
    assert_true(fabs(json_real_value(json_object_get(balanced, "value")) - recalls / CLASSES) < 1e-8);
    assert_true(fabs(json_real_value(json_object_get(macro, "value")) - f1 / CLASSES) < 1e-8);
    assert_true(json_real_value(json_object_get(balanced, "low")) <=
                json_real_value(json_object_get(balanced, "high")));
    assert_int_equal(json_integer_value(json_object_get(metrics, "top")), 2);
    assert_true(json_real_value(json_object_get(metrics, "top_accuracy")) >=
                json_real_value(json_object_get(json, "accuracy")));
    json_decref(json);
    command_expect("test run --data data --top 0", 2, NULL, "--top");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(probabilities_of_models_are_averaged),
        cmocka_unit_test(views_change_probabilities),
        cmocka_unit_test(test_says_what_was_averaged),
        cmocka_unit_test(a_model_with_itself_is_itself),
        cmocka_unit_test(what_cannot_be_averaged_is_refused),
        cmocka_unit_test(figures_are_those_of_the_confusion_matrix),
    };
    return cmocka_run_group_tests(tests, set_up, command_tear_down);
}
