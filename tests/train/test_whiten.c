/* A first layer that follows from the images. */
#include "support/cmocka.h"

#include <cnn.h>
#include <cnn_train.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    SIDE = 8,
    CHANNELS = 2,
    IMAGES = 60,
    KERNEL = 3,
    VALUES = CHANNELS * KERNEL * KERNEL,
    MAPS = 2 * VALUES + 3
};

/* Pixels that go with their neighbours and with the other channel, so that plain filters would give correlated maps. */
static cnn_data *correlated_images(void) {
    static uint8_t pixels[IMAGES][CHANNELS][SIDE][SIDE];
    static int32_t labels[IMAGES];
    uint32_t noise = 12345;
    for (int i = 0; i < IMAGES; i++) {
        labels[i] = i % 2;
        for (int y = 0; y < SIDE; y++)
            for (int x = 0; x < SIDE; x++)
                for (int c = 0; c < CHANNELS; c++) {
                    noise = noise * 1664525 + 1013904223;
                    const double wave = sin(0.7 * x + 0.4 * y + 0.9 * i) + 0.5 * cos(0.3 * i * y) + 0.3 * c;
                    pixels[i][c][y][x] = (uint8_t)(110 + 45 * wave + (double)(noise >> 27));
                }
    }
    cnn_data *data;
    const cnn_data_arrays arrays = {.count = IMAGES,
                                    .channels = CHANNELS,
                                    .height = SIDE,
                                    .width = SIDE,
                                    .bytes = &pixels[0][0][0][0],
                                    .labels = labels,
                                    .classes = 2};
    assert_int_equal(cnn_data_from_arrays(&data, &arrays, NULL), CNN_OK);
    return data;
}

static cnn_net *network(const char *first) {
    char text[200];
    snprintf(text, sizeof text, "input 2x8x8\n%s\nflatten\ndense 2\nsoftmax\n", first);
    cnn_net *net;
    assert_int_equal(cnn_net_parse(&net, text, NULL, NULL), CNN_OK);
    return net;
}

/* An epoch with a learning rate so small that it changes nothing. */
static cnn_status train(cnn_net *net, const cnn_data *data, int threads, cnn_error *error) {
    cnn_train_options options = {.epochs = 1, .batch = 20, .seed = 3, .threads = threads};
    options.update.learning_rate = 1e-30;
    options.update.optimizer = CNN_OPTIMIZER_SGD;
    return cnn_train(net, data, &options, error);
}

static double pixel(const cnn_net *net, const cnn_data *data, int image, int c, int y, int x) {
    float mean[CHANNELS], deviation[CHANNELS], values[CHANNELS * SIDE * SIDE];
    cnn_net_normalisation(net, mean, deviation);
    assert_int_equal(cnn_data_images(data, image, 1, values, NULL), CNN_OK);
    return ((double)values[(c * SIDE + y) * SIDE + x] - (double)mean[c]) / (double)deviation[c];
}

/* The response of each filter at each whole position of each image, in double precision. */
static int responses(const cnn_net *net, const cnn_data *data, const float *weights, double (*out)[MAPS]) {
    int row = 0;
    for (int i = 0; i < IMAGES; i++)
        for (int top = 0; top + KERNEL <= SIDE; top++)
            for (int left = 0; left + KERNEL <= SIDE; left++, row++)
                for (int k = 0; k < MAPS; k++) {
                    out[row][k] = 0;
                    for (int v = 0; v < VALUES; v++)
                        out[row][k] += (double)weights[k * VALUES + v] *
                                       pixel(net, data, i, v / 9, top + v % 9 / 3, left + v % 3);
                }
    return row;
}

static void the_maps_are_uncorrelated_with_variance_1(void **state) {
    (void)state;
    static double out[IMAGES * SIDE * SIDE][MAPS];
    float weights[MAPS * VALUES], drawn[MAPS * VALUES];
    cnn_data *data = correlated_images();
    cnn_net *net = network("conv 39 3x3 init whiten name first"), *plain = network("conv 39 3x3 name first");
    assert_int_equal(train(net, data, 1, NULL), CNN_OK);
    assert_int_equal(train(plain, data, 1, NULL), CNN_OK);
    assert_int_equal(cnn_net_get_parameter(net, "first.weight", weights, MAPS * VALUES, NULL), CNN_OK);
    assert_int_equal(cnn_net_get_parameter(plain, "first.weight", drawn, MAPS * VALUES, NULL), CNN_OK);
    const int rows = responses(net, data, weights, out);
    double before = 2;
    for (int a = 0; a < VALUES; a++)
        for (int b = 0; b <= a; b++) {
            double product = 0;
            for (int r = 0; r < rows; r++)
                product += out[r][a] * out[r][b] / rows;
            assert_true(a == b ? product > 0.5 && product < 1.0001 : fabs(product) < 1e-4);
            assert_true(a != b ||
                        product <= before + 1e-4); /* the floor weighs more where there is less variance */
            before = a == b ? product : before;
        }
    for (int v = 0; v < VALUES * VALUES; v++)
        assert_true(weights[v] == -weights[VALUES * VALUES + v]);
    assert_memory_equal(weights + 2 * VALUES * VALUES, drawn + 2 * VALUES * VALUES,
                        3 * VALUES * sizeof *weights);
    cnn_net_free(net);
    cnn_net_free(plain);
    cnn_data_free(data);
}

static void threads_do_not_matter(void **state) {
    (void)state;
    float weights[2][4 * VALUES];
    cnn_data *data = correlated_images();
    for (int i = 0; i < 2; i++) {
        cnn_net *net = network("conv 4 3x3 init whiten name first");
        assert_int_equal(train(net, data, 1 + 2 * i, NULL), CNN_OK);
        assert_int_equal(cnn_net_get_parameter(net, "first.weight", weights[i], 4 * VALUES, NULL), CNN_OK);
        cnn_net_free(net);
    }
    assert_memory_equal(weights[0], weights[1], sizeof weights[0]);
    cnn_data_free(data);
}

/* Nothing to whiten: the filters stay finite. */
static void images_of_one_colour_leave_the_filters_drawn(void **state) {
    (void)state;
    static const uint8_t black[2 * CHANNELS * SIDE * SIDE];
    static const int32_t labels[] = {0, 1};
    float whitened[4 * VALUES], drawn[4 * VALUES];
    const char *const lines[] = {"conv 4 3x3 init whiten name first", "conv 4 3x3 name first"};
    cnn_data *data;
    const cnn_data_arrays arrays = {.count = 2,
                                    .channels = CHANNELS,
                                    .height = SIDE,
                                    .width = SIDE,
                                    .bytes = black,
                                    .labels = labels,
                                    .classes = 2};
    assert_int_equal(cnn_data_from_arrays(&data, &arrays, NULL), CNN_OK);
    for (int i = 0; i < 2; i++) {
        cnn_net *net = network(lines[i]);
        assert_int_equal(train(net, data, 1, NULL), CNN_OK);
        assert_int_equal(cnn_net_get_parameter(net, "first.weight", i ? drawn : whitened, 4 * VALUES, NULL),
                         CNN_OK);
        cnn_net_free(net);
    }
    assert_memory_equal(whitened, drawn, sizeof drawn);
    cnn_data_free(data);
}

static void layers_without_meaning_are_named(void **state) {
    (void)state;
    static const char *const refused[][2] = {
        {"conv 4 3x3\nconv 4 3x3 init whiten",
         "layer conv_2: init whiten is for a convolution without groups"},
        {"conv 4 3x3 groups 2 init whiten", "layer conv_1: init whiten is for a convolution without groups"},
        {"flatten\ndense 4 init whiten", "layer fc_1: init whiten is for a convolution without groups"},
        {"conv 4 9x3 padding 4 init whiten", "layer conv_1: init whiten needs images as large as the kernel"},
        {"conv 1 25x25 padding 12 init whiten",
         "layer conv_1: init whiten takes kernels of at most 1024 values, not 1250"}};
    cnn_data *data = correlated_images();
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        cnn_error error = {0};
        cnn_net *net = network(refused[i][0]);
        assert_int_equal(train(net, data, 1, &error), CNN_ERROR_ARGUMENT);
        if (!strstr(error.message, refused[i][1]))
            fail_msg("%s", error.message);
        cnn_net_free(net);
    }
    cnn_data_free(data);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_maps_are_uncorrelated_with_variance_1),
                                       cmocka_unit_test(threads_do_not_matter),
                                       cmocka_unit_test(images_of_one_colour_leave_the_filters_drawn),
                                       cmocka_unit_test(layers_without_meaning_are_named)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
