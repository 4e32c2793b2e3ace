/* Convolutions over the batch, by Winograd's algorithm and by direct sums: the same bits on any number of threads and for any
 * number of images, those of image by image, and gradients near those of plain sums. */
#define _GNU_SOURCE
#include "base/memory.h"
#include "base/random.h"
#include "plan/internal.h"
#include "plan/random_net.h"
#include "support/cmocka.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 5, MAX_THREADS = 4 };

/* Blocks of outputs that are not full, a fused ReLU, a second reader of the input; strides that pass pixels over, and taps that
 * no pixel uses. */
static const char *const texts[] = {"input 96x7x7\n"
                                    "conv 112 3x3 padding 1\nrelu name a\n"
                                    "conv 112 3x3 padding 1 nobias\n"
                                    "add a\n"
                                    "conv 144 3x3 padding 1 relu\n",
                                    "input 112x2x2\n"
                                    "conv 144 3x3 padding 1\nrelu name a\n"
                                    "conv 144 3x3 padding 1 nobias\n"
                                    "add a\n"
                                    "conv 112 3x3 padding 1 relu\n",
                                    "input 40x7x7\n"
                                    "conv 400 3x3 stride 2 padding 1 relu\n"
                                    "conv 336 1x1 stride 2 nobias\n"
                                    "conv 48 3x3 padding 1\n"
                                    "conv 704 2x2 relu\n"
                                    "conv 48 3x3 padding 1\n",
                                    "input 20x5x9\n"
                                    "conv 464 5x3 stride 3x1 dilation 1x2 padding 2,1,2,4 relu\n"
                                    "conv 112 2x4 padding 0,3,1,0\n"};
enum { TEXTS = sizeof texts / sizeof texts[0] };

static cnn_net *build(int text) {
    cnn_net *net;
    cnn_error error;
    cnn_random random;
    if (cnn_net_parse(&net, texts[text], "a test", &error) != CNN_OK)
        fail_msg("%s", error.message);
    assert_int_equal(cnn_net_make_values(net, NULL), CNN_OK);
    cnn_random_seed(&random, 3);
    for (int64_t i = 0; i < net->value_count; i++)
        net->values[i] = (float)(0.1 * cnn_random_uniform(&random) - 0.05);
    return net;
}

static cnn_plan *batch_plan(const cnn_net *net, int64_t batch, int threads, bool training) {
    return plan_of(net, (cnn_plan_options){.batch = batch, .threads = threads, .training = training});
}

static bool goes_over_the_batch(const cnn_plan *plan) {
    bool all = true;
    for (int i = 0; i < cnn_plan_steps(plan); i++) {
        cnn_layer_time step;
        cnn_plan_describe_step(plan, i, &step);
        all = all && (!strncmp(step.layers, "add", 3) || strstr(step.algorithm, "over the batch"));
    }
    return all;
}

/* Images [first, first + count) of an endless list. */
static void fill(float *values, int64_t each, int64_t first, int64_t count, uint64_t seed) {
    for (int64_t image = 0; image < count; image++)
        random_fill(values + image * each, each, seed + (uint64_t)(first + image));
}

static const float *forward(cnn_plan *plan, const cnn_net *net, int64_t first, int64_t count) {
    fill(cnn_plan_input(plan), cnn_shape_elements(&net->input), first, count, 10);
    return cnn_plan_forward(plan, count, 0);
}

static void backward(cnn_plan *plan, const cnn_net *net, int64_t first, int64_t count) {
    forward(plan, net, first, count);
    fill(cnn_plan_output_gradient(plan), cnn_plan_outputs(plan), first, count, 20);
    cnn_plan_backward(plan, count, 0);
}

/* After a run of the whole batch: what that leaves behind must not show. */
static const float *gradients(cnn_plan *plan, const cnn_net *net, int64_t count, int64_t *values) {
    backward(plan, net, 0, BATCH);
    backward(plan, net, 0, count);
    return cnn_plan_gradients(plan, values);
}

static void check_images(const cnn_net *net, bool training) {
    cnn_plan *whole = batch_plan(net, BATCH, 2, training), *single = batch_plan(net, 1, 1, training);
    assert_true(goes_over_the_batch(whole));
    assert_false(goes_over_the_batch(single));
    const int64_t each = cnn_plan_outputs(whole);
    for (int64_t count = BATCH; count >= 1; count -= 2) {
        const float *together = forward(whole, net, 0, count);
        for (int64_t image = 0; image < count; image++)
            assert_memory_equal(together + image * each, forward(single, net, image, 1),
                                (size_t)each * sizeof *together);
    }
    cnn_plan_free(single);
    cnn_plan_free(whole);
}

static void an_image_has_the_same_result_in_any_batch(void **state) {
    (void)state;
    for (int text = 0; text < TEXTS; text++) {
        cnn_net *net = build(text);
        check_images(net, false);
        check_images(net, true);
        cnn_net_free(net);
    }
}

static void check_threads(const cnn_net *net, int64_t count) {
    cnn_plan *alone = batch_plan(net, BATCH, 1, true);
    int64_t values;
    const float *expected = gradients(alone, net, count, &values);
    for (int threads = 2; threads <= MAX_THREADS; threads++) {
        cnn_plan *shared = batch_plan(net, BATCH, threads, true);
        if (memcmp(expected, gradients(shared, net, count, &values), (size_t)values * sizeof *expected))
            fail_msg("%d images: %d threads give something else than one", (int)count, threads);
        cnn_plan_free(shared);
    }
    cnn_plan_free(alone);
}

static void threads_do_not_change_gradients(void **state) {
    (void)state;
    for (int text = 0; text < TEXTS; text++) {
        cnn_net *net = build(text);
        check_threads(net, 1);
        check_threads(net, BATCH);
        cnn_net_free(net);
    }
}

/* The sum over all images of what each has by itself, without Winograd's algorithm. The caller frees it. */
static double *plain_gradients(const cnn_net *net) {
    int64_t values;
    setenv("CNN_WINOGRAD", "0", 1);
    cnn_plan *single = batch_plan(net, 1, 1, true);
    unsetenv("CNN_WINOGRAD");
    cnn_plan_gradients(single, &values);
    double *sums = calloc((size_t)values, sizeof *sums);
    assert_non_null(sums);
    for (int64_t image = 0; image < BATCH; image++) {
        backward(single, net, image, 1);
        const float *each = cnn_plan_gradients(single, &values);
        for (int64_t i = 0; i < values; i++)
            sums[i] += each[i];
    }
    cnn_plan_free(single);
    return sums;
}

static void check_gradients(const cnn_net *net) {
    cnn_plan *batch = batch_plan(net, BATCH, 2, true);
    int64_t values;
    double *exact = plain_gradients(net), difference = 0, largest = 0;
    const float *found = gradients(batch, net, BATCH, &values);
    for (int64_t i = 0; i < values; i++) {
        difference = fmax(difference, fabs(exact[i] - found[i]));
        largest = fmax(largest, fabs(exact[i]));
    }
    assert_true(largest > 0.1);
    assert_true(difference < 1e-5 * largest);
    cnn_plan_free(batch);
    free(exact);
}

static void gradients_are_near_those_of_plain_sums(void **state) {
    (void)state;
    for (int text = 0; text < TEXTS; text++) {
        cnn_net *net = build(text);
        check_gradients(net);
        cnn_net_free(net);
    }
}

/* The algorithm of a convolution 3x3 of so many channels. */
static const char *algorithm_of(int64_t channels, int64_t size, int64_t batch) {
    cnn_net *net = cnn_net_new(&(cnn_input_options){channels, size, size});
    cnn_layer_time step;
    cnn_conv2d(net, .filters = channels, .kernel = {3, 3}, .padding = {1, 1, 1, 1});
    assert_int_equal(cnn_net_make_values(net, NULL), CNN_OK);
    cnn_plan *plan = batch_plan(net, batch, 1, false);
    cnn_plan_describe_step(plan, 0, &step);
    cnn_plan_free(plan);
    cnn_net_free(net);
    return step.algorithm;
}

/* Weights that fit a cache stay with their image; for a single image with few tiles large ones have low tiles, or are not transformed
 * at all. */
static void bytes_decide(void **state) {
    (void)state;
    assert_string_equal(algorithm_of(32, 14, 64), "Winograd F(4x4,3x3)");
    assert_string_equal(algorithm_of(512, 7, 16), "Winograd F(4x4,3x3) over the batch");
    assert_string_equal(algorithm_of(512, 7, 1), "direct");
    assert_string_equal(algorithm_of(256, 14, 1), "Winograd F(2x4,3x3)");
    assert_string_equal(algorithm_of(128, 7, 1), "Winograd F(4x4,3x3)");
    assert_string_equal(algorithm_of(256, 4, 16), "Winograd F(4x4,3x3) over the batch");
    assert_string_equal(algorithm_of(256, 2, 16), "direct over the batch");
    assert_string_equal(algorithm_of(256, 2, 1), "direct");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_image_has_the_same_result_in_any_batch),
        cmocka_unit_test(threads_do_not_change_gradients),
        cmocka_unit_test(gradients_are_near_those_of_plain_sums),
        cmocka_unit_test(bytes_decide),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
