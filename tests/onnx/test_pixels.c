/* ONNX's image metadata: the graph gets the values that they promise, and what cannot be honoured is refused. */
#include "onnx/onnx.h"

#include "formats/weights.h"

#include "support/cmocka.h"
#include "support/graph_model.h"
#include "support/odd_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct entry {
    const char *key, *value;
} entry;

/* A model from elsewhere whose outputs are the three values of its one-pixel input, with two metadata entries; NULL:
 * without. For free(). */
static unsigned char *seeing_model(const entry entries[2], size_t *size) {
    static const int64_t dim[] = {3, 1, 1};
    graph_model g;
    CnnOnnx__StringStringEntryProto *made[2];
    graph_model_begin(&g, 13);
    graph_model_input(&g, "x", 3, dim);
    graph_model_node(&g, "GlobalAveragePool", "y", (const char *[]){"x", NULL});
    graph_model_output(&g, "y", 3, dim);
    g.model.metadata_props = made;
    for (int i = 0; i < 2 && entries[i].key; i++)
        made[g.model.n_metadata_props++] = cnn_onnx_make_entry(&g.arena, entries[i].key, entries[i].value);
    unsigned char *bytes = graph_model_bytes(&g, size);
    graph_model_free(&g);
    return bytes;
}

static cnn_net *open_model(const entry entries[2]) {
    size_t size;
    cnn_net *net;
    cnn_error error = {0};
    unsigned char *bytes = seeing_model(entries, &size);
    if (cnn_onnx_read(&net, bytes, size, "m.onnx", NULL, &error) != CNN_OK)
        fail_msg("%s", error.message);
    free(bytes);
    return net;
}

/* The graph's input for the pixels 0, 0.2 and 1. */
static void run(const cnn_net *net, float seen[3]) {
    static const float pixels[] = {0, 0.2f, 1};
    cnn_predictor *predictor;
    assert_int_equal(cnn_predictor_new(&predictor, net, NULL, NULL), CNN_OK);
    assert_int_equal(cnn_predictor_run(predictor, pixels, 1, seen, NULL), CNN_OK);
    cnn_predictor_free(predictor);
}

static void every_range_reaches_the_graph(void **state) {
    (void)state;
    static const struct {
        const char *word;
        cnn_pixels pixels;
        float seen[3];
    } cases[] = {
        {"Normalized_0_1", CNN_PIXELS_0_1, {0, 0.2f, 1}},
        {"NominalRange_0_255", CNN_PIXELS_0_255, {0, 51, 255}},
        {"normalized_1_1", CNN_PIXELS_MINUS_1_1, {-1, -0.6f, 1}},
        {"NominalRange_16_235", CNN_PIXELS_16_235, {16, 59.8f, 235}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        float seen[3];
        cnn_net *net = open_model((entry[2]){{"Image.NominalPixelRange", cases[i].word}});
        run(net, seen);
        for (int c = 0; c < 3; c++)
            assert_float_equal(seen[c], cases[i].seen[c], 1e-3);
        assert_int_equal(cnn_net_pixels(net), cases[i].pixels);
        cnn_net_free(net);
    }
}

static void a_file_that_says_nothing_is_known_to_say_nothing(void **state) {
    (void)state;
    float seen[3];
    cnn_net *net = open_model((entry[2]){{"Image.BitmapPixelFormat", "Rgb8"}});
    assert_int_equal(cnn_net_pixels(net), CNN_PIXELS_UNKNOWN);
    run(net, seen);
    assert_float_equal(seen[1], 0.2f, 1e-6);
    cnn_net_free(net);
}

static void formats_give_the_order_of_the_channels(void **state) {
    (void)state;
    cnn_net *net =
        open_model((entry[2]){{"image.bitmappixelformat", "BGR8"}, {"Image.ColorSpaceGamma", "SRGB"}});
    assert_true(net->preprocessing.bgr);
    cnn_net_free(net);
    net = open_model((entry[2]){{"Image.BitmapPixelFormat", "Rgb8"}});
    assert_false(net->preprocessing.bgr);
    cnn_net_free(net);
}

static cnn_net *read_for_tensors(const unsigned char *bytes, size_t size) {
    cnn_program *program;
    cnn_onnx_views views;
    cnn_net *net;
    assert_int_equal(cnn_program_open(&program, bytes, size, "m.onnx", NULL, NULL, NULL), CNN_OK);
    assert_int_equal(cnn_onnx_read_views(&net, &views, program, NULL, NULL), CNN_OK);
    cnn_program_free(program);
    return net;
}

static void what_cannot_be_honoured_is_refused(void **state) {
    (void)state;
    static const struct {
        entry entry;
        const char *message;
    } cases[] = {
        {{"Image.BitmapPixelFormat", "Rgba8"}, "is \"Rgba8\": images are made as Gray8, Rgb8 or Bgr8"},
        {{"Image.BitmapPixelFormat", "Gray8"}, "is \"Gray8\": but the network's input has 3 channels"},
        {{"Image.NominalPixelRange", "0..7"}, "expected Normalized_0_1, Normalized_1_1"},
        {{"Image.ColorSpaceGamma", "Linear"}, "is \"Linear\": pixels are used as files hold them"},
        {{"cnn.resize_short_side", "tall"}, "expected the length of a picture's shorter side in pixels"},
        {{"cnn.background", "white"}, "expected a colour of six hexadecimal digits"},
        {{"cnn.invert", "no"}, "expected true, or no such entry"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t size;
        cnn_net *net;
        cnn_error error = {0};
        unsigned char *bytes = seeing_model((entry[2]){cases[i].entry}, &size);
        assert_int_equal(cnn_onnx_read(&net, bytes, size, "m.onnx", NULL, &error), CNN_ERROR_UNSUPPORTED);
        if (!strstr(error.message, cases[i].message))
            fail_msg("%s", error.message);
        /* Tensors are another matter. */
        cnn_net_free(read_for_tensors(bytes, size));
        free(bytes);
    }
}

static void tensors_are_taken_as_they_are(void **state) {
    (void)state;
    size_t size;
    float seen[3];
    unsigned char *bytes = seeing_model((entry[2]){{"Image.NominalPixelRange", "NominalRange_0_255"}}, &size);
    cnn_net *net = read_for_tensors(bytes, size);
    run(net, seen);
    assert_float_equal(seen[2], 1, 0);
    cnn_net_free(net);
    free(bytes);
}

static cnn_net *save_and_open(const cnn_net *net, const char *path) {
    cnn_net *again = NULL;
    cnn_error error = {0};
    if (cnn_net_save(net, path, &error) != CNN_OK || cnn_net_open(&again, path, NULL, &error) != CNN_OK)
        fail_msg("%s", error.message);
    unlink(path);
    return again;
}

static void every_file_keeps_what_the_network_expects(void **state) {
    (void)state;
    static const char text[] = "input 3x6x6 bgr resize 9 invert background 10203f\nconv 2 3x3\n";
    static const char *const paths[] = {"kept.onnx", "kept.safetensors"};
    static const float mean[] = {0.4f, 0.5f, 0.6f}, deviation[] = {0.2f, 0.25f, 0.3f};
    for (int known = 0; known < 2; known++)
        for (int i = 0; i < 2; i++) {
            cnn_net *net;
            assert_int_equal(cnn_net_parse(&net, text, "text", NULL), CNN_OK);
            if (known)
                assert_int_equal(cnn_net_set_normalisation(net, mean, deviation, NULL), CNN_OK);
            cnn_net *again = save_and_open(net, paths[i]);
            assert_same_net(net, again);
            cnn_net_free(again);
            cnn_net_free(net);
        }
}

/* What a model from elsewhere names as its range is part of the normalisation in a file of ours. */
static void a_model_from_elsewhere_sees_the_same_when_it_was_saved(void **state) {
    (void)state;
    float before[3], after[3];
    cnn_net *net = open_model(
        (entry[2]){{"Image.NominalPixelRange", "Normalized_1_1"}, {"Image.BitmapPixelFormat", "Bgr8"}});
    cnn_net *again = save_and_open(net, "again.onnx");
    assert_int_equal(cnn_net_pixels(again), CNN_PIXELS_NORMALISED);
    assert_true(again->preprocessing.bgr);
    run(net, before);
    run(again, after);
    assert_memory_equal(before, after, sizeof before);
    cnn_net_free(again);
    cnn_net_free(net);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_range_reaches_the_graph),
        cmocka_unit_test(a_file_that_says_nothing_is_known_to_say_nothing),
        cmocka_unit_test(formats_give_the_order_of_the_channels),
        cmocka_unit_test(what_cannot_be_honoured_is_refused),
        cmocka_unit_test(tensors_are_taken_as_they_are),
        cmocka_unit_test(every_file_keeps_what_the_network_expects),
        cmocka_unit_test(a_model_from_elsewhere_sees_the_same_when_it_was_saved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
