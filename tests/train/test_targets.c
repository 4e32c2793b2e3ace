/* Networks that are no classifiers: gradients by targets that are numbers. */
#include "support/cmocka.h"

#include <cnn.h>

#include <math.h>
#include <string.h>

enum { INPUTS = 2, OUTPUTS = 2, IMAGES = 8 };

static cnn_net *make_net(void) {
    cnn_net *net = cnn_net_new(&(cnn_input_options){1, 1, INPUTS});
    cnn_flatten(net);
    cnn_dense(net, .units = OUTPUTS, .name = "fc");
    assert_int_equal(cnn_net_status(net), CNN_OK);
    return net;
}

static cnn_trainer *make_trainer(const cnn_net *net, cnn_loss loss) {
    const cnn_trainer_options options = {
        .update = {.optimizer = CNN_OPTIMIZER_SGD, .learning_rate = 0.5, .momentum = 0.9, .loss = loss},
        .batch = IMAGES,
        .threads = 1};
    cnn_trainer *trainer;
    assert_int_equal(cnn_trainer_new(&trainer, net, &options, NULL), CNN_OK);
    return trainer;
}

/* Two functions of a and b. */
static void draw(float images[IMAGES * INPUTS], float targets[IMAGES * OUTPUTS]) {
    for (int i = 0; i < IMAGES; i++) {
        const float a = (float)(i % 4) / 4, b = (float)(i / 2) / 4;
        images[i * INPUTS] = a;
        images[i * INPUTS + 1] = b;
        targets[i * OUTPUTS] = 2 * a - b + 0.5f;
        targets[i * OUTPUTS + 1] = -3 * a - 7;
    }
}

/* Weights are zero, so the outputs are: the loss is the mean of t^2, its gradient by a bias the mean of -2 t, halved by
 * the mean over two outputs. */
static void loss_and_gradients_are_those_of_the_squared_error(void **state) {
    (void)state;
    float images[IMAGES * INPUTS], targets[IMAGES * OUTPUTS], bias[OUTPUTS];
    double loss, squares = 0, sums[OUTPUTS] = {0};
    cnn_net *net = make_net();
    cnn_trainer *trainer = make_trainer(net, CNN_LOSS_MEAN_SQUARED);
    draw(images, targets);
    for (int i = 0; i < IMAGES * OUTPUTS; i++) {
        squares += (double)targets[i] * (double)targets[i] / (IMAGES * OUTPUTS);
        sums[i % OUTPUTS] += (double)targets[i] / IMAGES;
    }
    assert_int_equal(cnn_trainer_target_gradients(trainer, images, targets, IMAGES, &loss, NULL), CNN_OK);
    assert_int_equal(cnn_trainer_get_gradient(trainer, "fc.bias", bias, OUTPUTS, NULL), CNN_OK);
    assert_true(fabs(loss - squares) < 1e-6);
    for (int k = 0; k < OUTPUTS; k++)
        assert_true(fabs((double)bias[k] + sums[k]) < 1e-5);
    cnn_trainer_free(trainer);
    cnn_net_free(net);
}

static void a_network_learns_a_function(void **state) {
    (void)state;
    static const float expected[] = {2, -1, -3, 0}, expected_bias[] = {0.5f, -7};
    float images[IMAGES * INPUTS], targets[IMAGES * OUTPUTS], weight[OUTPUTS * INPUTS], bias[OUTPUTS];
    cnn_net *net = make_net();
    cnn_trainer *trainer = make_trainer(net, CNN_LOSS_MEAN_SQUARED);
    draw(images, targets);
    for (int i = 0; i < 2000; i++) {
        assert_int_equal(cnn_trainer_target_gradients(trainer, images, targets, IMAGES, NULL, NULL), CNN_OK);
        assert_int_equal(cnn_trainer_update(trainer, 1, NULL), CNN_OK);
    }
    assert_int_equal(cnn_trainer_store(trainer, net, NULL), CNN_OK);
    cnn_net_get_parameter(net, "fc.weight", weight, OUTPUTS * INPUTS, NULL);
    cnn_net_get_parameter(net, "fc.bias", bias, OUTPUTS, NULL);
    for (int i = 0; i < OUTPUTS * INPUTS; i++)
        assert_true(fabsf(weight[i] - expected[i]) < 1e-3f);
    for (int k = 0; k < OUTPUTS; k++)
        assert_true(fabsf(bias[k] - expected_bias[k]) < 1e-3f);
    cnn_trainer_free(trainer);
    cnn_net_free(net);
}

static void rejects(cnn_loss loss, float target, int64_t count, const char *message) {
    cnn_error error;
    float images[IMAGES * INPUTS], targets[IMAGES * OUTPUTS];
    cnn_net *net = make_net();
    cnn_trainer *trainer = make_trainer(net, loss);
    draw(images, targets);
    targets[3] = target;
    assert_int_equal(cnn_trainer_target_gradients(trainer, images, targets, count, NULL, &error),
                     CNN_ERROR_ARGUMENT);
    if (!strstr(error.message, message))
        fail_msg("\"%s\" does not say \"%s\"", error.message, message);
    cnn_trainer_free(trainer);
    cnn_net_free(net);
}

static void what_does_not_fit_is_said(void **state) {
    (void)state;
    rejects(CNN_LOSS_CROSS_ENTROPY, 0, IMAGES, "mean squared error");
    rejects(CNN_LOSS_MEAN_SQUARED, NAN, IMAGES, "target 1 of image 1 (from 0) is nan");
    rejects(CNN_LOSS_MEAN_SQUARED, 0, IMAGES + 1, "1 to 8 images, not 9");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loss_and_gradients_are_those_of_the_squared_error),
        cmocka_unit_test(a_network_learns_a_function),
        cmocka_unit_test(what_does_not_fit_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
