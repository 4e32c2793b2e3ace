/* The training loop of cnn_train: epochs, iterations, and what happens after each. */
#include "train/training.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/numbers.h"
#include "train/phases.h"
#include "train/split_list.h"
#include "train/trainer.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* The learning rate of the last update. */
static double learning_rate(const cnn_training *training) {
    return training->state.options.update.learning_rate *
           cnn_training_rate_factor(training, training->state.position.iteration - 1);
}

/* Images that so many iterations of an epoch train on. */
static int64_t images_of(const cnn_training *training, int64_t iterations) {
    const cnn_train_options *options = &training->state.options;
    return cnn_min(iterations * options->batch * options->accumulate, training->holdout.training);
}

/* Those that the current epoch has trained on so far. */
static int64_t images_done(const cnn_training *training) {
    return images_of(training, training->state.position.iteration);
}

/* Images of an epoch: all, or as many as its updates take. */
static int64_t epoch_images(const cnn_training *training) {
    return images_of(training, cnn_training_iterations(training));
}

/* ---- Telling the caller ---------------------------------------------------------------------------- */

/* An estimate from the pace so far, validation included. */
static double seconds_left(const cnn_training *training, int epochs_left, int64_t done) {
    double training_images = (double)epochs_left * (double)epoch_images(training) - (double)done;
    return cnn_pace_left(&training->pace, training_images,
                         (double)epochs_left * (double)training->validation_images);
}

/* False when the caller wants to stop. */
static bool report(const cnn_training *training, const cnn_progress *progress) {
    const cnn_train_options *options = &training->state.options;
    return !options->progress || options->progress(options->user, progress);
}

/* Progress within an epoch; false when the caller wants to stop. */
static bool report_iteration(const cnn_training *training) {
    const cnn_checkpoint *state = &training->state;
    const cnn_position *at = &state->position;
    int64_t done = images_done(training);
    cnn_progress progress = {
        .epoch = at->epoch + 1,
        .epochs = state->options.epochs,
        .iteration = at->iteration,
        .iterations = cnn_training_iterations(training),
        .images_per_second = cnn_pace_rate(&training->pace),
        .seconds_left = seconds_left(training, state->options.epochs - at->epoch, done),
        .learning_rate = learning_rate(training),
        .loss = at->loss_sum / (double)done,
        .accuracy = (double)at->correct / (double)done,
        .validated = training->validation_images > 0,
    };
    return report(training, &progress);
}

/* A mean cross-entropy above this: the right classes have probabilities of e^-1000, and what such weights answer by chance is
 * no result. */
static const double DIVERGED = 1000;

/* Whether the loss that decides which epoch is the best says so. */
static bool has_diverged(const cnn_checkpoint *state, const cnn_epoch_record *record) {
    const double loss = isnan(record->validation_loss) ? record->loss : record->validation_loss;
    return state->options.update.loss != CNN_LOSS_MEAN_SQUARED && loss > DIVERGED;
}

/* Progress at the end of an epoch; false when the caller wants to stop. */
static bool report_epoch(const cnn_training *training) {
    const cnn_checkpoint *state = &training->state;
    const cnn_position *at = &state->position;
    const cnn_epoch_record *record = &state->history.epochs[at->epoch - 1],
                           *kept = &state->history.epochs[training->net_epoch - 1];
    bool validated = training->validation_images > 0;
    cnn_layer_updates_of(&state->history, at->epoch, state->net, training->updates);
    cnn_progress progress = {
        .epoch = at->epoch,
        .epochs = state->options.epochs,
        .iteration = cnn_length_of(&state->lengths, at->epoch - 1),
        .iterations = cnn_length_of(&state->lengths, at->epoch - 1),
        .epoch_ended = true,
        .images_per_second = cnn_pace_rate(&training->pace),
        .seconds_left = cnn_training_complete(training)
                            ? 0
                            : seconds_left(training, state->options.epochs - at->epoch, 0),
        .learning_rate = record->learning_rate,
        .loss = record->loss,
        .accuracy = record->accuracy,
        .validated = validated,
        .validation_loss = validated ? record->validation_loss : 0,
        .validation_accuracy = validated ? record->validation_accuracy : 0,
        .best = at->best_epoch == at->epoch,
        .kept_epoch = training->net_epoch,
        .kept_loss = validated ? kept->validation_loss : kept->loss,
        .kept_accuracy = validated ? kept->validation_accuracy : kept->accuracy,
        .layers = training->updates,
        .layer_count = state->history.layer_count,
        .diverged = has_diverged(state, record),
    };
    return report(training, &progress);
}

/* ---- What is kept ---------------------------------------------------------------------------------- */

/* A checkpoint must not contain weights that are not finite. */
static cnn_status check_weights(const cnn_training *training, cnn_error *error) {
    const cnn_checkpoint *state = &training->state;
    const cnn_parameter *bad = cnn_net_find_not_finite(state->net);
    char where[64], what[192];
    if (!bad)
        return CNN_OK;
    snprintf(where, sizeof where, "after iteration %" PRId64 " of %" PRId64, state->position.iteration,
             cnn_training_iterations(training));
    snprintf(what, sizeof what, "layer %s: its parameters are not finite", state->net->nodes[bad->node].name);
    return cnn_training_diverged(training, where, what, error);
}

/* Nor anything else. The weights are finite: what overflowed are sums of squares of gradients, say. */
static cnn_status check_state(const cnn_training *training, cnn_error *error) {
    const cnn_position *at = &training->state.position;
    char place[CNN_CHECKPOINT_PLACE];
    const cnn_status status = cnn_checkpoint_find_not_finite(&training->state, place, error);
    if (status != CNN_OK || !*place)
        return status;
    return cnn_fail(error, CNN_ERROR_DIVERGED,
                    "epoch %d, after iteration %" PRId64 " of %" PRId64
                    ": %s of what the checkpoint would hold is not finite, "
                    "though all weights are: gradients are too large for the optimizer; limit them (clip "
                    "norm), or scale the "
                    "pixels or targets down",
                    at->epoch + 1, at->iteration, cnn_training_iterations(training), place);
}

/* Copy weights and optimizer state from the trainer. */
static cnn_status take_state(cnn_training *training, cnn_error *error) {
    cnn_checkpoint *state = &training->state;
    cnn_status status = cnn_trainer_store(training->trainer, state->net, error);
    if (status != CNN_OK)
        return status;
    for (int i = 0; i < state->optimizer_states; i++)
        cnn_trainer_get_state(training->trainer, i, state->optimizer[i]);
    if (state->averaged)
        cnn_averaging_store(&training->averaging, cnn_trainer_plan(training->trainer),
                            state->averaged->values);
    status = check_weights(training, error);
    return status == CNN_OK ? check_state(training, error) : status;
}

/* Before the first save: remove the files of an older run, and write the list of the splits, if any images are held
 * out. */
static cnn_status begin_folder(cnn_training *training, cnn_error *error) {
    const cnn_holdout *holdout = &training->holdout;
    if (!training->folder.path || training->folder.begun)
        return CNN_OK;
    training->folder.begun = true;
    if (training->state.options.resume)
        return CNN_OK;
    cnn_status status = cnn_run_folder_clear(&training->folder, error);
    if (status != CNN_OK || (holdout->test == 0 && holdout->validation == 0))
        return status;
    return cnn_split_list_write(training->folder.split, training->data, holdout->splits, error);
}

/* Write model, checkpoint and history, if there is a run directory. */
static cnn_status save(cnn_training *training, cnn_error *error) {
    cnn_training_give_weights(training);
    cnn_status status = begin_folder(training, error);
    if (status == CNN_OK)
        status = cnn_run_folder_save(&training->folder, &training->state, training->net, error);
    if (status == CNN_OK)
        return CNN_OK;
    return cnn_fail_within(error, status, "epoch %d of %d", training->state.position.epoch,
                           training->state.options.epochs);
}

/* CNN_STOPPED, with where it stopped and how to continue. */
static cnn_status stopped(const cnn_training *training, cnn_error *error) {
    const cnn_position *at = &training->state.position;
    char where[96];
    if (at->iteration == 0)
        snprintf(where, sizeof where, "after epoch %d of %d", at->epoch, training->state.options.epochs);
    else
        snprintf(where, sizeof where, "in epoch %d of %d after iteration %" PRId64 " of %" PRId64,
                 at->epoch + 1, training->state.options.epochs, at->iteration,
                 cnn_training_iterations(training));
    if (!training->folder.path)
        return cnn_fail(error, CNN_STOPPED,
                        "stopped %s; the network has the weights, but without a run directory nothing was "
                        "saved from which to continue",
                        where);
    return cnn_fail(
        error, CNN_STOPPED,
        "stopped %s; everything is saved in %s: train again with the same options and resume to continue",
        where, training->folder.path);
}

/* Save in the middle of an epoch, so that resuming repeats nothing. */
static cnn_status stop_in_epoch(cnn_training *training, cnn_error *error) {
    cnn_status status = take_state(training, error);
    if (status == CNN_OK)
        status = save(training, error);
    return status == CNN_OK ? stopped(training, error) : status;
}

/* ---- An iteration ---------------------------------------------------------------------------------- */

/* One update, and progress. */
static cnn_status run_iteration(cnn_training *training, cnn_error *error) {
    double begin = cnn_seconds();
    int64_t images;
    cnn_status status = cnn_training_update(training, &images, error);
    if (status != CNN_OK)
        return status;
    double seconds = cnn_seconds() - begin;
    training->state.position.seconds += seconds;
    cnn_work_add(&training->pace.training, seconds, images);
    return report_iteration(training) ? CNN_OK : stop_in_epoch(training, error);
}

/* ---- The end of an epoch --------------------------------------------------------------------------- */

static cnn_status validate(cnn_training *training, cnn_epoch_record *record, cnn_error *error) {
    record->validation_loss = record->validation_accuracy = NAN;
    if (training->validation_images == 0)
        return CNN_OK;
    double begin = cnn_seconds(), images = (double)training->validation_images;
    cnn_status status =
        cnn_predictor_load(training->validation.predictor, cnn_checkpoint_result(&training->state), error);
    if (status != CNN_OK)
        return status;
    cnn_score score =
        cnn_measure(&training->validation, training->validation_indices, training->validation_images, NULL);
    if (!isfinite(score.loss))
        return cnn_training_diverged(training, "validation", "the loss is not finite", error);
    record->validation_loss = score.loss / images;
    record->validation_accuracy = (double)score.correct / images;
    double seconds = cnn_seconds() - begin;
    record->seconds += seconds;
    cnn_work_add(&training->pace.validation, seconds, training->validation_images);
    return CNN_OK;
}

/* By accuracy, with ties broken by the lower loss, or by loss. */
static bool is_better(cnn_best best, double loss, double accuracy, const cnn_position *than) {
    if (than->best_epoch == 0)
        return true;
    if (best == CNN_BEST_ACCURACY && accuracy != than->best_accuracy)
        return accuracy > than->best_accuracy;
    return loss < than->best_loss;
}

/* Whether this epoch is the best so far: then its weights are kept (cnn_training_give_weights). */
static void keep_best(cnn_checkpoint *state, double loss, double accuracy) {
    cnn_position *at = &state->position;
    if (!is_better(state->options.best, loss, accuracy, at))
        return;
    at->best_epoch = at->epoch;
    at->best_loss = loss;
    at->best_accuracy = accuracy;
}

/* Count the epoch as done. */
static cnn_status enter_epoch(cnn_checkpoint *state, const cnn_epoch_record *record, cnn_error *error) {
    cnn_position *at = &state->position;
    cnn_layer_updates_end_epoch(&state->history, cnn_length_of(&state->lengths, at->epoch));
    cnn_status status = cnn_history_append(&state->history, record, error);
    if (status != CNN_OK)
        return status;
    *at = (cnn_position){.epoch = at->epoch + 1,
                         .best_epoch = at->best_epoch,
                         .best_loss = at->best_loss,
                         .best_accuracy = at->best_accuracy};
    if (has_diverged(state, record))
        return CNN_OK;
    if (isnan(record->validation_loss))
        keep_best(state, record->loss, record->accuracy);
    else
        keep_best(state, record->validation_loss, record->validation_accuracy);
    return CNN_OK;
}

/* Validate, keep the best weights, record, save and report. */
static cnn_status end_epoch(cnn_training *training, cnn_error *error) {
    cnn_checkpoint *state = &training->state;
    double images = (double)epoch_images(training);
    cnn_epoch_record record = {.seconds = state->position.seconds,
                               .learning_rate = learning_rate(training),
                               .loss = state->position.loss_sum / images,
                               .accuracy = (double)state->position.correct / images};
    cnn_status status = take_state(training, error);
    if (status == CNN_OK)
        status = validate(training, &record, error);
    if (status == CNN_OK)
        status = enter_epoch(state, &record, error);
    if (status == CNN_OK)
        status = save(training, error);
    if (status == CNN_OK)
        status = cnn_run_folder_report(&training->folder, &state->history, error);
    if (status != CNN_OK || report_epoch(training) || cnn_training_complete(training))
        return status;
    return stopped(training, error);
}

/* ---- All epochs ------------------------------------------------------------------------------------ */

static cnn_status run_epoch(cnn_training *training, cnn_error *error) {
    const cnn_position *at = &training->state.position;
    const cnn_holdout *holdout = &training->holdout;
    cnn_status status = cnn_training_enter_phase(training, error);
    if (status == CNN_OK)
        status = cnn_training_keep_time(training, error);
    if (status != CNN_OK)
        return status;
    cnn_holdout_shuffle(&training->holdout, at->epoch + 1);
    /* No more than the epoch takes, or the loader would read ahead in the order while the next shuffle changes it. */
    cnn_loader_start(training->loader, holdout->order, epoch_images(training), images_done(training),
                     at->epoch + 1);
    while (status == CNN_OK && at->iteration < cnn_training_iterations(training))
        status = run_iteration(training, error);
    training->timekeeper.updates_ended = cnn_seconds();
    return status == CNN_OK ? end_epoch(training, error) : status;
}

/* A training that was complete already may have been interrupted before everything was written: write it again. */
static cnn_status finish_again(cnn_training *training, cnn_error *error) {
    const cnn_history *history = &training->state.history;
    cnn_status status = cnn_run_folder_save_results(&training->folder, history, training->net, error);
    if (status == CNN_OK)
        status = cnn_run_folder_report(&training->folder, history, error);
    if (status == CNN_OK)
        report_epoch(training);
    return status;
}

cnn_status cnn_train(cnn_net *net, const cnn_data *data, const cnn_train_options *options, cnn_error *error) {
    cnn_training training;
    cnn_status status = cnn_required(error, net, data);
    if (status != CNN_OK)
        return status;
    status = cnn_training_start(&training, net, data, options, error);
    if (status == CNN_OK && cnn_training_complete(&training))
        status = finish_again(&training, error);
    while (status == CNN_OK && !cnn_training_complete(&training))
        status = run_epoch(&training, error);
    cnn_training_free(&training);
    return status;
}
