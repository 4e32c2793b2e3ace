/* Before a training: its options, and which images it trains on, validates on and holds out. */
#include "train/training.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/numbers.h"
#include "data/dataset.h"
#include "train/options.h"
#include "train/split_list.h"

#include <string.h>

cnn_status cnn_training_complete_options(cnn_training *training, cnn_error *error) {
    cnn_train_options *options = &training->state.options;
    bool lowered;
    cnn_status status = cnn_run_folder_name(&training->folder, options->run_directory, error);
    if (status == CNN_OK && options->resume && options->run_directory)
        status = cnn_checkpoint_defaults(training->folder.checkpoint, options, error);
    if (status == CNN_OK)
        status = cnn_train_options_complete_for(training->net, options, &lowered, error);
    if (status == CNN_OK && !options->resume && !options->overwrite)
        status = cnn_run_folder_check_free(&training->folder, error);
    return status;
}

/* As the list says; images that are not listed are in no split. */
static cnn_status take_list(cnn_holdout *holdout, const cnn_split_list *list, const cnn_data *data,
                            cnn_error *error) {
    int64_t missing = 0;
    memset(holdout->splits, CNN_NO_SPLIT, (size_t)holdout->images);
    for (int64_t i = 0; i < list->count; i++) {
        missing += list->entries[i].index < 0;
        if (list->entries[i].index >= 0)
            holdout->splits[list->entries[i].index] = (uint8_t)list->entries[i].split;
    }
    return missing ? cnn_split_list_lacks(list, data, CNN_SPLIT_ALL, missing, error) : CNN_OK;
}

static cnn_status read_list(cnn_training *training, cnn_error *error) {
    cnn_split_list list;
    cnn_status status = cnn_split_list_read(&list, training->folder.split, error);
    if (status != CNN_OK)
        return status;
    status = cnn_split_list_find(&list, training->data, error);
    if (status == CNN_OK)
        status = take_list(&training->holdout, &list, training->data, error);
    cnn_split_list_free(&list);
    return status;
}

/* Hold out images by the seed. */
static cnn_status draw(cnn_training *training, cnn_error *error) {
    const cnn_train_options *options = &training->state.options;
    const cnn_data *data = training->data;
    cnn_status status = cnn_holdout_draw(&training->holdout, data->labels, data->classes, CNN_SPLIT_TEST,
                                         options->test, error);
    if (status != CNN_OK)
        return status;
    if (options->folds)
        return cnn_holdout_fold(&training->holdout, data->labels, data->classes, options->folds,
                                options->fold, error);
    return cnn_holdout_draw(&training->holdout, data->labels, data->classes, CNN_SPLIT_VALIDATION,
                            options->validation, error);
}

static cnn_status balance(cnn_training *training, cnn_error *error) {
    cnn_holdout *holdout = &training->holdout;
    const cnn_data *data = training->data;
    if (!training->state.options.balance_sampling)
        return CNN_OK;
    if (data->targets)
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "balanced sampling needs labels of one class each, but the data have targets");
    return cnn_balance_make(&holdout->balance, holdout->indices + holdout->validation, holdout->training,
                            data->labels, data->classes, error);
}

/* The images to validate on: held out, or a separate data set. */
static cnn_status choose_validation(cnn_training *training, cnn_error *error) {
    const cnn_data *own = training->state.options.validation_data;
    training->validation_data = own ? own : training->data;
    training->validation_images = own ? cnn_data_count(own) : training->holdout.validation;
    training->validation_indices = training->holdout.indices;
    if (!own)
        return CNN_OK;
    training->validation_indices = cnn_all_indices(cnn_data_count(own), error);
    return training->validation_indices ? CNN_OK : CNN_ERROR_MEMORY;
}

cnn_status cnn_training_share_out(cnn_training *training, cnn_error *error) {
    cnn_checkpoint *state = &training->state;
    const cnn_train_options *options = &state->options;
    bool listed = options->resume && training->folder.split && cnn_is_file(training->folder.split);
    state->data = training->data;
    cnn_status status =
        cnn_holdout_new(&training->holdout, cnn_data_count(training->data), options->seed, error);
    if (status == CNN_OK)
        status = listed ? read_list(training, error) : draw(training, error);
    if (status == CNN_OK)
        status = cnn_holdout_arrange(&training->holdout, error);
    if (status == CNN_OK)
        status = choose_validation(training, error);
    if (status == CNN_OK)
        status = balance(training, error);
    if (status != CNN_OK)
        return status;
    state->images = training->holdout.images - training->holdout.missing;
    status = cnn_lengths_make(&state->lengths, options,
                              cnn_ceil_div(training->holdout.training, options->batch * options->accumulate),
                              error);
    if (status != CNN_OK)
        return status;
    state->iterations = cnn_length_of(&state->lengths, 0);
    return cnn_curve_of(options, state->iterations, &training->curve, error);
}

/* ---- Asked beforehand ------------------------------------------------------------------------------ */

cnn_status cnn_train_check(const cnn_train_options *options, cnn_error *error) {
    cnn_status status = cnn_required(error, options);
    if (status != CNN_OK)
        return status;
    cnn_training training = {.state.options = *options};
    status = cnn_training_complete_options(&training, error);
    cnn_training_free(&training);
    return status;
}

cnn_status cnn_train_rate(const cnn_net *net, const cnn_train_options *options, double *rate, bool *lowered,
                          cnn_error *error) {
    cnn_status status = cnn_required(error, net, options, rate, lowered);
    if (status != CNN_OK)
        return status;
    cnn_train_options complete = *options;
    status = cnn_train_options_complete_for(net, &complete, lowered, error);
    *rate = status == CNN_OK ? complete.update.learning_rate : 0;
    return status;
}

cnn_status cnn_train_count(const cnn_data *data, const cnn_train_options *options, cnn_train_images *images,
                           cnn_error *error) {
    cnn_status status = cnn_required(error, data, options, images);
    if (status != CNN_OK)
        return status;
    cnn_training training = {.data = data, .state.options = *options};
    status = cnn_training_complete_options(&training, error);
    if (status == CNN_OK)
        status = cnn_training_share_out(&training, error);
    if (status == CNN_OK)
        *images = (cnn_train_images){.training = training.holdout.training,
                                     .validation = training.validation_images,
                                     .test = training.holdout.test,
                                     .others = training.holdout.missing};
    cnn_training_free(&training);
    return status;
}
