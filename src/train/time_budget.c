/* How many epochs, and how many updates in each, fit into a time: by a rehearsal on this machine. */
#include "train/rehearsal.h"

#include "base/clock.h"
#include "base/numbers.h"
#include "predict/measure.h"
#include "train/trainer.h"

#include <math.h>

/* The rehearsal takes a fiftieth of the time, but neither less nor more than these seconds, and never more than a fifth; its
 * first updates, which find caches and memory as they will not be, are not counted. */
enum { WARM_UPDATES = 3, FEWEST_UPDATES = 5, WARM_IMAGES = 128, MOST_VALIDATED = 1024 };
static const double trial_share = 0.02, shortest_trial = 0.5, longest_trial = 10;
static const double disk_speed = 3e8; /* bytes of a checkpoint that are written in a second */

/* Seconds that the parts of a training take. */
typedef struct costs {
    double update, validation, saving;
} costs;

static double trial_of(double seconds) {
    const double bounded = fmin(fmax(trial_share * seconds, shortest_trial), longest_trial);
    return fmin(bounded, seconds / 5);
}

static cnn_status time_updates(cnn_rehearsal *rehearsal, double trial, double *update, cnn_error *error) {
    cnn_status status = CNN_OK;
    for (int i = 0; status == CNN_OK && i < WARM_UPDATES; i++)
        status = cnn_rehearsal_update(rehearsal, NULL, error);
    const double begin = cnn_seconds();
    int64_t updates = 0;
    for (double seconds = 0; status == CNN_OK && (updates < FEWEST_UPDATES || seconds < trial); updates++) {
        status = cnn_rehearsal_update(rehearsal, NULL, error);
        seconds = cnn_seconds() - begin;
    }
    *update = (cnn_seconds() - begin) / (double)cnn_max(updates, 1);
    return status;
}

/* All validation images, by what the first of them take. */
static cnn_status time_validation(cnn_training *training, double *seconds, cnn_error *error) {
    const int64_t images = training->validation_images, measured = cnn_min(images, MOST_VALIDATED);
    *seconds = 0;
    if (images == 0)
        return CNN_OK;
    const cnn_status status = cnn_predictor_load(training->validation.predictor, training->state.net, error);
    if (status != CNN_OK)
        return status;
    cnn_measure(&training->validation, training->validation_indices, cnn_min(measured, WARM_IMAGES), NULL);
    const double begin = cnn_seconds();
    cnn_measure(&training->validation, training->validation_indices, measured, NULL);
    *seconds = (cnn_seconds() - begin) * (double)images / (double)measured;
    return CNN_OK;
}

/* `seconds`: those that the training may take. */
static cnn_status rehearse(cnn_rehearsal *rehearsal, double seconds, bool saves, costs *c, cnn_error *error) {
    cnn_training *training = &rehearsal->training;
    cnn_status status = time_updates(rehearsal, trial_of(seconds), &c->update, error);
    if (status == CNN_OK)
        status = cnn_trainer_store(training->trainer, training->state.net, error);
    if (status == CNN_OK)
        status = time_validation(training, &c->validation, error);
    c->saving = saves ? (double)cnn_checkpoint_bytes(&training->state) / disk_speed : 0;
    return status;
}

/* As many epochs as begin within the time, each of the same number of updates; all images make `updates`. */
static cnn_train_length divide(const costs *c, int64_t updates, double seconds) {
    const double whole = c->update * (double)updates + c->validation + c->saving;
    const double epochs = fmin(fmax(1, ceil(seconds / whole)), 1e6);
    const double each = (seconds / epochs - c->validation - c->saving) / c->update;
    const int64_t fitting = each > 1 ? (int64_t)fmin(round(each), (double)updates) : 1;
    return (cnn_train_length){.epochs = (int)epochs,
                              .epoch_updates = fitting,
                              .seconds = epochs * (c->update * (double)fitting + c->validation + c->saving)};
}

static cnn_status plan(const cnn_net *net, const cnn_data *data, const cnn_train_options *options,
                       double seconds, cnn_train_length *length, cnn_error *error) {
    const double begin = cnn_seconds();
    cnn_rehearsal rehearsal;
    cnn_train_images images;
    costs c = {0};
    cnn_status status = cnn_train_count(data, options, &images, error);
    if (status != CNN_OK)
        return status;
    status = cnn_rehearsal_start(&rehearsal, net, data, options, error);
    const double setup = cnn_seconds() - begin; /* the training will take that once more */
    if (status == CNN_OK)
        status = rehearse(&rehearsal, seconds, options->run_directory, &c, error);
    const int64_t at_once =
        rehearsal.training.state.options.batch * rehearsal.training.state.options.accumulate;
    cnn_rehearsal_free(&rehearsal);
    if (status == CNN_OK)
        *length =
            divide(&c, cnn_ceil_div(images.training, at_once), seconds - (cnn_seconds() - begin) - setup);
    return status;
}

cnn_status cnn_train_fit_time(const cnn_net *net, const cnn_data *data, const cnn_train_options *options,
                              double seconds, cnn_train_length *length, cnn_error *error) {
    static const cnn_train_options defaults = {0};
    cnn_status status = cnn_required(error, net, data, length);
    if (status != CNN_OK)
        return status;
    options = options ? options : &defaults;
    if (!(seconds > 0) || !isfinite(seconds))
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "seconds must be a number above 0, not %g", seconds);
    if (options->epoch_updates)
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "epoch_updates is what is looked for: leave it out");
    return plan(net, data, options, seconds, length, error);
}
