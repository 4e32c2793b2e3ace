/* What a model expects of its pixels, as options of the command: the values that reach it, what is kept, what is said. */
#define _XOPEN_SOURCE 700
#include "support/cmocka.h"
#include "support/command.h"
#include "support/graph_model.h"

#include "base/file.h"
#include "data/image_files.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* A model from elsewhere: its three outputs are the means of its input's channels. Behind a Clip they are no scores that
 * predict would make probabilities of. */
static void write_seeing_model(const char *path, int64_t side) {
    const int64_t dim[] = {3, side, side}, out[] = {3, 1, 1};
    graph_model g;
    size_t size;
    graph_model_begin(&g, 10);
    graph_model_input(&g, "x", 3, dim);
    graph_model_node(&g, "GlobalAveragePool", "m", (const char *[]){"x", NULL});
    CnnOnnx__NodeProto *clip = graph_model_node(&g, "Clip", "y", (const char *[]){"m", NULL});
    cnn_onnx_add_real(&g.arena, clip, "min", -1000);
    cnn_onnx_add_real(&g.arena, clip, "max", 1000);
    graph_model_output(&g, "y", 3, out);
    unsigned char *bytes = graph_model_bytes(&g, &size);
    graph_model_free(&g);
    assert_int_equal(cnn_file_replace(path, bytes, size, NULL), CNN_OK);
    free(bytes);
}

/* `colour.png`: one colour, 51 102 255. `wide.png`: 4 rows of 8 pixels, white at both ends, black in the middle. */
static void write_pictures(void) {
    const png_kind kind = {.colour = PNG_COLOR_TYPE_RGB, .depth = 8};
    uint8_t colour[4 * 3], wide[4 * 8 * 3];
    for (int i = 0; i < 4; i++)
        memcpy(colour + 3 * i, (const uint8_t[]){51, 102, 255}, 3);
    write_png("colour.png", 2, 2, &kind, colour, 6);
    for (int i = 0; i < 4 * 8; i++)
        memset(wide + 3 * i, i % 8 < 2 || i % 8 > 5 ? 255 : 0, 3);
    write_png("wide.png", 8, 4, &kind, wide, 24);
}

static int set_up(void **state) {
    if (command_set_up(state) != 0)
        return -1;
    write_seeing_model("sees.onnx", 2);
    write_seeing_model("sees4.onnx", 4);
    write_pictures();
    return 0;
}

/* The channels' means that the model saw. */
static void expect_seen(const char *arguments, double first, double second, double third) {
    const double wanted[] = {first, second, third};
    char command[256];
    snprintf(command, sizeof command, "predict %s --json", arguments);
    command_result result = command_run(command);
    json_t *json = json_loads(result.out, 0, NULL);
    const json_t *values = json_object_get(json_array_get(json_object_get(json, "images"), 0), "values");
    if (json_array_size(values) != 3)
        fail_msg("cnn %s: %s%s", command, result.out, result.err);
    for (size_t i = 0; i < 3; i++)
        assert_float_equal(json_number_value(json_array_get(values, i)), wanted[i], 1e-4);
    json_decref(json);
    command_free(&result);
}

static void scale_mean_std_and_bgr_give_the_values_that_a_model_takes(void **state) {
    (void)state;
    expect_seen("sees.onnx colour.png", 0.2, 0.4, 1);
    expect_seen("sees.onnx colour.png --scale 255", 51, 102, 255);
    expect_seen("sees.onnx colour.png --mean 0.5 --std 0.5", -0.6, -0.2, 1);
    expect_seen("sees.onnx colour.png --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225",
                (0.2 - 0.485) / 0.229, (0.4 - 0.456) / 0.224, (1 - 0.406) / 0.225);
    expect_seen("sees.onnx colour.png --bgr", 1, 0.4, 0.2);
    expect_seen("sees.onnx colour.png --bgr --scale 255 --mean 104,117,123", 255 - 104, 102 - 117, 51 - 123);
    expect_seen("sees.onnx colour.png --invert", 0.8, 0.6, 0);
}

static void resize_and_crop_take_the_centre_instead_of_squashing(void **state) {
    (void)state;
    expect_seen("sees4.onnx wide.png", 0.492157, 0.492157, 0.492157); /* about half of it is white */
    expect_seen("sees4.onnx wide.png --resize 4", 0, 0, 0);
    expect_seen("sees4.onnx wide.png --resize 4 --crop 4", 0, 0, 0);
}

static void options_that_mean_nothing_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *options, *message;
        int code;
    } cases[] = {
        {"--mean 1,2", "--mean 1,2 has 2 numbers, but the network takes 3 channels", 2},
        {"--mean 1,,2", "--mean expects numbers separated by commas", 2},
        {"--std 1,2,nan", "--std expects numbers", 2},
        {"--std 1,0,1", "the deviation of channel 2 must be above 0, not 0", 1},
        {"--scale 0", "--scale expects a number, above 0", 2},
        {"--crop 2", "give --resize N as well", 2},
        {"--resize 4 --crop 3", "--crop 3 does not fit: sees.onnx takes 2 x 2 pixels", 2},
        {"--resize 1", "resize to a shorter side of 1 pixels: expected 2 to 65536", 1},
        {"--resize 4 --centre", "either centred as a drawing or resized", 1},
        {"--background white", "--background expects six hexadecimal digits", 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char command[256];
        snprintf(command, sizeof command, "predict sees.onnx colour.png %s", cases[i].options);
        command_expect(command, cases[i].code, NULL, cases[i].message);
    }
}

static void a_model_that_says_nothing_is_named_with_what_was_assumed(void **state) {
    (void)state;
    static const char said[] =
        "cnn: note: sees.onnx does not say what pixels it takes: red, green, blue in 0..1 are";
    command_expect("predict sees.onnx colour.png", 0, "predicted", said);
    command_expect("predict sees.onnx colour.png --scale 1", 0, "predicted", NULL);
    command_expect("summary sees.onnx", 0, "0..1 (assumed; the model's file does not say)", NULL);
    command_expect("convert sees.onnx knows.onnx --scale 255 --bgr", 0, "knows.onnx", NULL);
    command_expect("predict knows.onnx colour.png", 0, "predicted", NULL);
    expect_seen("knows.onnx colour.png", 255, 102, 51);
    command_expect("predict knows.onnx colour.png --mean 1", 2, NULL,
                   "knows.onnx normalises its pixels itself");
    command_expect("convert sees.onnx lost.txt --mean 1", 2, NULL, "a text model cannot hold --scale");
}

static void what_training_was_told_is_kept_and_compared(void **state) {
    (void)state;
    static const char train[] =
        "train model.txt --data data -o told --epochs 1 --mean 0.5 --std 0.25 --invert";
    char command[256];
    command_expect(train, 0, "Trained in", NULL);
    command_expect("summary told", 0, "mean 0.5, deviation 0.25: -2..2", NULL);
    command_expect("summary told", 0, "inverted    255 - x", NULL);
    command_expect("test told --data data", 0, "Accuracy", NULL);
    snprintf(command, sizeof command, "%s --epochs 2 --resume --std 0.5", train);
    command_expect(command, 1, "Model", "normalisation was [0.5, 0.25] and is now [0.5, 0.5]");
    command_expect("train model.txt --data data -o told --resume --epochs 2 --mean 0.5 --std 0.25", 1,
                   "Model", "line 1 of its model is \"input 1x8x8 invert\", but \"input 1x8x8\"");
    snprintf(command, sizeof command, "%s --epochs 2 --resume", train);
    command_expect(command, 0, "Trained in", NULL);
}

static void models_that_see_different_images_are_not_compared_on_them(void **state) {
    (void)state;
    command_expect("convert model.txt plain.onnx --seed 1", 0, "plain", NULL);
    command_expect("convert model.txt turned.onnx --seed 1 --invert", 0, "turned", NULL);
    command_expect("diff plain.onnx turned.onnx --data data", 1, NULL,
                   "plain.onnx and turned.onnx preprocess pictures differently");
    command_expect("diff plain.onnx turned.onnx", 0, "the same parameters", NULL);
}

static void summary_shows_the_way_from_a_picture_to_the_input(void **state) {
    (void)state;
    command_expect("convert sees4.onnx way.onnx --resize 5 --bgr --mean 0.5 --std 0.25 --background 102030",
                   0, "way", NULL);
    command_expect("summary way.onnx", 0,
                   "From a picture to the input\n"
                   "  decoded     values 0..255, rotated upright according to EXIF\n"
                   "  background  #102030 under transparent pixels\n"
                   "  colours     blue, green, red\n"
                   "  resized     the shorter side to 5 pixels\n"
                   "  cropped     the centre, 4 x 4\n"
                   "  scaled      x / 255: 0..1\n"
                   "  normalised  (x - mean) / deviation, mean 0.5, deviation 0.25: -2..2\n"
                   "  input       float32 N,C,H,W: N x 3 x 4 x 4\n",
                   NULL);
    command_expect("summary way.onnx --json", 0, "\"step\": \"cropped\"", NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scale_mean_std_and_bgr_give_the_values_that_a_model_takes),
        cmocka_unit_test(resize_and_crop_take_the_centre_instead_of_squashing),
        cmocka_unit_test(options_that_mean_nothing_are_refused),
        cmocka_unit_test(a_model_that_says_nothing_is_named_with_what_was_assumed),
        cmocka_unit_test(what_training_was_told_is_kept_and_compared),
        cmocka_unit_test(models_that_see_different_images_are_not_compared_on_them),
        cmocka_unit_test(summary_shows_the_way_from_a_picture_to_the_input),
    };
    return cmocka_run_group_tests(tests, set_up, command_tear_down);
}
