/* `cnn data info` on folders of pictures. */
#define _GNU_SOURCE
#include "data/image_folders.h"
#include "support/command.h"

#include <jansson.h>

static json_t *info_json(const char *folder) {
    char arguments[64];
    snprintf(arguments, sizeof arguments, "data info %s --json", folder);
    command_result result = command_run(arguments);
    assert_int_equal(result.code, 0);
    json_t *json = json_loads(result.out, 0, NULL);
    assert_non_null(json);
    command_free(&result);
    return json;
}

static int64_t number(const json_t *json, const char *part, const char *name) {
    return json_integer_value(json_object_get(json_object_get(json, part), name));
}

/* Sizes, formats and colours of all files, not of the first one. */
static void sums_up_what_the_files_hold(void **state) {
    (void)state;
    put_png("mixed", "a/1.png", &grey, 10);
    put_png("mixed", "a/2.png", &colour, 20);
    put_jpeg("mixed", "b/3.jpg", 30);
    put_png("mixed", "b/4.png", &grey, 40);
    command_expect("data info mixed", 0, "mixed, 2 classes", NULL);
    command_expect("data info mixed", 0, "1 JPEG", NULL);
    json_t *json = info_json("mixed");
    const json_t *files = json_object_get(json_object_get(json, "train"), "files");
    assert_int_equal(json_integer_value(json_object_get(json_object_get(files, "formats"), "PNG")), 3);
    assert_int_equal(json_integer_value(json_object_get(files, "grey")), 3);
    assert_int_equal(json_integer_value(json_object_get(files, "colour")), 1);
    assert_int_equal(json_integer_value(json_array_get(json_object_get(files, "smallest"), 0)), 2);
    assert_int_equal(json_integer_value(json_array_get(json_object_get(files, "largest"), 1)), 4);
    assert_int_equal(json_integer_value(json_object_get(files, "most_frequent_images")), 3);
    assert_false(json_boolean_value(json_object_get(json, "divided")));
    assert_int_equal(number(json, "test", "images"), 0);
    json_decref(json);
}

/* With --for MODEL also what that makes of a picture. */
static void shows_what_a_model_makes_of_a_picture(void **state) {
    (void)state;
    put_png("for", "a/1.png", &grey, 10);
    put_png("for", "b/1.png", &grey, 20);
    command_expect("data info for --for mobilenet-small", 0, "input       float32 N,C,H,W: N x 1 x 28 x 28",
                   NULL);
    command_expect("data info for --for no-model", 1, "", "no-model");
    command_result result = command_run("data info for --for basic --json");
    json_t *json = json_loads(result.out, 0, NULL);
    assert_true(json_array_size(json_object_get(json, "pipeline")) > 3);
    json_decref(json);
    command_free(&result);
}

static void names_the_parts_and_what_is_left_out(void **state) {
    (void)state;
    put_png("parts", "train/a/1.png", &grey, 10);
    put_png("parts", "train/b/1.png", &grey, 10);
    put_png("parts", "val/a/1.png", &grey, 10);
    put_junk("parts", "val/a/2.png");
    put_junk("parts", "train/a/notes.txt");
    command_expect("data info parts", 0, "Images      training  validation", "1 file is left out");
    command_expect("data info parts", 0, "val/a/2.png: not a PNG", "1 .txt");
    json_t *json = info_json("parts");
    assert_true(json_boolean_value(json_object_get(json, "divided")));
    assert_int_equal(number(json, "train", "images"), 2);
    assert_int_equal(number(json, "validation", "images"), 1);
    assert_int_equal(number(json, "validation", "skipped"), 1);
    assert_int_equal(json_array_size(json_object_get(json, "notes")), 1);
    json_decref(json);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_up_what_the_files_hold),
        cmocka_unit_test(shows_what_a_model_makes_of_a_picture),
        cmocka_unit_test(names_the_parts_and_what_is_left_out),
    };
    return cmocka_run_group_tests(tests, command_set_up, command_tear_down);
}
