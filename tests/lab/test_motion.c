/* How far maps move with their images: what must be exactly zero, and one figure computed otherwise. */
#include "lab/lab_layers.h"
#include "cnn_lab.h"

#include "base/random.h"
#include "lab/experiment.h"
#include "support/byte_data.h"
#include "support/cmocka.h"

#include <math.h>
#include <string.h>

enum { SIDE = 24, AREA = SIDE * SIDE };

static cnn_net *net_of(const char *text) {
    cnn_net *net;
    cnn_error error;
    if (cnn_net_parse(&net, text, NULL, &error) != CNN_OK)
        fail_msg("%s: %s", text, error.message);
    assert_int_equal(cnn_net_initialise(net, 5), CNN_OK);
    return net;
}

/* Noise all over the image, but for an edge of so many pixels. */
static void draw(uint8_t *image, int edge) {
    cnn_random random;
    cnn_random_seed(&random, 8);
    for (int i = 0; i < AREA; i++) {
        const int y = i / SIDE, x = i % SIDE;
        const bool inside = y >= edge && y < SIDE - edge && x >= edge && x < SIDE - edge;
        image[i] = inside ? (uint8_t)cnn_random_below(&random, 256) : 0;
    }
}

/* The layers' figures, of a single image. */
static cnn_lab motion_of(const cnn_net *net, int edge) {
    uint8_t image[AREA];
    const int32_t label = 0;
    cnn_error error;
    cnn_lab lab = {.test_images = 1};
    const cnn_lab_options options = {.net = net, .threads = 1};
    draw(image, edge);
    cnn_data *data = byte_data((cnn_input_options){1, SIDE, SIDE}, 1, image, &label, 1);
    cnn_experiment experiment = {
        .options = &options, .lab = &lab, .subject = net, .images.part[CNN_SPLIT_TEST] = data};
    if (cnn_experiment_geometry(&experiment, &error) != CNN_OK ||
        cnn_experiment_motion(&experiment, &error) != CNN_OK)
        fail_msg("%s", error.message);
    cnn_data_free(data);
    return lab;
}

/* Shifts that are no multiple of the maps' distance leave an error. */
static void expect_equivariance(const cnn_lab *lab, const char *name, int distance) {
    const cnn_lab_layer *layer = layer_of(lab, name);
    for (int s = 1; s <= CNN_LAB_LARGEST_SHIFT; s++) {
        const double error = layer->equivariance_error[s - 1];
        if (s % distance == 0 ? error != 0 : !(error > 0.01))
            fail_msg("%s, shift %d: error %g", name, s, error);
        assert_true(layer->change[s - 1] > 0);
    }
}

static void maps_move_exactly_with_the_image(void **state) {
    (void)state;
    cnn_net *net =
        net_of("input 1x24x24\nconv 5 3x3 relu name plain\nconv 6 3x3 padding 1 relu name padded\n"
               "maxpool 2x2 name pooled\nconv 4 3x3 name last\nflatten\ndense 2\nsoftmax name end");
    cnn_lab lab = motion_of(net, 0);
    expect_equivariance(&lab, "plain", 1);
    expect_equivariance(&lab, "padded", 1);
    expect_equivariance(&lab, "pooled", 2);
    expect_equivariance(&lab, "last", 2);
    assert_true(isnan(layer_of(&lab, "end")->equivariance_error[0]));
    cnn_lab_free(&lab);
    cnn_net_free(net);
}

static void branches_that_see_differently_far_have_one_interior(void **state) {
    (void)state;
    cnn_net *net = net_of("input 1x24x24\nconv 2 1x1 name a\nconv 3 5x5 padding 2 from input name b\n"
                          "conv 2 3x3 padding 1 from input name c\nconcat a b c name all\nflatten\ndense 2");
    cnn_lab lab = motion_of(net, 0);
    expect_equivariance(&lab, "all", 1);
    cnn_lab_free(&lab);
    cnn_net_free(net);
}

static void a_layer_that_looks_at_whole_maps_has_no_interior(void **state) {
    (void)state;
    cnn_net *net = net_of("input 1x24x24\nconv 2 3x3\ninstancenorm name norm\nglobalavgpool name pool\n"
                          "flatten\ndense 2");
    cnn_lab lab = motion_of(net, 0);
    assert_true(isnan(layer_of(&lab, "norm")->equivariance_error[0]));
    assert_true(isnan(layer_of(&lab, "pool")->equivariance_error[0]));
    assert_true(layer_of(&lab, "pool")->change[0] < layer_of(&lab, "norm")->change[0]);
    cnn_lab_free(&lab);
    cnn_net_free(net);
}

/* A convolution of one weight that is 1: its map is the image, whose own change is easily computed. */
static void the_change_is_the_norm_of_the_difference(void **state) {
    (void)state;
    cnn_net *net = net_of("input 1x24x24\nconv 1 1x1 name same\nflatten\ndense 2");
    const float one = 1;
    assert_int_equal(cnn_net_set_parameter(net, "same.weight", &one, 1, NULL), CNN_OK);
    cnn_lab lab = motion_of(net, 6);
    uint8_t image[AREA];
    draw(image, 6);
    for (int s = 1; s <= CNN_LAB_LARGEST_SHIFT; s++) {
        double difference = 0, whole = 0;
        for (int y = -12; y < SIDE + 12; y++)
            for (int x = -12; x < SIDE + 12; x++) {
#define PIXEL(y, x) ((y) >= 0 && (y) < SIDE && (x) >= 0 && (x) < SIDE ? (double)image[(y)*SIDE + (x)] : 0)
                const double here = PIXEL(y, x);
                difference += pow(PIXEL(y - s, x) - here, 2) + pow(PIXEL(y + s, x) - here, 2) +
                              pow(PIXEL(y, x - s) - here, 2) + pow(PIXEL(y, x + s) - here, 2);
                whole += 4 * here * here;
            }
        assert_float_equal(layer_of(&lab, "same")->change[s - 1], sqrt(difference / whole), 1e-6);
    }
    cnn_lab_free(&lab);
    cnn_net_free(net);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(maps_move_exactly_with_the_image),
        cmocka_unit_test(branches_that_see_differently_far_have_one_interior),
        cmocka_unit_test(a_layer_that_looks_at_whole_maps_has_no_interior),
        cmocka_unit_test(the_change_is_the_norm_of_the_difference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
