/* Training in bfloat16: it learns as float32 does, with other bits, the same on any number of threads. (The gradients themselves are
 * in tests/plan/test_bf16_training.c; going on from a checkpoint in test_resume.c.) */
#include "support/cmocka.h"
#include "support/small_training.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { IMAGES = 100, PIXELS = 64, BATCH = 10 };

static cnn_net *trained(cnn_train_options options) {
    cnn_net *net = small_net();
    cnn_data *data = small_data(IMAGES);
    cnn_error error;
    train_expecting(CNN_OK, net, data, &options, &error);
    cnn_data_free(data);
    return net;
}

static cnn_net *trained_in(cnn_precision precision, int threads) {
    cnn_train_options options = small_options();
    options.update.precision = precision;
    options.threads = threads;
    options.validation = 0.2;
    return trained(options);
}

static double accuracy_of(const cnn_net *net) {
    cnn_data *data = small_data(IMAGES);
    cnn_evaluation evaluation;
    cnn_error error;
    assert_int_equal(cnn_evaluate(net, data, 1, &evaluation, &error), CNN_OK);
    const double accuracy = evaluation.accuracy;
    cnn_evaluation_free(&evaluation);
    cnn_data_free(data);
    return accuracy;
}

/* The largest distance of two parameters, and the largest parameter. */
static double distance(const cnn_net *a, const cnn_net *b, double *largest) {
    float *first = parameters_of(a), *second = parameters_of(b);
    double most = 0;
    *largest = 0;
    for (int64_t i = 0; i < cnn_net_parameters(a); i++) {
        most = fmax(most, fabs((double)first[i] - second[i]));
        *largest = fmax(*largest, fabs(first[i]));
    }
    free(first);
    free(second);
    return most;
}

static void it_learns_about_as_float32_does(void **state) {
    (void)state;
    cnn_net *plain = trained_in(CNN_PRECISION_FLOAT32, 1), *bf16 = trained_in(CNN_PRECISION_BF16, 1);
    double largest;
    const double apart = distance(plain, bf16, &largest);
    assert_true(apart > 0 && apart < 0.1 * largest);
    assert_true(accuracy_of(bf16) >= accuracy_of(plain) - 0.02 && accuracy_of(bf16) > 0.9);
    cnn_net_free(plain);
    cnn_net_free(bf16);
}

static void bits_do_not_depend_on_threads(void **state) {
    (void)state;
    cnn_net *one = trained_in(CNN_PRECISION_BF16, 1);
    for (int threads = 2; threads <= 3; threads++) {
        cnn_net *several = trained_in(CNN_PRECISION_BF16, threads);
        assert_same_parameters(one, several);
        cnn_net_free(several);
    }
    cnn_net_free(one);
}

/* ---- Step by step -------------------------------------------------------------------------------------- */

typedef struct batch {
    float images[BATCH * PIXELS];
    int32_t labels[BATCH];
} batch;

static batch make_up_batch(void) {
    batch b;
    for (int i = 0; i < BATCH * PIXELS; i++)
        b.images[i] = (float)(i * 37 % 101) / 101;
    for (int i = 0; i < BATCH; i++)
        b.labels[i] = i % 4;
    return b;
}

static cnn_trainer *trainer_in(cnn_precision precision, const cnn_net *net) {
    cnn_trainer *trainer;
    cnn_error error;
    const cnn_trainer_options options = {
        .update = {.precision = precision, .optimizer = CNN_OPTIMIZER_SGD, .learning_rate = 0.1},
        .batch = BATCH,
        .threads = 1};
    if (cnn_trainer_new(&trainer, net, &options, &error) != CNN_OK)
        fail_msg("%s", error.message);
    return trainer;
}

/* Loss forward alone goes by the weights of after each update, too. */
static void losses_of_each_step_are_near_those_of_float32(void **state) {
    (void)state;
    const batch b = make_up_batch();
    cnn_net *net = small_net();
    assert_int_equal(cnn_net_initialise(net, 1), CNN_OK);
    cnn_trainer *trainers[] = {trainer_in(CNN_PRECISION_FLOAT32, net), trainer_in(CNN_PRECISION_BF16, net)};
    for (int step = 0; step < 5; step++) {
        double loss[2], alone[2];
        for (int i = 0; i < 2; i++) {
            assert_int_equal(
                cnn_trainer_gradients(trainers[i], b.images, b.labels, BATCH, &loss[i], NULL, NULL), CNN_OK);
            assert_int_equal(cnn_trainer_update(trainers[i], 1, NULL), CNN_OK);
            assert_int_equal(cnn_trainer_loss(trainers[i], b.images, b.labels, BATCH, &alone[i], NULL, NULL),
                             CNN_OK);
        }
        assert_true(loss[0] != loss[1] && fabs(loss[0] - loss[1]) < 0.01 * loss[0]);
        assert_true(alone[0] != alone[1] && fabs(alone[0] - alone[1]) < 0.01 * alone[0]);
    }
    cnn_trainer_free(trainers[0]);
    cnn_trainer_free(trainers[1]);
    cnn_net_free(net);
}

static void unknown_precisions_are_refused(void **state) {
    (void)state;
    cnn_net *net = small_net();
    cnn_trainer *trainer = NULL;
    cnn_error error;
    const cnn_trainer_options options = {.update = {.precision = (cnn_precision)-1}};
    assert_int_equal(cnn_trainer_new(&trainer, net, &options, &error), CNN_ERROR_ARGUMENT);
    assert_non_null(strstr(error.message, "CNN_PRECISION_BF16"));
    assert_null(trainer);
    cnn_net_free(net);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_learns_about_as_float32_does),
        cmocka_unit_test(bits_do_not_depend_on_threads),
        cmocka_unit_test(losses_of_each_step_are_near_those_of_float32),
        cmocka_unit_test(unknown_precisions_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
