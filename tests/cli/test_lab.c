/* cnn lab: its tables, JSON, pictures, and what it saves. */
#define _XOPEN_SOURCE 700
#include "support/cmocka.h"
#include "support/command.h"

#include "cnn.h"

#include <jansson.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int train(void **state) {
    if (command_set_up(state) != 0)
        return -1;
    command_expect("train model.txt --data data -o run --epochs 2 --seed 3 --optimizer adam", 0, "Trained in",
                   NULL);
    return 0;
}

static const json_t *member(const json_t *list, const char *key, const char *value) {
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *json = json_array_get(list, i);
        if (strcmp(json_string_value(json_object_get(json, key)), value) == 0)
            return json;
    }
    return NULL;
}

static int64_t whole_of(const json_t *json, const char *key) {
    return json_integer_value(json_object_get(json, key));
}

/* The network of 8 x 8 images: 40 + 148 parameters; a dense one of 3 units has 3 x 65 + 4 x 4. */
static void a_model_is_trained_beside_its_opponent(void **state) {
    (void)state;
    json_t *json = command_json("lab model.txt --data data --quick --seed 5 --threads 1 --json");
    const json_t *networks = json_object_get(json, "networks"), *layers = json_object_get(json, "layers"),
                 *budget = json_object_get(json, "budget");
    const json_t *cnn = member(networks, "role", "cnn"), *dense = member(networks, "role", "dense"),
                 *conv = member(layers, "name", "conv_1");
    assert_int_equal(json_array_size(networks), 4);
    assert_int_equal(whole_of(cnn, "parameters"), 188);
    assert_int_equal(whole_of(dense, "parameters"), 211);
    assert_int_equal(whole_of(budget, "images"), 96);
    assert_int_equal(whole_of(budget, "epochs"), 3);
    assert_int_equal(whole_of(budget, "seed"), 5);
    assert_true(json_is_false(json_object_get(budget, "from_run")));
    assert_int_equal(whole_of(json, "test_images"), 24);
    const json_t *rows = json_object_get(cnn, "shifted");
    assert_int_equal(json_array_size(rows), 13);
    assert_float_equal(json_real_value(json_array_get(json_array_get(rows, 6), 6)),
                       json_real_value(json_object_get(cnn, "accuracy")), 1e-12);
    assert_int_equal(whole_of(json_object_get(conv, "sharing"), "dense"), 65 * 144);
    assert_int_equal(whole_of(json_object_get(conv, "connections"), "of_a_value"), 9);
    assert_int_equal(json_array_size(json_object_get(conv, "patches")), 4);
    assert_true(json_real_value(json_array_get(json_object_get(conv, "equivariance_error"), 0)) == 0);
    assert_true(json_is_null(json_object_get(member(layers, "name", "fc_1"), "equivariance_error")));
    json_decref(json);
}

static void a_run_is_compared_as_it_is_and_keeps_the_results(void **state) {
    (void)state;
    command_expect("lab run --data data --threads 1", 0, "Saved in run/lab.json", "");
    json_t *json = json_load_file("run/lab.json", 0, NULL);
    assert_non_null(json);
    const json_t *networks = json_object_get(json, "networks"), *budget = json_object_get(json, "budget");
    assert_true(json_is_false(json_object_get(member(networks, "role", "cnn"), "trained_here")));
    assert_null(member(networks, "role", "model"));
    assert_true(json_is_true(json_object_get(budget, "from_run")));
    assert_int_equal(whole_of(budget, "epochs"), 2);
    assert_string_equal(json_string_value(json_object_get(budget, "optimizer")), "adam");
    json_decref(json);
    json = command_json("lab run --data data --quick --threads 1 --json");
    networks = json_object_get(json, "networks");
    assert_non_null(member(networks, "role", "model"));
    assert_true(json_is_true(json_object_get(member(networks, "role", "cnn"), "trained_here")));
    json_decref(json);
    command_expect("lab run --data data --limit 50", 1, NULL,
                   "run was trained on 96 images, and these are 50: give those that it was trained on");
}

static void the_text_has_the_five_experiments(void **state) {
    (void)state;
    static const char *const parts[] = {"1. Invariance",
                                        "2. Parameter sharing",
                                        "3. Sparsity of connections",
                                        "4. Features are local",
                                        "5. High-level features are made of low-level ones",
                                        "96 images to train on, 24 to test with"};
    command_result result = command_run("lab model.txt --data data --quick --threads 1");
    assert_int_equal(result.code, 0);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (!strstr(result.out, parts[i]))
            fail_msg("no \"%s\" in\n%s", parts[i], result.out);
    assert_null(strstr(result.out, "\033["));
    command_free(&result);
}

enum { WIDTH = 221, HEIGHT = 261 }; /* 13 squares of 17 pixels, and 40 rows of legend */

/* Red, green and blue of a pixel, as bytes. */
static void colour_at(const float *pixels, int row, int column, int colour[3]) {
    for (int k = 0; k < 3; k++)
        colour[k] = (int)(pixels[(k * HEIGHT + row) * WIDTH + column] * 255 + 0.5f);
}

static void expect_colour(const float *pixels, int row, int column, int red, int green, int blue) {
    int colour[3];
    colour_at(pixels, row, column, colour);
    if (abs(colour[0] - red) > 1 || abs(colour[1] - green) > 1 || abs(colour[2] - blue) > 1)
        fail_msg("pixel %d, %d: %d %d %d", row, column, colour[0], colour[1], colour[2]);
}

static void a_limit_takes_the_first_images_of_each_part(void **state) {
    (void)state;
    command_expect("lab model.txt --data data --limit 30 --quick --threads 1", 0,
                   "30 images to train on, 24 to test with", "");
}

static void the_epochs_of_trainings_can_be_said(void **state) {
    (void)state;
    command_expect("lab model.txt --data data --epochs 2 --threads 1", 0, ": 2 epochs, batch 128", "");
    command_expect("lab run --data data --epochs 2", 2, NULL,
                   "a run is compared with the epochs that it had");
}

static void pictures_are_drawn(void **state) {
    (void)state;
    static float pixels[3 * HEIGHT * WIDTH];
    const cnn_image_options options = {.channels = 3, .height = HEIGHT, .width = WIDTH};
    command_expect("lab run --data data -o lab --threads 1", 0, "1. Invariance", "");
    assert_int_equal(access("lab/shift_model.png", F_OK), -1);
    assert_int_equal(cnn_image_read("lab/patches_conv_1.png", &options, pixels, NULL), CNN_OK);
    assert_int_equal(cnn_image_read("lab/shift_dense.png", &options, pixels, NULL), CNN_OK);
    assert_int_equal(cnn_image_read("lab/shift_cnn.png", &options, pixels, NULL), CNN_OK);
    expect_colour(pixels, 230, 6, 0x44, 0x01, 0x54);   /* the legend begins with violet, 0 %, */
    expect_colour(pixels, 230, 214, 0xfd, 0xe7, 0x25); /* and ends with yellow, 100 % */
    json_t *json = json_load_file("run/lab.json", 0, NULL);
    const json_t *cnn = member(json_object_get(json, "networks"), "role", "cnn");
    const double accuracy = json_real_value(json_object_get(cnn, "accuracy")), after = 4 * accuracy - 1;
    assert_true(accuracy > 0.25 && accuracy < 0.5); /* between the second and the third colour of five */
    expect_colour(pixels, 110, 110, (int)(0x3b + after * (0x21 - 0x3b)), (int)(0x52 + after * (0x91 - 0x52)),
                  (int)(0x8b + after * (0x8c - 0x8b)));
    json_decref(json);
}

static void what_is_missing_is_said(void **state) {
    (void)state;
    command_expect("lab model.txt", 2, NULL, "--data DATA is missing");
    command_expect("lab model.txt --data nowhere", 1, NULL, "nowhere");
    command_expect("lab no-model --data data", 1, NULL, "no-model");
    command_expect("lab run --data data -o no/such/folder", 1, NULL,
                   "cannot create the folder no/such/folder");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_model_is_trained_beside_its_opponent),
        cmocka_unit_test(a_run_is_compared_as_it_is_and_keeps_the_results),
        cmocka_unit_test(the_text_has_the_five_experiments),
        cmocka_unit_test(a_limit_takes_the_first_images_of_each_part),
        cmocka_unit_test(the_epochs_of_trainings_can_be_said),
        cmocka_unit_test(pictures_are_drawn),
        cmocka_unit_test(what_is_missing_is_said),
    };
    return cmocka_run_group_tests(tests, train, command_tear_down);
}
