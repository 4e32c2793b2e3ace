/* Dropout and drop path: what they zero, that gradients follow the same mask, and that inference does not know them. */
#include "base/memory.h"
#include "plan/plan.h"
#include "support/cmocka.h"
#include "support/oracle.h"

#include <math.h>
#include <string.h>

enum { IMAGES = 5, CHANNELS = 6, HEIGHT = 11, WIDTH = 7, VALUES = CHANNELS * HEIGHT * WIDTH };
static const double rate = 0.3;

/* cnn_add_dropout or cnn_add_drop_path. */
typedef cnn_layer add_function(cnn_net *net, const cnn_dropout_options *options);

/* `layers` 1: the convolution, 2: and the layer that drops, 3: and a dense layer. */
static cnn_net *make_net(add_function *add, int layers) {
    cnn_net *net = cnn_net_new(&(cnn_input_options){.channels = 1, .height = HEIGHT, .width = WIDTH});
    cnn_conv2d(net, .filters = CHANNELS, .kernel = {3, 3}, .same = true);
    if (layers > 1)
        add(net, &(cnn_dropout_options){.rate = rate});
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

/* The convolution's outputs with values dropped over those without. */
static void find_mask_of(add_function *add, uint64_t seed, uint64_t iteration, int threads,
                         double mask[IMAGES * VALUES]) {
    float images[IMAGES * HEIGHT * WIDTH], plain[IMAGES * VALUES];
    fill_images(images);
    for (int layers = 1; layers <= 2; layers++) {
        cnn_net *net = make_net(add, layers);
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

static void find_mask(uint64_t seed, uint64_t iteration, int threads, double mask[IMAGES * VALUES]) {
    find_mask_of(cnn_add_dropout, seed, iteration, threads, mask);
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

/* ---- Drop path --------------------------------------------------------------------------------------- */

/* Which images are dropped, a bit each; those that are not have their values scaled. */
static unsigned dropped_images(uint64_t seed, uint64_t iteration, int threads) {
    double mask[IMAGES * VALUES];
    unsigned dropped = 0;
    find_mask_of(cnn_add_drop_path, seed, iteration, threads, mask);
    for (int image = 0; image < IMAGES; image++) {
        const double *values = mask + image * VALUES;
        dropped |= (unsigned)(values[0] == 0) << image;
        for (int k = 0; k < VALUES; k++)
            assert_true(values[0] == 0 ? values[k] == 0 : fabs(values[k] - 1 / (1 - rate)) < 1e-5);
    }
    return dropped;
}

static void whole_images_are_dropped_at_the_rate(void **state) {
    (void)state;
    const int rounds = 200, all = rounds * IMAGES;
    int zeros = 0, of_image[IMAGES] = {0};
    for (int round = 0; round < rounds; round++) {
        const unsigned dropped = dropped_images(7, (uint64_t)round, 1);
        for (int image = 0; image < IMAGES; image++) {
            zeros += dropped >> image & 1;
            of_image[image] += dropped >> image & 1;
        }
    }
    assert_true(fabs((double)zeros / all - rate) < 4 * sqrt(rate * (1 - rate) / all));
    for (int image = 0; image < IMAGES; image++)
        assert_true(fabs((double)of_image[image] / rounds - rate) < 4 * sqrt(rate * (1 - rate) / rounds));
}

/* Of 40 rounds, each with 5 images, two seeds agree in few; and no image goes with another. */
static void drops_differ_by_seed_and_image_alone(void **state) {
    (void)state;
    int same = 0, together = 0;
    for (uint64_t round = 0; round < 40; round++) {
        const unsigned dropped = dropped_images(7, round, 1);
        same += dropped == dropped_images(8, round, 1);
        together += (dropped & 1) == (dropped >> 1 & 1);
        for (int threads = 2; threads <= 3; threads++)
            assert_int_equal(dropped_images(7, round, threads), dropped);
    }
    assert_true(same < 15);
    assert_true(together > 10 && together < 36);
}

/* ---- Gradients and inference --------------------------------------------------------------------------- */

/* The trainer's first iteration has number 0. */
static void check_gradient(add_function *add, uint64_t seed) {
    cnn_net *net = make_net(add, 3);
    float images[IMAGES * HEIGHT * WIDTH];
    const int32_t labels[IMAGES] = {0, 1, 2, 3, 1};
    fill_images(images);
    cnn_trainer_options options = {.batch = IMAGES, .threads = 2, .seed = seed};
    cnn_trainer *trainer;
    assert_int_equal(cnn_trainer_new(&trainer, net, &options, NULL), CNN_OK);
    assert_int_equal(cnn_trainer_gradients(trainer, images, labels, IMAGES, NULL, NULL, NULL), CNN_OK);
    oracle exact = oracle_new(net, images, IMAGES);
    exact.mask[1] = cnn_allocate(IMAGES * VALUES, sizeof(double), "a mask", NULL);
    find_mask_of(add, seed, 0, 1, exact.mask[1]);
    oracle_run(&exact, 0);
    for (int64_t p = 0; p < net->parameter_count; p++)
        check_parameter(trainer, &exact, p, labels, &options.update);
    oracle_free(&exact);
    cnn_trainer_free(trainer);
    cnn_net_free(net);
}

static void the_gradient_follows_the_mask(void **state) {
    (void)state;
    check_gradient(cnn_add_dropout, 7);
}

/* A seed that drops some of the images. */
static void the_gradient_follows_the_dropped_images(void **state) {
    (void)state;
    uint64_t seed = 1;
    while (dropped_images(seed, 0, 1) == 0 || dropped_images(seed, 0, 1) == (1 << IMAGES) - 1)
        seed++;
    check_gradient(cnn_add_drop_path, seed);
}

static void check_inference(add_function *add) {
    float images[IMAGES * HEIGHT * WIDTH], outputs[2][IMAGES * VALUES];
    fill_images(images);
    for (int layers = 1; layers <= 2; layers++) {
        cnn_net *net = make_net(add, layers);
        cnn_predictor *predictor;
        assert_int_equal(cnn_predictor_new(&predictor, net, &(cnn_predictor_options){.batch = 2}, NULL),
                         CNN_OK);
        assert_int_equal(cnn_predictor_run(predictor, images, IMAGES, outputs[layers - 1], NULL), CNN_OK);
        cnn_predictor_free(predictor);
        cnn_net_free(net);
    }
    assert_memory_equal(outputs[0], outputs[1], sizeof outputs[0]);
}

static void inference_does_not_know_them(void **state) {
    (void)state;
    check_inference(cnn_add_dropout);
    check_inference(cnn_add_drop_path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_zeroed_at_the_rate_and_the_others_scaled),
        cmocka_unit_test(masks_differ_by_seed_iteration_and_image),
        cmocka_unit_test(masks_do_not_depend_on_the_threads),
        cmocka_unit_test(the_gradient_follows_the_mask),
        cmocka_unit_test(whole_images_are_dropped_at_the_rate),
        cmocka_unit_test(drops_differ_by_seed_and_image_alone),
        cmocka_unit_test(the_gradient_follows_the_dropped_images),
        cmocka_unit_test(inference_does_not_know_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
