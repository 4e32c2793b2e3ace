/* cnn_train: that it learns, that the seed decides, what it reports, when it ends. */
#include "support/byte_data.h"
#include "support/cmocka.h"
#include "support/small_training.h"

#include <cnn_augment.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void train(cnn_net *net, const cnn_data *data, cnn_train_options options) {
    train_expecting(CNN_OK, net, data, &options, NULL);
}

static void learns_the_small_data(void **state) {
    (void)state;
    cnn_data *data = small_data(100);
    cnn_net *net = small_net();
    cnn_train_options options = small_options();
    options.epochs = 12;
    train(net, data, options);
    cnn_evaluation evaluation;
    assert_int_equal(cnn_evaluate(net, data, 1, &evaluation, NULL), CNN_OK);
    assert_int_equal(evaluation.correct, 100);
    assert_true(evaluation.loss < 0.3);
    cnn_evaluation_free(&evaluation);
    cnn_net_free(net);
    cnn_data_free(data);
}

/* The defaults alone, as a newcomer would call it. */
static void null_options_are_the_defaults(void **state) {
    (void)state;
    cnn_data *data = small_data(40);
    cnn_net *a = small_net(), *b = small_net();
    train_expecting(CNN_OK, a, data, NULL, NULL);
    train(b, data, (cnn_train_options){.epochs = 10, .batch = 128, .schedule = CNN_SCHEDULE_ONECYCLE});
    assert_same_parameters(a, b);
    cnn_net_free(a);
    cnn_net_free(b);
    cnn_data_free(data);
}

static void the_net_learns_normalisation_and_class_names(void **state) {
    (void)state;
    cnn_data *data = small_data(40);
    cnn_net *net = small_net();
    float mean, deviation, of_data[2];
    train(net, data, small_options());
    cnn_net_normalisation(net, &mean, &deviation);
    cnn_data_statistics(data, &of_data[0], &of_data[1]);
    assert_true(mean == of_data[0] && deviation == of_data[1]);
    assert_string_equal(cnn_net_class(net, 3), cnn_data_class(data, 3));
    cnn_net_free(net);
    cnn_data_free(data);
}

/* ---- The same seed ---- */

static void the_same_weights_on_any_number_of_threads(void **state) {
    (void)state;
    cnn_data *data = small_data(100);
    cnn_net *first = small_net();
    cnn_train_options options = small_options();
    const cnn_augmentation all[] = {{CNN_AUGMENT_FLIP, 0},       {CNN_AUGMENT_ROTATE, 0},
                                    {CNN_AUGMENT_BRIGHTNESS, 0}, {CNN_AUGMENT_ERASE, 0.5},
                                    {CNN_AUGMENT_MIXUP, 0},      {CNN_AUGMENT_CUTMIX, 0}};
    options.validation = 0.2;
    options.augment = true;
    options.augmentations = all;
    options.augmentation_count = sizeof all / sizeof all[0];
    train(first, data, options);
    for (options.threads = 1; options.threads <= 3; options.threads++) {
        cnn_net *again = small_net();
        train(again, data, options);
        assert_same_parameters(first, again);
        cnn_net_free(again);
    }
    cnn_net_free(first);
    cnn_data_free(data);
}

static void another_seed_gives_other_weights(void **state) {
    (void)state;
    cnn_data *data = small_data(40);
    cnn_net *a = small_net(), *b = small_net();
    cnn_train_options options = small_options();
    train(a, data, options);
    options.seed++;
    train(b, data, options);
    float *one = parameters_of(a), *other = parameters_of(b);
    assert_memory_not_equal(one, other, (size_t)cnn_net_parameters(a) * sizeof *one);
    free(one);
    free(other);
    cnn_net_free(a);
    cnn_net_free(b);
    cnn_data_free(data);
}

/* Fine-tuning starts from what the network has: with a rate of next to nothing it stays there. */
static void kept_parameters_are_the_start(void **state) {
    (void)state;
    cnn_data *data = small_data(40);
    cnn_net *net = small_net();
    train(net, data, small_options());
    float *before = parameters_of(net);
    const float mean = 0.25f, deviation = 0.125f;
    cnn_net_set_normalisation(net, &mean, &deviation, NULL);
    cnn_train_options options = small_options();
    options.keep_parameters = true;
    options.update.learning_rate = 1e-9;
    train(net, data, options);
    float *after = parameters_of(net), kept_mean, kept_deviation;
    for (int64_t i = 0; i < cnn_net_parameters(net); i++)
        assert_true(fabsf(after[i] - before[i]) < 1e-6f);
    cnn_net_normalisation(net, &kept_mean, &kept_deviation);
    assert_true(kept_mean == mean && kept_deviation == deviation);
    free(before);
    free(after);
    cnn_net_free(net);
    cnn_data_free(data);
}

/* ---- Progress ---- */

enum { MAX_CALLS = 200 };

typedef struct calls {
    cnn_progress call[MAX_CALLS];
    int count;
} calls;

static bool record(void *user, const cnn_progress *progress) {
    calls *calls = user;
    assert_true(calls->count < MAX_CALLS);
    calls->call[calls->count++] = *progress;
    return true;
}

static void progress_counts_iterations_and_epochs(void **state) {
    (void)state;
    cnn_data *data = small_data(100); /* 20 to validate with, 80 / 16 = 5 iterations */
    cnn_net *net = small_net();
    calls calls = {.count = 0};
    cnn_train_options options = small_options();
    options.validation = 0.2;
    options.progress = record;
    options.user = &calls;
    train(net, data, options);
    assert_int_equal(calls.count, 3 * (5 + 1));
    for (int i = 0; i < calls.count; i++) {
        const cnn_progress *p = &calls.call[i];
        bool end = i % 6 == 5;
        assert_int_equal(p->epoch, i / 6 + 1);
        assert_int_equal(p->epochs, 3);
        assert_int_equal(p->iteration, end ? 5 : i % 6 + 1);
        assert_int_equal(p->iterations, 5);
        assert_int_equal(p->epoch_ended, end);
        assert_true(p->validated);
        assert_true(p->loss > 0 && p->accuracy >= 0 && p->accuracy <= 1);
        assert_true(p->images_per_second > 0 && p->seconds_left >= 0);
        assert_true(p->learning_rate > 0 && p->learning_rate <= 0.01);
        assert_true(!end || p->validation_loss > 0);
    }
    assert_true(calls.call[0].best == false && calls.call[5].best);
    assert_true(calls.call[calls.count - 1].seconds_left == 0);
    assert_true(calls.call[calls.count - 1].loss < calls.call[0].loss);
    cnn_net_free(net);
    cnn_data_free(data);
}

/* The deck: iterations = images / batch, rounded up; the mean loss weighs images, not batches. */
static void the_last_batch_is_smaller_and_counts_less(void **state) {
    (void)state;
    cnn_data *data = small_data(17);
    cnn_net *net = small_net();
    calls calls = {.count = 0};
    cnn_train_options options = small_options();
    options.epochs = 1;
    options.progress = record;
    options.user = &calls;
    train(net, data, options);
    assert_int_equal(calls.count, 2 + 1);
    assert_int_equal(calls.call[1].iterations, 2);
    double first = calls.call[0].accuracy * 16, both = calls.call[1].accuracy * 17;
    assert_true(fabs(first - round(first)) < 1e-9 && fabs(both - round(both)) < 1e-9);
    assert_true(both - first > -1e-9 && both - first < 1 + 1e-9);
    cnn_net_free(net);
    cnn_data_free(data);
}

static bool stop_at_fourth(void *user, const cnn_progress *progress) {
    (void)progress;
    return ++*(int *)user < 4;
}

static void stopping_without_a_run_directory(void **state) {
    (void)state;
    cnn_data *data = small_data(100);
    cnn_net *net = small_net();
    int count = 0;
    cnn_train_options options = small_options();
    cnn_error error;
    options.progress = stop_at_fourth;
    options.user = &count;
    train_expecting(CNN_STOPPED, net, data, &options, &error);
    assert_int_equal(count, 4);
    assert_string_equal(error.message,
                        "stopped in epoch 1 of 3 after iteration 4 of 7; the network has the weights, "
                        "but without a run directory nothing was saved from which to continue");
    cnn_net_free(net);
    cnn_data_free(data);
}

/* ---- The end ---- */

/* With nothing to learn the loss of images never seen gets worse: training stops, and the network is that of
 * the best epoch, as if training had ended there. */
static void patience_stops_and_brings_the_best_back(void **state) {
    (void)state;
    cnn_data *data = small_noise(80);
    cnn_net *net = small_net(), *best = small_net();
    calls calls = {.count = 0};
    cnn_train_options options = small_options();
    options.epochs = 60;
    options.batch = 64; /* one iteration: two calls an epoch */
    options.schedule = CNN_SCHEDULE_CONSTANT;
    options.validation = 0.25;
    options.patience = 3;
    options.progress = record;
    options.user = &calls;
    train(net, data, options);
    const cnn_progress *last = &calls.call[calls.count - 1];
    int best_epoch = 0;
    for (int i = 0; i < calls.count; i++)
        best_epoch = calls.call[i].best ? calls.call[i].epoch : best_epoch;
    assert_true(last->epoch < 60);
    assert_int_equal(last->epoch, best_epoch + 3);
    options.epochs = best_epoch;
    options.progress = NULL;
    train(best, data, options);
    assert_same_parameters(net, best);
    cnn_net_free(net);
    cnn_net_free(best);
    cnn_data_free(data);
}

/* An equal loss is not a lower one. */
static void patience_counts_epochs_without_a_lower_loss(void **state) {
    (void)state;
    cnn_data *data = small_data(100);
    cnn_net *net = small_net();
    calls calls = {.count = 0};
    cnn_train_options options = small_options();
    options.epochs = 20;
    options.update =
        (cnn_update_options){.optimizer = CNN_OPTIMIZER_SGD, .learning_rate = 1e-30}; /* nothing moves */
    options.validation = 0.2;
    options.patience = 2;
    options.progress = record;
    options.user = &calls;
    train(net, data, options);
    assert_int_equal(calls.call[calls.count - 1].epoch, 3);
    assert_true(calls.call[5].best && !calls.call[11].best && !calls.call[17].best);
    assert_true(calls.call[5].validation_loss == calls.call[17].validation_loss);
    cnn_net_free(net);
    cnn_data_free(data);
}

/* ---- Divergence ---- */

static void expect_divergence(cnn_train_options options, int64_t images, const char *const parts[]) {
    cnn_data *data = small_data(images);
    cnn_net *net = small_net(), *start = small_net();
    cnn_error error;
    train_expecting(CNN_ERROR_DIVERGED, net, data, &options, &error);
    for (; *parts; parts++)
        if (!strstr(error.message, *parts))
            fail_msg("no '%s' in '%s'", *parts, error.message);
    cnn_net_initialise(start, options.seed);
    assert_same_parameters(net, start);
    cnn_net_free(net);
    cnn_net_free(start);
    cnn_data_free(data);
}

static void divergence_names_epoch_iteration_and_layer(void **state) {
    (void)state;
    cnn_train_options options = small_options();
    options.update = (cnn_update_options){.optimizer = CNN_OPTIMIZER_SGD, .learning_rate = 1e30};
    options.schedule = CNN_SCHEDULE_CONSTANT;
    expect_divergence(options, 100,
                      (const char *const[]){"epoch 1, iteration 2 of 7: ", "layer ",
                                            "keeps the weights it started with", "below 1e+30", NULL});
}

static void divergence_in_the_last_iteration_is_seen(void **state) {
    (void)state;
    cnn_train_options options = small_options();
    options.update =
        (cnn_update_options){.optimizer = CNN_OPTIMIZER_SGD, .learning_rate = 1e38, .weight_decay = 1e20};
    options.schedule = CNN_SCHEDULE_CONSTANT;
    expect_divergence(
        options, 16,
        (const char *const[]){"epoch 1, after iteration 1 of 1: layer conv_1: its parameters are not "
                              "finite",
                              NULL});
}

static void divergence_is_seen_in_validation(void **state) {
    (void)state;
    cnn_train_options options = small_options();
    options.update = (cnn_update_options){.optimizer = CNN_OPTIMIZER_SGD, .learning_rate = 1e30};
    options.schedule = CNN_SCHEDULE_CONSTANT;
    options.validation = 0.5;
    expect_divergence(options, 16,
                      (const char *const[]){"epoch 1, validation: the loss is not finite", NULL});
}

/* Adam's steps are as large as its rate: scores of 1e4 and more, at random, but finite. */
static void an_epoch_that_has_diverged_is_never_the_best(void **state) {
    (void)state;
    cnn_data *data = small_noise(100);
    cnn_net *net;
    calls calls = {.count = 0};
    assert_int_equal(cnn_net_parse(&net, "input 1x8x8\nflatten\ndense 4\nsoftmax\n", "a", NULL), CNN_OK);
    cnn_train_options options = small_options();
    options.update.learning_rate = 1e4;
    options.schedule = CNN_SCHEDULE_CONSTANT;
    options.validation = 0.2;
    options.progress = record;
    options.user = &calls;
    train(net, data, options);
    for (int i = 0; i < calls.count; i++) {
        const cnn_progress *p = &calls.call[i];
        assert_true(p->diverged == p->epoch_ended && !p->best);
        assert_true(!p->epoch_ended || (p->validation_loss > 1000 && p->kept_epoch == p->epoch));
    }
    cnn_net_free(net);
    cnn_data_free(data);
}

/* ---- What does not fit ---- */

static void refuse(cnn_net *net, const cnn_data *data, cnn_train_options options, cnn_status status,
                   const char *message) {
    cnn_error error;
    train_expecting(status, net, data, &options, &error);
    if (!strstr(error.message, message))
        fail_msg("no '%s' in '%s'", message, error.message);
    cnn_net_free(net);
}

static void data_that_do_not_fit(void **state) {
    (void)state;
    cnn_data *data = small_data(40);
    cnn_net *large = cnn_net_new(&(cnn_input_options){3, 8, 9}),
            *few = cnn_net_new(&(cnn_input_options){1, 8, 8});
    cnn_net *empty = cnn_net_new(&(cnn_input_options){1, 8, 8}),
            *fixed = cnn_net_new(&(cnn_input_options){1, 8, 8});
    cnn_net *broken = cnn_net_new(&(cnn_input_options){1, 8, 8});
    cnn_flatten(large);
    cnn_dense(large, .units = 4);
    cnn_flatten(few);
    cnn_dense(few, .units = 3);
    cnn_flatten(fixed);
    cnn_dense(broken, .units = 0);
    refuse(large, data, small_options(), CNN_ERROR_SHAPE,
           "the network takes images of 3x8x9 (channels x rows x columns), but those of memory are 1x8x8");
    refuse(few, data, small_options(), CNN_ERROR_SHAPE, "have 4 classes, but the network has only 3 outputs");
    refuse(empty, data, small_options(), CNN_ERROR_SHAPE, "the network has no layers");
    refuse(fixed, data, small_options(), CNN_ERROR_SHAPE, "the network has no parameters to train");
    cnn_status status = cnn_net_status(broken);
    refuse(broken, data, small_options(), status, "dense");
    cnn_data_free(data);
}

static void options_out_of_range_leave_the_net_alone(void **state) {
    (void)state;
    cnn_data *data = small_data(4); /* one image of each class */
    cnn_net *net = small_net(), *zero = small_net();
    cnn_train_options options = small_options();
    cnn_error error;
    options.validation = 0.5;
    train_expecting(CNN_ERROR_ARGUMENT, net, data, &options, &error);
    assert_non_null(strstr(error.message, "4 images leave none to hold out for validation"));
    options = small_options();
    options.threads = -1;
    train_expecting(CNN_ERROR_ARGUMENT, net, data, &options, &error);
    assert_same_parameters(net, zero);
    assert_null(cnn_net_class(net, 0));
    cnn_net_free(net);
    cnn_net_free(zero);
    cnn_data_free(data);
}

/* Outputs without a class of their own are named by their number. */
static void more_outputs_than_classes(void **state) {
    (void)state;
    cnn_data *data = small_data(40);
    cnn_net *net = cnn_net_new(&(cnn_input_options){1, 8, 8});
    cnn_flatten(net);
    cnn_dense(net, .units = 6);
    train(net, data, small_options());
    assert_string_equal(cnn_net_class(net, 0), cnn_data_class(data, 0));
    assert_string_equal(cnn_net_class(net, 5), "5");
    cnn_net_free(net);
    cnn_data_free(data);
}

/* All pixels the same: nothing is divided by a deviation of zero. */
static void images_without_contrast(void **state) {
    (void)state;
    uint8_t images[8 * 64];
    const int32_t labels[8] = {0, 1, 2, 3, 0, 1, 2, 3};
    const cnn_input_options shape = {1, 8, 8};
    memset(images, 77, sizeof images);
    cnn_data *data = byte_data(shape, 8, images, labels, 4);
    cnn_net *net = small_net();
    train(net, data, small_options());
    float mean, deviation;
    cnn_net_normalisation(net, &mean, &deviation);
    assert_true(fabsf(mean - 77.0f / 255) < 1e-6f && deviation > 0);
    cnn_net_free(net);
    cnn_data_free(data);
}

/* Every optimizer, loss and schedule learns the easy data. */
static void every_way_of_training_learns(void **state) {
    (void)state;
    static const cnn_update_options updates[] = {
        {.optimizer = CNN_OPTIMIZER_DEFAULT},
        {.optimizer = CNN_OPTIMIZER_SGD, .learning_rate = 0.1},
        {.optimizer = CNN_OPTIMIZER_SGD, .momentum = 0.9, .nesterov = true, .weight_decay = 1e-4},
        {.optimizer = CNN_OPTIMIZER_ADAM, .learning_rate = 0.01, .clip_norm = 1},
        {.optimizer = CNN_OPTIMIZER_ADAMW,
         .learning_rate = 0.01,
         .weight_decay = 0.01,
         .label_smoothing = 0.1},
        {.optimizer = CNN_OPTIMIZER_ADAM, .learning_rate = 0.01, .loss = CNN_LOSS_MEAN_SQUARED},
    };
    cnn_data *data = small_data(100);
    for (size_t i = 0; i < sizeof updates / sizeof updates[0]; i++) {
        cnn_net *net = small_net();
        cnn_train_options options = {.update = updates[i], .epochs = 15, .batch = 16, .threads = 1};
        options.schedule = (cnn_schedule)(CNN_SCHEDULE_CONSTANT + (int)i % 4);
        options.warmup_epochs = options.schedule == CNN_SCHEDULE_ONECYCLE ? 0 : 0.5;
        train(net, data, options);
        cnn_evaluation evaluation;
        assert_int_equal(cnn_evaluate(net, data, 1, &evaluation, NULL), CNN_OK);
        if (evaluation.correct < 98)
            fail_msg("update %d: %d of 100", (int)i, (int)evaluation.correct);
        cnn_evaluation_free(&evaluation);
        cnn_net_free(net);
    }
    cnn_data_free(data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(learns_the_small_data),
        cmocka_unit_test(null_options_are_the_defaults),
        cmocka_unit_test(the_net_learns_normalisation_and_class_names),
        cmocka_unit_test(the_same_weights_on_any_number_of_threads),
        cmocka_unit_test(another_seed_gives_other_weights),
        cmocka_unit_test(kept_parameters_are_the_start),
        cmocka_unit_test(progress_counts_iterations_and_epochs),
        cmocka_unit_test(the_last_batch_is_smaller_and_counts_less),
        cmocka_unit_test(stopping_without_a_run_directory),
        cmocka_unit_test(patience_stops_and_brings_the_best_back),
        cmocka_unit_test(patience_counts_epochs_without_a_lower_loss),
        cmocka_unit_test(divergence_names_epoch_iteration_and_layer),
        cmocka_unit_test(divergence_in_the_last_iteration_is_seen),
        cmocka_unit_test(divergence_is_seen_in_validation),
        cmocka_unit_test(an_epoch_that_has_diverged_is_never_the_best),
        cmocka_unit_test(data_that_do_not_fit),
        cmocka_unit_test(options_out_of_range_leave_the_net_alone),
        cmocka_unit_test(more_outputs_than_classes),
        cmocka_unit_test(images_without_contrast),
        cmocka_unit_test(every_way_of_training_learns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
