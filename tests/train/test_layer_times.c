/* Measuring layer by layer: which layers run together, how they are computed, and that their times fit the whole. */
#include <cnn.h>

#include "support/cmocka.h"

#include <string.h>

static const cnn_layer_times_options training = {.batch = 4, .threads = 2, .seconds = 0.01};
static const cnn_layer_times_options inference = {
    .inference = true, .batch = 4, .threads = 2, .seconds = 0.01};

static cnn_layer_times times_of(const char *model, const cnn_layer_times_options *options) {
    cnn_net *net;
    cnn_layer_times times;
    cnn_error error = {0};
    assert_int_equal(cnn_net_open(&net, model, NULL, &error), CNN_OK);
    assert_int_equal(cnn_net_initialise(net, 1), CNN_OK);
    if (cnn_time_layers(net, options, &times, &error) != CNN_OK)
        fail_msg("%s", error.message);
    cnn_net_free(net);
    return times;
}

static void fused_layers_are_one(void **state) {
    (void)state;
    static const char *const layers[] = {"conv_1 + relu_1", "conv_2 + relu_2 + max_pool_1", "fc_1 + relu_3",
                                         "fc_2", "softmax_1"};
    cnn_layer_times train = times_of("basic", &training), infer = times_of("basic", &inference);
    assert_int_equal(train.count, 4); /* the loss takes the softmax into it */
    assert_int_equal(infer.count, 5);
    for (int i = 0; i < 5; i++)
        assert_string_equal(infer.layers[i].layers, layers[i]);
    for (int i = 0; i < 4; i++)
        assert_string_equal(train.layers[i].layers, layers[i]);
    cnn_layer_times_free(&train);
    cnn_layer_times_free(&infer);
}

static void names_what_computes_a_layer(void **state) {
    (void)state;
    cnn_layer_times times = times_of("basic", &training);
    assert_string_equal(times.layers[0].algorithm, "direct");
    assert_non_null(strstr(times.layers[1].algorithm, "Winograd"));
    cnn_layer_times_free(&times);
}

/* The deck's Basic CNN: twice its multiplications; backward twice that, but nobody wants the images' gradient. */
static void counts_operations(void **state) {
    (void)state;
    static const double macs[] = {194688, 10616832, 1179648, 1280};
    cnn_layer_times times = times_of("basic", &training);
    for (int i = 0; i < 4; i++) {
        assert_true(times.layers[i].forward_flops == 2 * macs[i]);
        assert_true(times.layers[i].backward_flops == (i ? 4 : 2) * macs[i]);
    }
    cnn_layer_times_free(&times);
}

/* Of the same network: 28x28 to 32x26x26, to 64x12x12, to 128, to 10; four images share the parameters. */
static void counts_bytes(void **state) {
    (void)state;
    static const double in[] = {784, 21632, 9216, 128}, out[] = {21632, 9216, 128, 10},
                        parameters[] = {320, 18496, 1179776, 1290}, relu[] = {1, 1, 1, 0};
    cnn_layer_times times = times_of("basic", &training);
    for (int i = 0; i < 4; i++) {
        assert_true(times.layers[i].forward_bytes == 4 * (in[i] + out[i] + parameters[i] / 4));
        assert_true(times.layers[i].backward_bytes ==
                    4 * (out[i] * (1 + relu[i]) + in[i] * (i ? 2 : 1) + parameters[i] / 2));
    }
    assert_true(times.bandwidth > 0);
    cnn_layer_times_free(&times);
}

static double sum(const cnn_layer_times *times) {
    double seconds = 0;
    for (int i = 0; i < times->count; i++)
        seconds += times->layers[i].forward + times->layers[i].backward;
    return seconds;
}

static void layers_take_time_and_no_more_than_the_whole(void **state) {
    (void)state;
    const cnn_layer_times_options *const options[] = {&training, &inference};
    for (int o = 0; o < 2; o++) {
        cnn_layer_times times = times_of("basic", options[o]);
        assert_int_equal(times.threads, 2);
        assert_true(times.peak > 1e8);
        for (int i = 0; i < times.count; i++) {
            assert_true(times.layers[i].forward > 0);
            assert_true((times.layers[i].backward > 0) == !options[o]->inference);
        }
        assert_true(sum(&times) <= times.seconds);
        cnn_layer_times_free(&times);
    }
}

static void refuses_what_cannot_be_measured(void **state) {
    (void)state;
    cnn_layer_times times;
    cnn_net *net = cnn_net_new(&(cnn_input_options){1, 8, 8});
    assert_int_equal(cnn_time_layers(net, &training, &times, NULL), CNN_ERROR_ARGUMENT); /* no layers */
    assert_int_equal(cnn_time_layers(net, &(cnn_layer_times_options){.batch = -1}, &times, NULL),
                     CNN_ERROR_ARGUMENT);
    assert_int_equal(cnn_time_layers(net, &(cnn_layer_times_options){.seconds = -1}, &times, NULL),
                     CNN_ERROR_ARGUMENT);
    cnn_layer_times_free(&times);
    cnn_layer_times_free(NULL);
    cnn_net_free(net);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fused_layers_are_one),
        cmocka_unit_test(names_what_computes_a_layer),
        cmocka_unit_test(counts_operations),
        cmocka_unit_test(counts_bytes),
        cmocka_unit_test(layers_take_time_and_no_more_than_the_whole),
        cmocka_unit_test(refuses_what_cannot_be_measured),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
