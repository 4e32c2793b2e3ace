/* Averages of the weights against double-precision means over trainings that were stopped earlier: with a constant learning
 * rate a training of n epochs is the beginning of every longer one. */
#include "support/cmocka.h"
#include "support/small_training.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { EPOCHS = 5, IMAGES = 32 };

/* One update in each epoch: all images are one batch. */
static cnn_train_options plain_options(int epochs) {
    return (cnn_train_options){.update = {.optimizer = CNN_OPTIMIZER_SGD, .learning_rate = 0.1},
                               .epochs = epochs,
                               .batch = IMAGES,
                               .schedule = CNN_SCHEDULE_CONSTANT,
                               .seed = 3,
                               .threads = 1};
}

static float *trained(const cnn_train_options *options) {
    cnn_data *data = small_data(IMAGES);
    cnn_net *net = small_net();
    train_expecting(CNN_OK, net, data, options, NULL);
    float *values = parameters_of(net);
    cnn_net_free(net);
    cnn_data_free(data);
    return values;
}

static int64_t count_of_parameters(void) {
    cnn_net *net = small_net();
    const int64_t count = cnn_net_parameters(net);
    cnn_net_free(net);
    return count;
}

/* The weights that the training begins with. */
static float *initial(void) {
    cnn_net *net = small_net();
    assert_int_equal(cnn_net_initialise(net, 3), CNN_OK);
    float *values = parameters_of(net);
    cnn_net_free(net);
    return values;
}

/* weights[0] are the initial ones, weights[n] those after update n. */
static void assert_average(float *const weights[EPOCHS + 1], const double shares[EPOCHS + 1],
                           const float *found) {
    const int64_t count = count_of_parameters();
    double largest = 0;
    for (int64_t i = 0; i < count; i++) {
        double expected = 0;
        for (int n = 0; n <= EPOCHS; n++)
            expected += shares[n] * (double)weights[n][i];
        largest = fmax(largest, fabs((double)found[i] - expected));
    }
    if (largest > 1e-6)
        fail_msg("off by %g", largest);
}

static void is_average(const cnn_train_options *options, const double shares[EPOCHS + 1]) {
    float *weights[EPOCHS + 1], *found = trained(options);
    for (int n = 0; n <= EPOCHS; n++) {
        const cnn_train_options plain = plain_options(n);
        weights[n] = n ? trained(&plain) : initial();
    }
    assert_average(weights, shares, found);
    for (int n = 0; n <= EPOCHS; n++)
        free(weights[n]);
    free(found);
}

/* average = decay * average + (1 - decay) * weights, the decay at most n / (n + 9) */
static void the_moving_average_forgets_by_its_decay(void **state) {
    (void)state;
    cnn_train_options options = plain_options(EPOCHS);
    options.ema = 0.25;
    const double decays[EPOCHS + 1] = {0, 1 / 10.0, 2 / 11.0, 0.25, 0.25, 0.25};
    double shares[EPOCHS + 1] = {1};
    for (int n = 1; n <= EPOCHS; n++) {
        for (int k = 0; k < n; k++)
            shares[k] *= decays[n];
        shares[n] = 1 - decays[n];
    }
    is_average(&options, shares);
}

static void the_mean_over_epochs_begins_where_it_is_told(void **state) {
    (void)state;
    cnn_train_options options = plain_options(EPOCHS);
    options.swa_from = 3;
    const double third = 1 / 3.0, shares[EPOCHS + 1] = {0, 0, 0, third, third, third};
    is_average(&options, shares);
}

/* After two updates half of the initial weights and half of those after them. */
static void lookahead_meets_half_way(void **state) {
    (void)state;
    cnn_train_options options = plain_options(2), plain = options;
    options.lookahead = 2;
    float *found = trained(&options), *begin = initial(), *end = trained(&plain);
    for (int64_t i = 0; i < count_of_parameters(); i++)
        assert_true(fabs((double)found[i] - 0.5 * ((double)begin[i] + (double)end[i])) < 1e-6);
    free(found);
    free(begin);
    free(end);
}

/* The weights themselves go on from where they met: what is kept does not change until they meet again, then it does. */
static void lookahead_goes_on_from_the_meeting(void **state) {
    (void)state;
    const size_t bytes = (size_t)count_of_parameters() * sizeof(float);
    float *found[3];
    for (int i = 0; i < 3; i++) {
        cnn_train_options options = plain_options(2 + i);
        options.lookahead = 2;
        found[i] = trained(&options);
    }
    assert_memory_equal(found[0], found[1], bytes);
    assert_memory_not_equal(found[1], found[2], bytes);
    for (int i = 0; i < 3; i++)
        free(found[i]);
}

static bool note(void *user, const cnn_progress *progress) {
    if (progress->epoch_ended)
        *(double *)user = progress->validation_loss;
    return true;
}

/* What is validated is what is returned. */
static void the_average_is_what_is_validated(void **state) {
    (void)state;
    cnn_data *data = small_data(IMAGES), *validation = small_noise(20);
    cnn_net *net = small_net();
    double told = -1;
    cnn_train_options options = plain_options(3);
    options.ema = 0.5;
    options.validation_data = validation;
    options.best = CNN_BEST_LOSS;
    options.progress = note;
    options.user = &told;
    options.epochs = 1;
    train_expecting(CNN_OK, net, data, &options, NULL);
    cnn_evaluation evaluation;
    assert_int_equal(cnn_evaluate(net, validation, 1, &evaluation, NULL), CNN_OK);
    assert_true(fabs(evaluation.loss - told) < 1e-6);
    cnn_evaluation_free(&evaluation);
    cnn_net_free(net);
    cnn_data_free(data);
    cnn_data_free(validation);
}

static void only_one_average_at_a_time(void **state) {
    (void)state;
    cnn_error error;
    cnn_train_options options = plain_options(3);
    options.ema = 0.9;
    options.lookahead = 5;
    assert_int_equal(cnn_train_check(&options, &error), CNN_ERROR_ARGUMENT);
    assert_non_null(strstr(error.message, "ema, lookahead and swa_from cannot be used together"));
    options = plain_options(3);
    options.swa_from = 4;
    assert_int_equal(cnn_train_check(&options, &error), CNN_ERROR_ARGUMENT);
    assert_non_null(strstr(error.message, "swa_from is epoch 4, but there are only 3 epochs"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_moving_average_forgets_by_its_decay),
        cmocka_unit_test(the_mean_over_epochs_begins_where_it_is_told),
        cmocka_unit_test(lookahead_meets_half_way),
        cmocka_unit_test(lookahead_goes_on_from_the_meeting),
        cmocka_unit_test(the_average_is_what_is_validated),
        cmocka_unit_test(only_one_average_at_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
