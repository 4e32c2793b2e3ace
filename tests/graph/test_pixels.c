/* What a network expects of its pixels: the arithmetic of scale, mean and deviation, and what travels with it. */
#include "graph/net.h"

#include "base/memory.h"

#include "support/cmocka.h"
#include "support/odd_model.h"

#include <math.h>
#include <string.h>

static cnn_net *parse(const char *text) {
    cnn_net *net;
    cnn_error error = {0};
    if (cnn_net_parse(&net, text, "model.txt", &error) != CNN_OK)
        fail_msg("%s", error.message);
    return net;
}

/* What the first layer sees of a pixel of channel c. */
static double seen(const cnn_net *net, int c, double pixel) {
    return (pixel - (double)net->mean[c]) / (double)net->deviation[c];
}

static void expect_near(double value, double wanted) {
    if (!(fabs(value - wanted) <= 1e-4 * fmax(1, fabs(wanted))))
        fail_msg("%.9g instead of %.9g", value, wanted);
}

static void mean_and_deviation_are_of_pixels_from_0_to_1(void **state) {
    (void)state;
    static const float mean[] = {0.485f, 0.456f, 0.406f}, deviation[] = {0.229f, 0.224f, 0.225f};
    cnn_net *net = parse("input 3x8x8\nconv 2 3x3\n");
    assert_int_equal(cnn_net_pixels(net), CNN_PIXELS_UNKNOWN);
    assert_int_equal(
        cnn_net_expect_pixels(net, &(cnn_pixel_options){.mean = mean, .deviation = deviation}, NULL), CNN_OK);
    assert_int_equal(cnn_net_pixels(net), CNN_PIXELS_NORMALISED);
    for (int c = 0; c < 3; c++)
        expect_near(seen(net, c, 0.75), (0.75 - (double)mean[c]) / (double)deviation[c]);
    cnn_net_free(net);
}

static void a_scale_comes_before_mean_and_deviation(void **state) {
    (void)state;
    static const float mean[] = {104, 117, 123}, deviation[] = {1, 2, 4};
    cnn_net *net = parse("input 3x8x8\nconv 2 3x3\n");
    const cnn_pixel_options options = {.scale = 255, .mean = mean, .deviation = deviation};
    assert_int_equal(cnn_net_expect_pixels(net, &options, NULL), CNN_OK);
    expect_near(seen(net, 0, 1), 255 - 104);
    expect_near(seen(net, 1, 0), -117 / 2.0);
    expect_near(seen(net, 2, 0.5), (127.5 - 123) / 4);
    cnn_net_free(net);
}

static void what_the_model_does_itself_comes_after_that(void **state) {
    (void)state;
    static const float none[] = {0}, by_255[] = {255}, mean[] = {128}, deviation[] = {2};
    cnn_net *net = parse("input 1x8x8\nconv 2 3x3\n");
    assert_int_equal(cnn_net_set_normalisation(net, none, by_255, NULL), CNN_OK);
    assert_int_equal(cnn_net_expect_pixels(net, &(cnn_pixel_options){.scale = 255}, NULL), CNN_OK);
    expect_near(seen(net, 0, 0.25), 0.25);
    const cnn_pixel_options again = {.scale = 255, .mean = mean, .deviation = deviation};
    assert_int_equal(cnn_net_expect_pixels(net, &again, NULL), CNN_OK);
    expect_near(seen(net, 0, 0.25), (0.25 * 255 - 128) / 2);
    cnn_net_free(net);
}

/* A model whose file names a range: without a scale, mean and deviation are in that range. */
static void mean_and_deviation_are_in_the_range_that_the_file_names(void **state) {
    (void)state;
    static const float mean[] = {100}, deviation[] = {50};
    cnn_net *net = parse("input 1x8x8\nconv 2 3x3\n");
    net->deviation[0] = 1 / 255.0f;
    net->pixels = CNN_PIXELS_0_255;
    assert_int_equal(
        cnn_net_expect_pixels(net, &(cnn_pixel_options){.mean = mean, .deviation = deviation}, NULL), CNN_OK);
    expect_near(seen(net, 0, 1), (255 - 100) / 50.0);
    net->mean[0] = 0.5f;
    net->deviation[0] = 0.5f;
    net->pixels = CNN_PIXELS_MINUS_1_1;
    assert_int_equal(cnn_net_expect_pixels(net, &(cnn_pixel_options){.scale = 255}, NULL), CNN_OK);
    expect_near(seen(net, 0, 0.5), 127.5);
    cnn_net_free(net);
}

static void deviations_and_scales_that_mean_nothing_are_refused(void **state) {
    (void)state;
    static const float zero[] = {1, 0, 1}, infinite[] = {INFINITY, 0, 0};
    const struct {
        cnn_pixel_options options;
        const char *message;
    } cases[] = {
        {{.deviation = zero}, "the deviation of channel 2 must be above 0, not 0"},
        {{.scale = -1}, "not -1"},
        {{.scale = NAN}, "not nan"},
        {{.mean = infinite}, "normalisation of channel 0"},
    };
    cnn_net *net = parse("input 3x8x8\nconv 2 3x3\n");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cnn_error error;
        assert_int_equal(cnn_net_expect_pixels(net, &cases[i].options, &error), CNN_ERROR_ARGUMENT);
        assert_non_null(strstr(error.message, cases[i].message));
    }
    assert_int_equal(cnn_net_pixels(net), CNN_PIXELS_UNKNOWN);
    cnn_net_free(net);
}

static const char preprocessed[] =
    "input 3x6x8 bgr resize 9 invert background 00ff7f\nconv 2 3x3\nflatten\ndense 4\n";

static void the_first_line_of_a_text_model_says_how_a_picture_becomes_the_input(void **state) {
    (void)state;
    cnn_preprocessing p;
    cnn_net *net = parse(preprocessed);
    cnn_net_preprocessing(net, &p);
    assert_true(p.bgr && p.invert && !p.centre);
    assert_int_equal(p.resize, 9);
    assert_int_equal(p.background, 0xff00ff7f);
    char *text = cnn_net_text(net);
    assert_string_equal(text, preprocessed);
    cnn_free(text);
    cnn_net_free(net);
}

static void preprocessing_goes_with_copies_and_new_heads(void **state) {
    (void)state;
    static const float mean[] = {1, 2, 3}, deviation[] = {4, 5, 6};
    cnn_net *net = parse(preprocessed);
    assert_int_equal(cnn_net_set_normalisation(net, mean, deviation, NULL), CNN_OK);
    cnn_net *copy = cnn_net_copy(net, NULL);
    assert_same_net(net, copy);
    assert_int_equal(cnn_net_replace_head(copy, 7, 1, NULL), CNN_OK);
    assert_true(copy->preprocessing.bgr && copy->preprocessing.resize == 9);
    assert_int_equal(cnn_net_pixels(copy), CNN_PIXELS_NORMALISED);
    cnn_net_free(copy);
    cnn_net_free(net);
}

static void what_does_not_fit_the_input_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"input 1x8x8 bgr\nflatten\n", "the network's input has 1"},
        {"input 3x6x8 resize 7\nflatten\n", "resize to a shorter side of 7 pixels: expected 8 to 65536"},
        {"input 3x8x8 resize\nflatten\n", "expected the length of the shorter side in pixels after resize"},
        {"input 1x28x28 centre resize 28\nflatten\n", "either centred as a drawing or resized"},
        {"input 1x8x8 background fffff\nflatten\n", "a colour of six hexadecimal digits"},
        {"input 1x8x8 background fffffff\nflatten\n", "a colour of six hexadecimal digits"},
        {"input 1x8x8 background 12@456\nflatten\n", "a colour of six hexadecimal digits"},
        {"input 1x8x8 rgb\nflatten\n", "bgr, resize N, invert, centre and background RRGGBB, not by \"rgb\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cnn_net *net;
        cnn_error error = {0};
        assert_int_not_equal(cnn_net_parse(&net, cases[i].text, "model.txt", &error), CNN_OK);
        if (!strstr(error.message, cases[i].message) || !strstr(error.message, "model.txt:1: \"input"))
            fail_msg("%s", error.message);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mean_and_deviation_are_of_pixels_from_0_to_1),
        cmocka_unit_test(a_scale_comes_before_mean_and_deviation),
        cmocka_unit_test(what_the_model_does_itself_comes_after_that),
        cmocka_unit_test(mean_and_deviation_are_in_the_range_that_the_file_names),
        cmocka_unit_test(deviations_and_scales_that_mean_nothing_are_refused),
        cmocka_unit_test(the_first_line_of_a_text_model_says_how_a_picture_becomes_the_input),
        cmocka_unit_test(preprocessing_goes_with_copies_and_new_heads),
        cmocka_unit_test(what_does_not_fit_the_input_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
