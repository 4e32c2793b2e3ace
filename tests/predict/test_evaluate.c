/* cnn_evaluate: confusion matrix, accuracy and loss of a network whose answers are known. */
#include "predict/measure.h"
#include "support/byte_data.h"
#include "support/cmocka.h"

#include <cnn.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CLASSES = 3 };

/* Images of 1x1x3 whose brightest pixel is what the network answers: its weights are the identity, times ten.
 */
static cnn_net *pixel_net(bool softmax) {
    cnn_net *net = cnn_net_new(&(cnn_input_options){1, 1, CLASSES});
    cnn_flatten(net);
    cnn_dense(net, .units = CLASSES, .name = "fc");
    if (softmax)
        cnn_softmax(net);
    const float weights[CLASSES * CLASSES] = {10, 0, 0, 0, 10, 0, 0, 0, 10};
    assert_int_equal(cnn_net_set_parameter(net, "fc.weight", weights, CLASSES * CLASSES, NULL), CNN_OK);
    return net;
}

/* `answers` and `labels` of `count` images. */
static cnn_data *pixel_data(const int *answers, const int32_t *labels, int64_t count) {
    uint8_t *images = calloc((size_t)count, CLASSES);
    assert_non_null(images);
    for (int64_t i = 0; i < count; i++)
        images[i * CLASSES + answers[i]] = 255;
    cnn_data *data = byte_data((cnn_input_options){1, 1, CLASSES}, count, images, labels, CLASSES);
    free(images);
    return data;
}

static void counts_rows_by_label_and_columns_by_prediction(void **state) {
    (void)state;
    const int answers[] = {0, 1, 1, 2, 0, 0};
    const int32_t labels[] = {0, 1, 2, 2, 0, 1};
    const int64_t expected[CLASSES * CLASSES] = {2, 0, 0, 1, 1, 0, 0, 1, 1};
    const double right = -log(exp(10) / (exp(10) + 2)), wrong = -log(1 / (exp(10) + 2));
    cnn_data *data = pixel_data(answers, labels, 6);
    for (int softmax = 0; softmax < 2; softmax++) {
        cnn_net *net = pixel_net(softmax);
        cnn_evaluation e;
        assert_int_equal(cnn_evaluate(net, data, 1, &e, NULL), CNN_OK);
        assert_int_equal(e.images, 6);
        assert_int_equal(e.correct, 4);
        assert_true(fabs(e.accuracy - 4.0 / 6) < 1e-12);
        assert_int_equal(e.classes, CLASSES);
        assert_memory_equal(e.confusion, expected, sizeof expected);
        assert_true(fabs(e.loss - (4 * right + 2 * wrong) / 6) < 1e-5);
        cnn_evaluation_free(&e);
        assert_null(e.confusion);
        cnn_net_free(net);
    }
    cnn_data_free(data);
}

/* More images than a batch takes, and not a multiple of it; the same on any number of threads. */
static void many_images_on_several_threads(void **state) {
    (void)state;
    enum { IMAGES = 1000 };
    static int answers[IMAGES];
    static int32_t labels[IMAGES];
    for (int i = 0; i < IMAGES; i++) {
        labels[i] = i % CLASSES;
        answers[i] = i % 10 ? labels[i] : (labels[i] + 1) % CLASSES;
    }
    cnn_data *data = pixel_data(answers, labels, IMAGES);
    cnn_net *net = pixel_net(true);
    double loss = 0;
    for (int threads = 1; threads <= 3; threads++) {
        cnn_evaluation e;
        assert_int_equal(cnn_evaluate(net, data, threads, &e, NULL), CNN_OK);
        assert_int_equal(e.correct, 900);
        int64_t sum = 0;
        for (int i = 0; i < CLASSES * CLASSES; i++)
            sum += e.confusion[i];
        assert_int_equal(sum, IMAGES);
        assert_true(threads == 1 || e.loss == loss);
        loss = e.loss;
        cnn_evaluation_free(&e);
    }
    cnn_net_free(net);
    cnn_data_free(data);
}

static void weights_that_are_not_finite_are_named(void **state) {
    (void)state;
    static const int answers[] = {0, 1};
    static const int32_t labels[] = {0, 1};
    static const float bad[] = {NAN, INFINITY};
    cnn_data *data = pixel_data(answers, labels, 2);
    for (int i = 0; i < 2; i++) {
        cnn_net *net = pixel_net(true);
        cnn_evaluation evaluation;
        cnn_error error;
        const float weights[CLASSES * CLASSES] = {10, bad[i]};
        assert_int_equal(cnn_net_set_parameter(net, "fc.weight", weights, CLASSES * CLASSES, NULL), CNN_OK);
        assert_int_equal(cnn_evaluate(net, data, 1, &evaluation, &error), CNN_ERROR_DIVERGED);
        assert_non_null(strstr(error.message, "layer fc: its parameter fc.weight"));
        cnn_net_free(net);
    }
    cnn_data_free(data);
}

static void data_that_do_not_fit(void **state) {
    (void)state;
    const int answer = 0;
    const int32_t label = 0;
    cnn_data *data = pixel_data(&answer, &label, 1);
    cnn_net *net = cnn_net_new(&(cnn_input_options){1, 2, 2});
    cnn_flatten(net);
    cnn_evaluation e;
    cnn_error error;
    assert_int_equal(cnn_evaluate(net, data, 1, &e, &error), CNN_ERROR_SHAPE);
    assert_non_null(strstr(error.message, "1x2x2"));
    assert_non_null(strstr(error.message, "1x1x3"));
    assert_null(e.confusion);
    cnn_evaluation_free(&e);
    cnn_evaluation_free(NULL);
    cnn_net_free(net);
    cnn_data_free(data);
}

/* Many small images at once, fewer large ones: a batch takes 8 MiB at most, but for sixteen. */
static void large_images_come_in_small_batches(void **state) {
    (void)state;
    static const struct {
        int64_t side, batch;
    } cases[] = {{28, 128}, {73, 128}, {96, 75}, {224, 16}, {1024, 16}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cnn_net *net = cnn_net_new(&(cnn_input_options){3, cases[i].side, cases[i].side});
        assert_int_equal(cnn_measuring_batch(net), cases[i].batch);
        cnn_net_free(net);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_rows_by_label_and_columns_by_prediction),
        cmocka_unit_test(many_images_on_several_threads),
        cmocka_unit_test(weights_that_are_not_finite_are_named),
        cmocka_unit_test(data_that_do_not_fit),
        cmocka_unit_test(large_images_come_in_small_batches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
