/* How many epochs, and how many updates in each, fit into a time: by a rehearsal on this machine. */
#include "train/rehearsal.h"

#include "base/clock.h"
#include "base/numbers.h"
#include "predict/measure.h"
#include "train/options.h"
#include "train/trainer.h"

#include <math.h>

/* The rehearsal takes a fiftieth of the time, but neither less nor more than these seconds, and never more than a fifth. Its
 * first half is not counted: caches and memory are not yet as they will be, nor are the weights. Zeros of ReLUs are work not
 * done, and those of a network that has learnt something are more; so the rate is the highest one, after a short warm-up. */
enum {
    FEWEST_UPDATES = 2,
    WARM_UPDATES = 10,
    WARM_IMAGES = 128,
    MOST_VALIDATED = 1024,
    MOST_EPOCHS = 1000000
};
static const double trial_share = 0.02, shortest_trial = 0.5, longest_trial = 10;
enum { SEVERAL_EPOCHS = 6 };
static const double usual_share = 0.85, most_for_ends = 0.25;
static const double disk_speed = 2e8; /* bytes of a checkpoint and a model that are written in a second */

/* Seconds that the parts of a training take. */
typedef struct costs {
    double update, frozen_update; /* of all layers, and in the epochs that freeze some */
    double validation, saving;
} costs;

static double trial_of(double seconds) {
    const double bounded = fmin(fmax(trial_share * seconds, shortest_trial), longest_trial);
    return fmin(bounded, seconds / 5);
}

/* Updates for so many seconds, at least a few; *update: seconds that one takes. At so high a rate the loss may be lost: what
 * was measured before counts. */
static cnn_status run_updates(cnn_rehearsal *rehearsal, double seconds, double *update, cnn_error *error) {
    const double begin = cnn_seconds();
    cnn_status status = CNN_OK;
    int64_t updates = 0;
    for (double passed = 0; updates < FEWEST_UPDATES || passed < seconds; updates++) {
        status = cnn_rehearsal_update(rehearsal, NULL, error);
        passed = cnn_seconds() - begin;
        if (status != CNN_OK)
            break;
        *update = passed / (double)(updates + 1);
    }
    return status == CNN_ERROR_DIVERGED && *update > 0 ? CNN_OK : status;
}

/* Of the second half, which the network enters as the first left it. */
static cnn_status time_updates(cnn_rehearsal *rehearsal, double trial, double *update, cnn_error *error) {
    *update = 0;
    const cnn_status status = run_updates(rehearsal, trial / 2, update, error);
    return status == CNN_OK ? run_updates(rehearsal, trial / 2, update, error) : status;
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

/* The mean of the first and the last epoch that freeze layers: those between take their share of the difference. */
static cnn_status time_frozen(cnn_rehearsal *rehearsal, const cnn_train_options *options, double trial,
                              double *update, cnn_error *error) {
    const int last = options->unfreeze_gradually ? options->freeze_epochs - 1 : 0;
    double ends[2];
    cnn_status status = CNN_OK;
    for (int i = 0; status == CNN_OK && i < 2; i++) {
        status = cnn_rehearsal_enter(rehearsal, i * last, error);
        if (status == CNN_OK)
            status = time_updates(rehearsal, trial / 2, &ends[i], error);
    }
    *update = (ends[0] + ends[1]) / 2;
    return status;
}

static double seconds_to_save(const cnn_checkpoint *state) {
    const int64_t model = state->net->value_count * (int64_t)sizeof(float);
    return (double)(cnn_checkpoint_bytes(state) + model) / disk_speed;
}

/* `seconds`: those that the training may take. */
static cnn_status rehearse(cnn_rehearsal *rehearsal, const cnn_train_options *options, double seconds,
                           costs *c, cnn_error *error) {
    cnn_training *training = &rehearsal->training;
    const double trial = trial_of(seconds) / (options->freeze_epochs > 0 ? 2 : 1);
    cnn_status status = time_updates(rehearsal, trial, &c->update, error);
    if (status == CNN_OK)
        status = cnn_trainer_store(training->trainer, training->state.net, error);
    if (status == CNN_OK)
        status = time_validation(training, &c->validation, error);
    if (status == CNN_OK && options->freeze_epochs > 0)
        status = time_frozen(rehearsal, options, trial, &c->frozen_update, error);
    c->saving = options->run_directory ? seconds_to_save(&training->state) : 0;
    return status;
}

/* Epochs that the options speak of must be there. */
static double fewest_epochs(const cnn_train_options *options) {
    const double warm = floor(options->warmup_epochs) + 1;
    return fmax(fmax(options->freeze_epochs + 1, options->swa_from), warm);
}

/* So many epochs that each has room to become longer and that the pace of those before tells, each of the same number of updates;
 * all images make `updates`. What ends an epoch is not repeated for that where it takes long. */
static cnn_train_length divide(const costs *c, const cnn_train_options *options, int64_t updates,
                               double seconds) {
    const double frozen = options->freeze_epochs, ends = c->validation + c->saving,
                 frozen_part = frozen * (c->frozen_update * (double)updates + ends),
                 later = ceil((seconds - frozen_part) / (c->update * usual_share * (double)updates + ends)),
                 several = fmin(SEVERAL_EPOCHS, floor(most_for_ends * seconds / ends));
    const double epochs = fmin(fmax(fewest_epochs(options), frozen + fmax(later, several)), MOST_EPOCHS);
    const double update = frozen * c->frozen_update + (epochs - frozen) * c->update; /* one in each epoch */
    const double each = (seconds - epochs * ends) / update;
    const int64_t fitting = each > 1 ? (int64_t)fmin(round(each), (double)updates) : 1;
    return (cnn_train_length){
        .epochs = (int)epochs, .epoch_updates = fitting, .seconds = update * (double)fitting + epochs * ends};
}

/* Updates of an epoch of all images. */
static cnn_status count_updates(const cnn_data *data, const cnn_train_options *options, int64_t *updates,
                                cnn_error *error) {
    cnn_train_options complete = *options;
    cnn_train_images images;
    complete.epochs = MOST_EPOCHS;
    cnn_status status = cnn_train_count(data, &complete, &images, error);
    if (status == CNN_OK)
        status = cnn_train_options_complete(&complete, error);
    if (status == CNN_OK)
        *updates = cnn_ceil_div(images.training, complete.batch * complete.accumulate);
    return status;
}

static cnn_status plan(const cnn_net *net, const cnn_data *data, const cnn_train_options *options,
                       double seconds, cnn_train_length *length, cnn_error *error) {
    const double begin = cnn_seconds();
    cnn_rehearsal rehearsal;
    costs c = {0};
    int64_t updates;
    cnn_status status = count_updates(data, options, &updates, error);
    if (status != CNN_OK)
        return status;
    cnn_train_options trial = *options;
    trial.seconds = 0;
    trial.warmup_epochs = (double)WARM_UPDATES / (double)updates;
    status = cnn_rehearsal_start(&rehearsal, net, data, &trial, error);
    const double setup = cnn_seconds() - begin; /* the training will take that once more */
    if (status == CNN_OK)
        status = rehearse(&rehearsal, options, seconds, &c, error);
    cnn_rehearsal_free(&rehearsal);
    if (status == CNN_OK)
        *length = divide(&c, options, updates, seconds - (cnn_seconds() - begin) - setup);
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
    if (options->epoch_updates || options->epoch_length_count)
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "epoch_updates is what is looked for: leave it out");
    return plan(net, data, options, seconds, length, error);
}
