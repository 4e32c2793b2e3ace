#define _GNU_SOURCE
/* Going on from a checkpoint: the same weights, bit for bit, as without a stop. */
#include "base/file.h"
#include "base/memory.h"
#include "data/dataset.h"
#include "support/cmocka.h"
#include "support/folder.h"
#include "support/small_training.h"

#include <cnn_augment.h>
#include <stdio.h>
#include <string.h>

/* Go on for so many calls of the progress function, then stop. */
static bool count_down(void *user, const cnn_progress *progress) {
    (void)progress;
    return --*(int *)user > 0;
}

/* With parameters, if training goes on from those. */
static cnn_net *new_net(const cnn_train_options *options) {
    cnn_net *net = small_net();
    if (options->keep_parameters)
        assert_int_equal(cnn_net_initialise(net, 3), CNN_OK);
    return net;
}

/* Train with a stop every `calls` calls until the end; returns how often it was stopped. */
static int train_in_parts(cnn_net **net, const cnn_data *data, cnn_train_options options, int calls) {
    int stops = 0;
    cnn_status status = CNN_STOPPED;
    for (options.resume = false; status == CNN_STOPPED; options.resume = true) {
        int left = calls;
        cnn_error error = {0};
        options.progress = count_down;
        options.user = &left;
        options.overwrite = !options.resume;
        options.threads = 1 + stops % 3; /* other threads each time */
        cnn_net_free(*net);
        *net = new_net(&options); /* as a new process would have it */
        status = cnn_train(*net, data, &options, &error);
        if (status != CNN_OK && status != CNN_STOPPED)
            fail_msg("%s", error.message);
        stops += status == CNN_STOPPED;
    }
    return stops;
}

/* A file of the run directory, with a zero byte after it. */
static cnn_bytes contents(const char *folder, const char *name) {
    char *path = cnn_path_join(folder, name, NULL);
    cnn_bytes file, copy;
    cnn_error error;
    if (cnn_file_read(path, &file, &error) != CNN_OK)
        fail_msg("%s", error.message);
    copy = (cnn_bytes){cnn_allocate(file.size + 1, 1, "a file", NULL), file.size};
    memcpy(copy.data, file.data, file.size);
    cnn_free(file.data);
    cnn_free(path);
    return copy;
}

static void assert_unchanged(const char *folder, const char *name, cnn_bytes *before) {
    cnn_bytes now = contents(folder, name);
    assert_int_equal(now.size, before->size);
    assert_memory_equal(now.data, before->data, now.size);
    cnn_free(now.data);
    cnn_free(before->data);
}

/* history.csv without its second column, which holds seconds. */
static void assert_same_history(const char *a, const char *b) {
    cnn_bytes one = contents(a, "history.csv"), other = contents(b, "history.csv");
    const char *left = (const char *)one.data, *right = (const char *)other.data;
    for (; *left && *right; left += strcspn(left, "\n") + 1, right += strcspn(right, "\n") + 1) {
        int epoch[2] = {0}, skip_left = 0, skip_right = 0;
        sscanf(left, "%d,%*[^,]%n", &epoch[0], &skip_left);
        sscanf(right, "%d,%*[^,]%n", &epoch[1], &skip_right);
        size_t length = strcspn(left + skip_left, "\n");
        assert_int_equal(epoch[0], epoch[1]);
        assert_int_equal(length, strcspn(right + skip_right, "\n"));
        assert_memory_equal(left + skip_left, right + skip_right, length);
    }
    assert_true(*left == *right);
    cnn_free(one.data);
    cnn_free(other.data);
}

/* In the middle of epochs, at their ends, after every single batch. */
static void stopped_and_resumed_is_as_never_stopped(const char *folder, cnn_train_options options) {
    cnn_data *data = small_data(100);
    cnn_net *whole = new_net(&options);
    char *whole_run = cnn_path_join(folder, "whole", NULL), *parts_run = cnn_path_join(folder, "parts", NULL);
    options.run_directory = whole_run;
    train_expecting(CNN_OK, whole, data, &options, NULL);
    options.run_directory = parts_run;
    for (int calls = 1; calls <= 7; calls++) {
        cnn_net *parts = NULL;
        int stops = train_in_parts(&parts, data, options, calls);
        assert_true(stops >= 2);
        assert_same_parameters(whole, parts);
        assert_same_history(whole_run, parts_run);
        cnn_net_free(parts);
    }
    cnn_free(whole_run);
    cnn_free(parts_run);
    cnn_net_free(whole);
    cnn_data_free(data);
}

static void adam_with_validation_and_augmentation(void **state) {
    cnn_train_options options = small_options();
    options.validation = 0.2;
    options.augment = true;
    stopped_and_resumed_is_as_never_stopped(*state, options);
}

static void augmentations_of_every_kind(void **state) {
    const cnn_augmentation all[] = {
        {CNN_AUGMENT_ALTFLIP, 0}, {CNN_AUGMENT_CROP, 1},  {CNN_AUGMENT_ZOOM, 0},  {CNN_AUGMENT_CONTRAST, 0},
        {CNN_AUGMENT_CUTOUT, 2},  {CNN_AUGMENT_MIXUP, 1}, {CNN_AUGMENT_CUTMIX, 1}};
    cnn_train_options options = small_options();
    options.augmentations = all;
    options.augmentation_count = sizeof all / sizeof all[0];
    stopped_and_resumed_is_as_never_stopped(*state, options);
}

static void averages_of_each_kind(void **state) {
    cnn_train_options options = small_options();
    options.validation = 0.2;
    options.overwrite = true; /* the run of the one before */
    options.ema = 0.9;
    stopped_and_resumed_is_as_never_stopped(*state, options);
    options.ema = 0;
    options.lookahead = 3;
    stopped_and_resumed_is_as_never_stopped(*state, options);
    options.lookahead = 0;
    options.swa_from = 2;
    stopped_and_resumed_is_as_never_stopped(*state, options);
}

static void weights_factors_and_several_batches(void **state) {
    static const cnn_parameter_factor rates[] = {{"*.bias", 4}}, decays[] = {{"fc_*", 0}};
    cnn_train_options options = small_options();
    options.update = (cnn_update_options){.optimizer = CNN_OPTIMIZER_ADAMW,
                                          .weight_decay = 0.01,
                                          .focal = 2,
                                          .rate_factors = rates,
                                          .rate_factor_count = 1,
                                          .decay_factors = decays,
                                          .decay_factor_count = 1};
    options.balance_classes = true;
    options.batch = 8;
    options.accumulate = 2;
    options.epochs = 4;
    options.schedule = CNN_SCHEDULE_PLATEAU;
    options.step_epochs = 1;
    options.step_factor = 0.5;
    stopped_and_resumed_is_as_never_stopped(*state, options);
}

static void momentum_with_cosine_and_warmup(void **state) {
    cnn_train_options options = small_options();
    options.update =
        (cnn_update_options){.momentum = 0.9, .optimizer = CNN_OPTIMIZER_SGD, .weight_decay = 1e-3};
    options.schedule = CNN_SCHEDULE_COSINE;
    options.warmup_epochs = 0.5;
    stopped_and_resumed_is_as_never_stopped(*state, options);
}

/* Another trainer and a new optimizer after the first epoch. */
static void the_head_alone_first(void **state) {
    cnn_train_options options = small_options();
    options.keep_parameters = true;
    options.freeze_epochs = 1;
    options.accumulate = 2;
    options.batch = 8;
    options.ema = 0.9;
    options.balance_classes = true;
    stopped_and_resumed_is_as_never_stopped(*state, options);
}

static void layers_that_join_epoch_by_epoch(void **state) {
    cnn_train_options options = small_options();
    options.keep_parameters = true;
    options.freeze_epochs = 2;
    options.unfreeze_gradually = true;
    options.update.layer_decay = 0.5;
    stopped_and_resumed_is_as_never_stopped(*state, options);
}

static void the_answers_of_a_teacher(void **state) {
    cnn_train_options options = small_options();
    cnn_net *teacher = small_net();
    assert_int_equal(cnn_net_initialise(teacher, 5), CNN_OK);
    options.teacher = teacher;
    options.augment = true;
    stopped_and_resumed_is_as_never_stopped(*state, options);
    cnn_net_free(teacher);
}

static void plain_sgd_with_patience(void **state) {
    cnn_train_options options = small_options();
    options.update = (cnn_update_options){.optimizer = CNN_OPTIMIZER_SGD, .learning_rate = 0.1};
    options.schedule = CNN_SCHEDULE_STEP;
    options.patience = 2;
    stopped_and_resumed_is_as_never_stopped(*state, options);
}

static void products_in_bfloat16(void **state) {
    cnn_train_options options = small_options();
    options.update.precision = CNN_PRECISION_BF16;
    options.validation = 0.2;
    options.augment = true;
    stopped_and_resumed_is_as_never_stopped(*state, options);
}

static void every_optimizer(void **state) {
#define ENUMERATOR(enumerator, name, rate) enumerator,
    static const cnn_optimizer optimizers[] = {CNN_OPTIMIZERS(ENUMERATOR)};
#undef ENUMERATOR
    for (size_t i = 0; i < sizeof optimizers / sizeof optimizers[0]; i++) {
        cnn_train_options options = small_options();
        options.update = (cnn_update_options){.optimizer = optimizers[i], .weight_decay = 1e-3};
        options.overwrite = true; /* the run of the one before */
        stopped_and_resumed_is_as_never_stopped(*state, options);
    }
}

static void stopping_says_how_to_go_on(void **state) {
    cnn_data *data = small_data(100);
    cnn_net *net = small_net();
    cnn_train_options options = small_options();
    cnn_error error;
    int left = 3;
    options.run_directory = *state;
    options.progress = count_down;
    options.user = &left;
    train_expecting(CNN_STOPPED, net, data, &options, &error);
    char expected[512];
    snprintf(expected, sizeof expected,
             "stopped in epoch 1 of 3 after iteration 3 of 7; everything is saved in %s: train again with "
             "the same options and resume to continue",
             (char *)*state);
    assert_string_equal(error.message, expected);
    left = 8 - 3;
    options.resume = true;
    train_expecting(CNN_STOPPED, net, data, &options, &error);
    assert_non_null(strstr(error.message, "stopped after epoch 1 of 3; everything is saved"));
    cnn_net_free(net);
    cnn_data_free(data);
}

static void resume_expecting(const char *folder, cnn_train_options options, cnn_status status,
                             const char *message) {
    cnn_data *data = small_data(100);
    cnn_net *net = small_net();
    cnn_error error;
    options.run_directory = folder;
    options.resume = true;
    train_expecting(status, net, data, &options, &error);
    if (!strstr(error.message, message))
        fail_msg("no '%s' in '%s'", message, error.message);
    cnn_net_free(net);
    cnn_data_free(data);
}

static void train_into(const char *folder, cnn_train_options options) {
    cnn_data *data = small_data(100);
    cnn_net *net = small_net();
    options.run_directory = folder;
    train_expecting(CNN_OK, net, data, &options, NULL);
    cnn_net_free(net);
    cnn_data_free(data);
}

static void assert_history_ends_with(const char *folder, int epoch) {
    char line[16];
    cnn_bytes history = contents(folder, "history.csv");
    snprintf(line, sizeof line, "\n%d,", epoch);
    assert_non_null(strstr((const char *)history.data, line));
    snprintf(line, sizeof line, "\n%d,", epoch + 1);
    assert_null(strstr((const char *)history.data, line));
    cnn_free(history.data);
}

static void what_is_complete_wants_more_epochs(void **state) {
    cnn_train_options options = small_options();
    train_into(*state, options);
    resume_expecting(*state, options, CNN_OK, "");
    options.epochs = 0; /* as in the checkpoint */
    resume_expecting(*state, options, CNN_OK, "");
    options.epochs = 5;
    resume_expecting(*state, options, CNN_OK, "");
    assert_history_ends_with(*state, 5);
}

/* A training that is killed after its last checkpoint has neither model nor history of the last epoch. */
static void what_is_missing_of_a_complete_training_is_written(void **state) {
    static const char *const names[] = {"model.onnx", "history.csv"};
    cnn_train_options options = small_options();
    options.validation = 0.2;
    train_into(*state, options);
    for (int i = 0; i < 2; i++) {
        cnn_bytes before = contents(*state, names[i]);
        char *path = cnn_path_join(*state, names[i], NULL);
        assert_int_equal(remove(path), 0);
        resume_expecting(*state, options, CNN_OK, "");
        assert_unchanged(*state, names[i], &before);
        cnn_free(path);
    }
}

static bool count_epochs(void *user, const cnn_progress *progress) {
    *(int *)user += progress->epoch_ended ? progress->epoch : 0;
    return true;
}

static void a_complete_training_is_reported_once(void **state) {
    cnn_train_options options = small_options();
    int epochs = 0;
    train_into(*state, options);
    options.progress = count_epochs;
    options.user = &epochs;
    resume_expecting(*state, options, CNN_OK, "");
    assert_int_equal(epochs, 3);
}

static void other_images_or_labels_of_the_same_number_are_refused(void **state) {
    cnn_train_options options = small_options();
    train_into(*state, options);
    options.epochs = 5;
    options.run_directory = *state;
    options.resume = true;
    for (int i = 0; i < 2; i++) {
        cnn_data *data = small_data(100);
        cnn_net *net = small_net();
        cnn_error error;
        const int32_t label = data->labels[0];
        if (i == 0) { /* two labels change places */
            const int64_t other = data->labels[1] == label ? 2 : 1;
            data->labels[0] = data->labels[other];
            data->labels[other] = label;
            assert_int_not_equal(data->labels[0], label);
        } else
            for (int64_t k = 0; k < data->count * cnn_data_image_bytes(data); k++)
                data->pixels[k] ^= 1;
        train_expecting(CNN_ERROR_ARGUMENT, net, data, &options, &error);
        assert_non_null(strstr(error.message, "as many images as before, but other ones"));
        cnn_net_free(net);
        cnn_data_free(data);
    }
}

/* Images of a set of their own to validate with, whose number stays the same. */
static void other_images_to_validate_with_are_refused(void **state) {
    cnn_train_options options = small_options();
    cnn_data *data = small_data(100), *validation = small_data(40), *other = small_noise(40);
    cnn_net *net = small_net();
    cnn_error error;
    options.run_directory = *state;
    options.validation_data = validation;
    train_expecting(CNN_OK, net, data, &options, &error);
    options.epochs = 5;
    options.resume = true;
    options.validation_data = other;
    train_expecting(CNN_ERROR_ARGUMENT, net, data, &options, &error);
    assert_non_null(strstr(error.message, "as many images as before, but other ones"));
    options.validation_data = validation;
    train_expecting(CNN_OK, net, data, &options, &error);
    cnn_net_free(net);
    cnn_data_free(data);
    cnn_data_free(validation);
    cnn_data_free(other);
}

/* Spaces instead of a member, from its name up to the comma, in the file's own JSON within JSON. */
static void blank_condition(cnn_bytes *file, const char *member) {
    char name[64];
    snprintf(name, sizeof name, "\\\"%s\\\":", member);
    char *at = memmem(file->data, file->size, name, strlen(name));
    assert_non_null(at);
    size_t length = strcspn(at, ",}");
    if (at[length] == ',')
        length++;
    else /* the last one: its comma stands before it, perhaps before others that are blank by now */
        for (char first = 0; first != ','; length++)
            first = *--at;
    memset(at, ' ', length);
}

/* A version that did not know an option wrote a checkpoint that does not name it. */
static void a_checkpoint_that_lacks_newer_conditions_goes_on(void **state) {
    static const char *const added[] = {
        "test",        "validation_images",      "targets",       "ema",           "lookahead",  "swa_from",
        "focal",       "rate_factors",           "decay_factors", "class_weights", "accumulate", "power",
        "fingerprint", "validation_fingerprint", "precision"};
    cnn_train_options options = small_options();
    train_into(*state, options);
    cnn_bytes checkpoint = contents(*state, "checkpoint.safetensors");
    for (size_t i = 0; i < sizeof added / sizeof added[0]; i++)
        blank_condition(&checkpoint, added[i]);
    char *path = cnn_path_join(*state, "checkpoint.safetensors", NULL);
    assert_int_equal(cnn_file_replace(path, checkpoint.data, checkpoint.size, NULL), CNN_OK);
    options.epochs = 5;
    resume_expecting(*state, options, CNN_OK, "");
    /* what it lacks is what it was then: no images were held out for testing */
    assert_int_equal(cnn_file_replace(path, checkpoint.data, checkpoint.size, NULL), CNN_OK);
    options.test = 0.25;
    resume_expecting(*state, options, CNN_ERROR_ARGUMENT, "test");
    cnn_free(path);
    cnn_free(checkpoint.data);
}

static void what_patience_ended_wants_more_patience(void **state) {
    cnn_train_options options = small_options();
    options.update = (cnn_update_options){.optimizer = CNN_OPTIMIZER_SGD, .learning_rate = 1e-30};
    options.best = CNN_BEST_LOSS;
    options.validation = 0.2;
    options.patience = 1;
    train_into(*state, options);
    resume_expecting(*state, options, CNN_OK, "");
    assert_history_ends_with(*state, 2);
    options.patience = 2;
    resume_expecting(*state, options, CNN_OK, "");
}

static void other_options_are_refused(void **state) {
    cnn_train_options options = small_options();
    train_into(*state, options);
    options.epochs = 5;
    options.batch = 8;
    resume_expecting(*state, options, CNN_ERROR_ARGUMENT, "batch was 16 and is now 8");
    options.batch = 16;
    options.update.precision = CNN_PRECISION_BF16;
    resume_expecting(*state, options, CNN_ERROR_ARGUMENT, "precision was \"float32\" and is now \"bf16\"");
}

static void nothing_to_resume(void **state) {
    resume_expecting(*state, small_options(), CNN_ERROR_IO, "nothing to continue from: cannot read ");
}

/* Two good epochs, then a rate that breaks everything: the run directory stays that of epoch 2. */
static void divergence_leaves_the_last_good_epoch(void **state) {
    cnn_train_options options = small_options();
    options.epochs = 2;
    options.update = (cnn_update_options){.optimizer = CNN_OPTIMIZER_SGD};
    options.schedule = CNN_SCHEDULE_CONSTANT;
    train_into(*state, options);
    cnn_bytes checkpoint = contents(*state, "checkpoint.safetensors"), model = contents(*state, "model.onnx");
    cnn_bytes history = contents(*state, "history.csv");
    options.epochs = 4;
    options.update.learning_rate = 1e30;
    resume_expecting(*state, options, CNN_ERROR_DIVERGED, "epoch 3, iteration 2 of 7: ");
    resume_expecting(
        *state, options, CNN_ERROR_DIVERGED,
        "keeps the weights of epoch 2, saved in the run directory; try a learning rate below 1e+30");
    assert_unchanged(*state, "checkpoint.safetensors", &checkpoint);
    assert_unchanged(*state, "model.onnx", &model);
    assert_unchanged(*state, "history.csv", &history);
    options.update.learning_rate = 0; /* the checkpoint's */
    resume_expecting(*state, options, CNN_OK, "");
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_new, folder_remove)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_FOLDER(adam_with_validation_and_augmentation),
        IN_FOLDER(augmentations_of_every_kind),
        IN_FOLDER(momentum_with_cosine_and_warmup),
        IN_FOLDER(the_head_alone_first),
        IN_FOLDER(layers_that_join_epoch_by_epoch),
        IN_FOLDER(the_answers_of_a_teacher),
        IN_FOLDER(averages_of_each_kind),
        IN_FOLDER(weights_factors_and_several_batches),
        IN_FOLDER(products_in_bfloat16),
        IN_FOLDER(every_optimizer),
        IN_FOLDER(plain_sgd_with_patience),
        IN_FOLDER(stopping_says_how_to_go_on),
        IN_FOLDER(what_is_complete_wants_more_epochs),
        IN_FOLDER(what_is_missing_of_a_complete_training_is_written),
        IN_FOLDER(a_complete_training_is_reported_once),
        IN_FOLDER(other_images_or_labels_of_the_same_number_are_refused),
        IN_FOLDER(other_images_to_validate_with_are_refused),
        IN_FOLDER(a_checkpoint_that_lacks_newer_conditions_goes_on),
        IN_FOLDER(what_patience_ended_wants_more_patience),
        IN_FOLDER(other_options_are_refused),
        IN_FOLDER(nothing_to_resume),
        IN_FOLDER(divergence_leaves_the_last_good_epoch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
