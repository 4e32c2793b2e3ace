/* One update of a training: the gradients of its batches, the step of the optimizer, the average; and what is said of a
 * training that has diverged. */
#include "train/training.h"

#include "train/trainer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

int64_t cnn_training_updates(const cnn_training *training) {
    return cnn_trainer_updates(training->trainer);
}

int64_t cnn_training_iterations(const cnn_training *training) {
    return cnn_length_of(&training->state.lengths, training->state.position.epoch);
}

/* Each epoch has its share of the curve, which counts in iterations of the first one. */
double cnn_training_rate_factor(const cnn_training *training, int64_t iteration) {
    const double first = (double)training->state.iterations,
                 place = (double)iteration * first / (double)cnn_training_iterations(training);
    return cnn_curve_factor(&training->curve, training->state.position.epoch * first + place) *
           cnn_plateau_factor(&training->state.options, &training->state.history);
}

/* ---- Divergence ------------------------------------------------------------------------------------ */

/* What to do about it. Before the first update the learning rate cannot be the cause. */
static void advise(const cnn_training *training, char *advice, size_t size) {
    const cnn_net *net = training->state.net;
    if (cnn_training_updates(training) > 0)
        snprintf(advice, size, "try a learning rate below %g", training->state.options.update.learning_rate);
    else
        snprintf(advice, size,
                 "no update has been made yet: either its weights are too large, or its normalisation does "
                 "not suit pixels in 0..1 (mean %g, deviation %g)",
                 (double)net->mean[0], (double)net->deviation[0]);
}

cnn_status cnn_training_diverged(const cnn_training *training, const char *where, const char *what,
                                 cnn_error *error) {
    char kept[96] = "the weights it started with", advice[160];
    if (training->net_epoch > 0)
        snprintf(kept, sizeof kept, "the weights of epoch %d%s", training->net_epoch,
                 training->folder.path ? ", saved in the run directory" : "");
    advise(training, advice, sizeof advice);
    return cnn_fail(error, CNN_ERROR_DIVERGED, "epoch %d, %s: %s; the network keeps %s; %s",
                    training->state.position.epoch + 1, where, what, kept, advice);
}

static cnn_status diverged_in_iteration(const cnn_training *training, const char *what, cnn_error *error) {
    char where[64];
    snprintf(where, sizeof where, "iteration %" PRId64 " of %" PRId64, training->state.position.iteration + 1,
             cnn_training_iterations(training));
    return cnn_training_diverged(training, where, what, error);
}

/* ---- Gradients of several batches -------------------------------------------------------------------- */

/* Add those of the last batch to the sum, each image's. */
static void add_gradients(const cnn_training *training, int64_t images) {
    int64_t floats;
    const float *gradients = cnn_plan_gradients(cnn_trainer_plan(training->trainer), &floats);
    for (int64_t i = 0; i < floats; i++)
        training->gradient_sum[i] += (float)images * gradients[i];
}

/* Replace the last batch's gradients by the mean over all images, and begin a new sum. */
static void take_mean(const cnn_training *training, int64_t images) {
    int64_t floats;
    float *gradients = cnn_plan_gradients(cnn_trainer_plan(training->trainer), &floats);
    for (int64_t i = 0; i < floats; i++)
        gradients[i] = training->gradient_sum[i] / (float)images;
    memset(training->gradient_sum, 0, (size_t)floats * sizeof *training->gradient_sum);
}

/* Those of one batch, the part-th of its update; its loss and what is right go into the epoch's sums. */
static cnn_status batch_gradients(cnn_training *training, int64_t part, int64_t *images, cnn_error *error) {
    cnn_position *at = &training->state.position;
    const cnn_batch batch = cnn_loader_next(training->loader);
    double loss;
    int64_t correct;
    cnn_error reason;
    cnn_trainer_set_part(training->trainer, part, training->state.options.accumulate);
    const cnn_lesson lesson = cnn_teacher_answer(&training->teacher, &batch);
    cnn_status status =
        cnn_trainer_gradients_prepared(training->trainer, &batch, &lesson, &loss, &correct, &reason);
    if (status == CNN_ERROR_DIVERGED)
        return diverged_in_iteration(training, reason.message, error);
    if (status != CNN_OK)
        return cnn_fail(error, status, "%s", reason.message);
    at->loss_sum += loss * (double)batch.count;
    at->correct += correct;
    *images += batch.count;
    if (training->gradient_sum)
        add_gradients(training, batch.count);
    return CNN_OK;
}

/* Images that are left of the epoch. */
static int64_t images_left(const cnn_training *training) {
    const cnn_train_options *options = &training->state.options;
    return training->holdout.training -
           training->state.position.iteration * options->batch * options->accumulate;
}

static cnn_status gradients(cnn_training *training, int64_t *images, cnn_error *error) {
    const int64_t left = images_left(training);
    cnn_status status = CNN_OK;
    *images = 0;
    for (int64_t part = 0; status == CNN_OK && part < training->state.options.accumulate && *images < left;
         part++)
        status = batch_gradients(training, part, images, error);
    if (status == CNN_OK && training->gradient_sum)
        take_mean(training, *images);
    return status;
}

/* ---- The update ------------------------------------------------------------------------------------ */

cnn_status cnn_training_update(cnn_training *training, int64_t *images, cnn_error *error) {
    cnn_position *at = &training->state.position;
    const int64_t iterations = cnn_training_iterations(training);
    const bool measured = cnn_layer_updates_due(at->iteration, iterations);
    cnn_error reason;
    cnn_status status = gradients(training, images, error);
    if (status != CNN_OK)
        return status;
    if (measured)
        cnn_trainer_update_state(training->trainer)->measure = true;
    status =
        cnn_trainer_update(training->trainer, cnn_training_rate_factor(training, at->iteration), &reason);
    if (status != CNN_OK)
        return cnn_fail(error, status, "%s", reason.message);
    if (measured)
        cnn_layer_updates_add(&training->state.history, training->trainer);
    at->iteration++;
    cnn_averaging_update(&training->averaging, cnn_trainer_plan(training->trainer),
                         cnn_training_updates(training), at->iteration == iterations ? at->epoch + 1 : 0);
    return CNN_OK;
}
