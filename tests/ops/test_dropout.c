/* Dropout: what it zeroes, that its gradient follows the same mask, and that inference does not know it. */
#include "base/memory.h"
#include "plan/plan.h"
#include "support/cmocka.h"
#include "support/oracle.h"

#include <math.h>
#include <string.h>

enum { IMAGES = 5, CHANNELS = 6, HEIGHT = 11, WIDTH = 7, VALUES = CHANNELS * HEIGHT * WIDTH };
static const double rate = 0.3;

/* `layers` 1: the convolution, 2: and dropout, 3: and a dense layer. */
static cnn_net *make_net(int layers) {
    cnn_net *net = cnn_net_new(&(cnn_input_options){.channels = 1, .height = HEIGHT, .width = WIDTH});
    cnn_conv2d(net, .filters = CHANNELS, .kernel = {3, 3}, .same = true);
    if (layers > 1)
        cnn_dropout(net, .rate = rate);
    if (layers > 2) {
        cnn_flatten(net);
        cnn_dense(net, .units = 4);
    }
    assert_int_equal(cnn_net_status(net), CNN_OK);
    assert_int_equal(cnn_net_initialise(net, 1), CNN_OK);
    return net;
}

static void fill_images(float images[IMAGES * HEIGHT * WIDTH]) {
    for (int k = 0; k < IMAGES * HEIGHT * WIDTH; k++)
        images[k] = (float)(k * 37 % 101) / 100;
}

/* The convolution's outputs with dropout over those without it. */
static void find_mask(uint64_t seed, uint64_t iteration, int threads, double mask[IMAGES * VALUES]) {
    float images[IMAGES * HEIGHT * WIDTH], plain[IMAGES * VALUES];
    fill_images(images);
    for (int layers = 1; layers <= 2; layers++) {
        cnn_net *net = make_net(layers);
        cnn_plan *plan;
        cnn_plan_options options = {.batch = IMAGES, .threads = threads, .training = true, .seed = seed};
        assert_int_equal(cnn_plan_new(&plan, net, &options, NULL), CNN_OK);
        cnn_plan_set_images(plan, images, IMAGES);
        const float *outputs = cnn_plan_forward(plan, IMAGES, iteration);
        if (layers == 1)
            memcpy(plain, outputs, sizeof plain);
        for (int k = 0; k < IMAGES * VALUES; k++) {
            assert_true(plain[k] != 0);
            mask[k] = (double)outputs[k] / plain[k];
        }
        cnn_plan_free(plan);
        cnn_net_free(net);
    }
}

static int zeros_of(const double *mask, int count) {
    int zeros = 0;
    for (int k = 0; k < count; k++)
        zeros += mask[k] == 0;
    return zeros;
}

static void values_are_zeroed_at_the_rate_and_the_others_scaled(void **state) {
    (void)state;
    double mask[IMAGES * VALUES];
    int zeros = 0;
    const int rounds = 20, all = rounds * IMAGES * VALUES;
    for (int round = 0; round < rounds; round++) {
        find_mask(7, (uint64_t)round, 1, mask);
        for (int k = 0; k < IMAGES * VALUES; k++)
            assert_true(mask[k] == 0 || fabs(mask[k] - 1 / (1 - rate)) < 1e-5);
        zeros += zeros_of(mask, IMAGES * VALUES);
    }
    assert_true(fabs((double)zeros / all - rate) < 5 * sqrt(rate * (1 - rate) / all));
}

static int differences(const double *a, const double *b, int count) {
    int different = 0;
    for (int k = 0; k < count; k++)
        different += (a[k] == 0) != (b[k] == 0);
    return different;
}

/* Two independent masks differ in a share of 2 rate (1 - rate) of the values, 0.42 here. */
static void masks_differ_by_seed_iteration_and_image(void **state) {
    (void)state;
    double mask[IMAGES * VALUES], other[IMAGES * VALUES];
    find_mask(7, 1, 1, mask);
    find_mask(7, 2, 1, other);
    assert_true(differences(mask, other, IMAGES * VALUES) > IMAGES * VALUES / 3);
    find_mask(8, 1, 1, other);
    assert_true(differences(mask, other, IMAGES * VALUES) > IMAGES * VALUES / 3);
    for (int image = 1; image < IMAGES; image++)
        assert_true(differences(mask, mask + image * VALUES, VALUES) > VALUES / 3);
}

static void masks_do_not_depend_on_the_threads(void **state) {
    (void)state;
    double mask[IMAGES * VALUES], other[IMAGES * VALUES];
    find_mask(7, 1, 1, mask);
    for (int threads = 2; threads <= 3; threads++) {
        find_mask(7, 1, threads, other);
        assert_int_equal(differences(mask, other, IMAGES * VALUES), 0);
    }
}

static void check_parameter(const cnn_trainer *trainer, oracle *exact, int64_t p, const int32_t *labels,
                            const cnn_update_options *update) {
    const cnn_parameter *parameter = &exact->net->parameters[p];
    float *gradient = cnn_allocate((size_t)parameter->elements, sizeof *gradient, "a gradient", NULL);
    assert_int_equal(cnn_trainer_get_gradient(trainer, parameter->name, gradient, parameter->elements, NULL),
                     CNN_OK);
    double difference = 0, norm = 0;
    for (int64_t k = 0; k < parameter->elements; k++) {
        double wanted = oracle_derivative(exact, parameter->offset + k, parameter->node, labels, update);
        difference += (gradient[k] - wanted) * (gradient[k] - wanted);
        norm += wanted * wanted;
    }
    assert_true(norm > 1e-10);
    assert_true(sqrt(difference) < 1e-4 * sqrt(norm));
    cnn_free(gradient);
}

/* The trainer's first iteration has number 0. */
static void the_gradient_follows_the_mask(void **state) {
    (void)state;
    cnn_net *net = make_net(3);
    float images[IMAGES * HEIGHT * WIDTH];
    const int32_t labels[IMAGES] = {0, 1, 2, 3, 1};
    fill_images(images);
    cnn_trainer_options options = {.batch = IMAGES, .threads = 2, .seed = 7};
    cnn_trainer *trainer;
    assert_int_equal(cnn_trainer_new(&trainer, net, &options, NULL), CNN_OK);
    assert_int_equal(cnn_trainer_gradients(trainer, images, labels, IMAGES, NULL, NULL, NULL), CNN_OK);
    oracle exact = oracle_new(net, images, IMAGES);
    exact.mask[1] = cnn_allocate(IMAGES * VALUES, sizeof(double), "a mask", NULL);
    find_mask(7, 0, 1, exact.mask[1]);
    oracle_run(&exact, 0);
    for (int64_t p = 0; p < net->parameter_count; p++)
        check_parameter(trainer, &exact, p, labels, &options.update);
    oracle_free(&exact);
    cnn_trainer_free(trainer);
    cnn_net_free(net);
}

static void inference_does_not_know_it(void **state) {
    (void)state;
    float images[IMAGES * HEIGHT * WIDTH], outputs[2][IMAGES * VALUES];
    fill_images(images);
    for (int layers = 1; layers <= 2; layers++) {
        cnn_net *net = make_net(layers);
        cnn_predictor *predictor;
        assert_int_equal(cnn_predictor_new(&predictor, net, &(cnn_predictor_options){.batch = 2}, NULL),
                         CNN_OK);
        assert_int_equal(cnn_predictor_run(predictor, images, IMAGES, outputs[layers - 1], NULL), CNN_OK);
        cnn_predictor_free(predictor);
        cnn_net_free(net);
    }
    assert_memory_equal(outputs[0], outputs[1], sizeof outputs[0]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_zeroed_at_the_rate_and_the_others_scaled),
        cmocka_unit_test(masks_differ_by_seed_iteration_and_image),
        cmocka_unit_test(masks_do_not_depend_on_the_threads),
        cmocka_unit_test(the_gradient_follows_the_mask),
        cmocka_unit_test(inference_does_not_know_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
