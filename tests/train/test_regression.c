/* Networks that give numbers: trained and measured on data sets with targets. */
#define _GNU_SOURCE
#include "data/scratch.h"

#include <cnn.h>

#include <math.h>

enum { IMAGES = 64, INPUTS = 2, OUTPUTS = 2 };

/* Two linear functions of two pixels. */
typedef struct examples {
    float images[IMAGES * INPUTS], targets[IMAGES * OUTPUTS];
} examples;

static examples draw(void) {
    examples e;
    for (int i = 0; i < IMAGES; i++) {
        const float a = (float)(i % 8) / 8, b = (float)(i / 8) / 8;
        e.images[i * INPUTS] = a;
        e.images[i * INPUTS + 1] = b;
        e.targets[i * OUTPUTS] = 2 * a - b + 0.5f;
        e.targets[i * OUTPUTS + 1] = -3 * a - 7;
    }
    return e;
}

static cnn_data *data_of(const examples *e, int64_t targets_per_image) {
    cnn_data *data;
    cnn_error error;
    const cnn_data_arrays arrays = {.count = IMAGES * OUTPUTS / targets_per_image,
                                    .channels = 1,
                                    .height = 1,
                                    .width = INPUTS,
                                    .floats = e->images,
                                    .targets = e->targets,
                                    .targets_per_image = targets_per_image};
    if (cnn_data_from_arrays(&data, &arrays, &error) != CNN_OK)
        fail_msg("%s", error.message);
    return data;
}

static cnn_data *make_data(int64_t targets_per_image) {
    const examples e = draw();
    return data_of(&e, targets_per_image);
}

static cnn_net *make_net(void) {
    cnn_net *net = cnn_net_new(&(cnn_input_options){1, 1, INPUTS});
    cnn_flatten(net);
    cnn_dense(net, .units = OUTPUTS, .name = "fc");
    assert_int_equal(cnn_net_status(net), CNN_OK);
    return net;
}

static cnn_train_options options_of(int epochs, int threads) {
    return (cnn_train_options){
        .update = {.optimizer = CNN_OPTIMIZER_SGD, .learning_rate = 0.1, .momentum = 0.9},
        .schedule = CNN_SCHEDULE_CONSTANT,
        .epochs = epochs,
        .batch = 8,
        .validation = 0.25,
        .seed = 3,
        .threads = threads};
}

static void train(cnn_net *net, const cnn_train_options *options) {
    cnn_data *data = make_data(OUTPUTS);
    cnn_error error;
    if (cnn_train(net, data, options, &error) != CNN_OK)
        fail_msg("%s", error.message);
    cnn_data_free(data);
}

static void weights_of(const cnn_net *net, float weights[OUTPUTS * INPUTS]) {
    assert_int_equal(cnn_net_get_parameter(net, "fc.weight", weights, OUTPUTS * INPUTS, NULL), CNN_OK);
}

static void a_network_learns_targets_that_are_numbers(void **state) {
    (void)state;
    cnn_net *net = make_net();
    cnn_data *data = make_data(OUTPUTS);
    const cnn_train_options options = options_of(200, 1);
    cnn_evaluation before, after;
    assert_int_equal(cnn_evaluate(net, data, 1, &before, NULL), CNN_OK);
    double squares = 0;
    examples e = draw();
    for (int i = 0; i < IMAGES * OUTPUTS; i++)
        squares += (double)e.targets[i] * (double)e.targets[i] / (IMAGES * OUTPUTS);
    assert_true(fabs(before.loss - squares) < 1e-5); /* all weights are zero */
    train(net, &options);
    assert_int_equal(cnn_evaluate(net, data, 1, &after, NULL), CNN_OK);
    assert_int_equal(after.images, IMAGES);
    assert_true(after.loss < 1e-6);
    assert_int_equal(after.classes, 0);
    assert_null(after.confusion);
    assert_int_equal(after.correct, 0);
    assert_null(cnn_net_class(net, 0));
    cnn_evaluation_free(&before);
    cnn_evaluation_free(&after);
    cnn_data_free(data);
    cnn_net_free(net);
}

static void threads_and_resuming_change_no_bit(void **state) {
    char folder[PATH_BYTES];
    float whole[OUTPUTS * INPUTS], other[OUTPUTS * INPUTS];
    scratch_path(*state, "run", folder);
    cnn_net *net = make_net();
    cnn_train_options options = options_of(6, 1);
    train(net, &options);
    weights_of(net, whole);
    options.threads = 3;
    train(net, &options);
    weights_of(net, other);
    assert_memory_equal(whole, other, sizeof whole);

    options.run_directory = folder;
    options.epochs = 3;
    train(net, &options);
    options.resume = true;
    options.epochs = 6;
    train(net, &options);
    weights_of(net, other);
    assert_memory_equal(whole, other, sizeof whole);
    cnn_net_free(net);
}

static void resume_expecting(const char *folder, cnn_train_options options, float change,
                             const char *message) {
    examples e = draw();
    e.targets[IMAGES * OUTPUTS - 1] += change;
    cnn_net *net = make_net();
    cnn_data *data = data_of(&e, OUTPUTS);
    cnn_error error = {0};
    options.run_directory = folder;
    options.resume = true;
    assert_int_equal(cnn_train(net, data, &options, &error), *message ? CNN_ERROR_ARGUMENT : CNN_OK);
    if (!strstr(error.message, message))
        fail_msg("\"%s\" does not say \"%s\"", error.message, message);
    cnn_data_free(data);
    cnn_net_free(net);
}

static void other_targets_are_no_training_to_continue(void **state) {
    char folder[PATH_BYTES];
    scratch_path(*state, "run", folder);
    cnn_net *net = make_net();
    cnn_train_options options = options_of(2, 1);
    options.run_directory = folder;
    train(net, &options);
    options.epochs = 3;
    resume_expecting(folder, options, 0.25f, "or with other labels or targets");
    resume_expecting(folder, options, 0, "");
    cnn_net_free(net);
}

static bool count_epochs(void *user, const cnn_progress *progress) {
    *(int *)user += progress->epoch_ended;
    return true;
}

static void patience_waits_for_the_loss(void **state) {
    char folder[PATH_BYTES];
    scratch_path(*state, "run", folder);
    cnn_net *net = make_net();
    cnn_train_options options = options_of(9, 1);
    options.run_directory = folder;
    options.patience = 1;
    options.update = (cnn_update_options){.optimizer = CNN_OPTIMIZER_SGD, .learning_rate = 1e-30};
    int epochs = 0;
    options.progress = count_epochs;
    options.user = &epochs;
    train(net, &options);
    assert_int_equal(epochs, 2); /* the loss does not fall after the first */
    options.progress = NULL;
    resume_expecting(folder, options, 0, "");
    cnn_net_free(net);
}

static void expect_refusal(int64_t targets_per_image, cnn_loss loss, const char *message) {
    cnn_net *net = make_net();
    cnn_data *data = make_data(targets_per_image);
    cnn_train_options options = options_of(1, 1);
    cnn_error error = {0};
    options.update.loss = loss;
    assert_int_not_equal(cnn_train(net, data, &options, &error), CNN_OK);
    if (!strstr(error.message, message))
        fail_msg("\"%s\" does not say \"%s\"", error.message, message);
    cnn_data_free(data);
    cnn_net_free(net);
}

static void what_does_not_fit_is_refused_before_training(void **state) {
    (void)state;
    expect_refusal(OUTPUTS, CNN_LOSS_CROSS_ENTROPY, "the loss must be the mean squared error");
    expect_refusal(4, CNN_LOSS_MEAN_SQUARED, "4 targets per image, but the network has 2 outputs");
}

static void arrays_that_say_two_things_are_refused(void **state) {
    (void)state;
    examples e = draw();
    const int32_t labels[IMAGES] = {0};
    cnn_data *data;
    cnn_error error;
    cnn_data_arrays arrays = {.count = IMAGES,
                              .channels = 1,
                              .height = 1,
                              .width = INPUTS,
                              .floats = e.images,
                              .labels = labels,
                              .targets = e.targets,
                              .targets_per_image = OUTPUTS};
    assert_int_equal(cnn_data_from_arrays(&data, &arrays, &error), CNN_ERROR_ARGUMENT);
    assert_non_null(strstr(error.message, "either labels or targets"));
    arrays.labels = NULL;
    e.targets[5] = NAN;
    assert_int_equal(cnn_data_from_arrays(&data, &arrays, &error), CNN_ERROR_ARGUMENT);
    assert_non_null(strstr(error.message, "target 1 of image 2 (from 0) is nan"));
    arrays.targets_per_image = 0;
    assert_int_equal(cnn_data_from_arrays(&data, &arrays, &error), CNN_ERROR_ARGUMENT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_network_learns_targets_that_are_numbers),
        with_scratch(threads_and_resuming_change_no_bit),
        with_scratch(other_targets_are_no_training_to_continue),
        with_scratch(patience_waits_for_the_loss),
        cmocka_unit_test(what_does_not_fit_is_refused_before_training),
        cmocka_unit_test(arrays_that_say_two_things_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
