/* A range test of the learning rate (Smith 2017, arXiv:1506.01186): updates at rates that rise, and what becomes of the loss. */
#include "train/rehearsal.h"

#include "base/memory.h"
#include "train/trainer.h"

#include <math.h>

enum { UPDATES = 100, FEWEST = 10, MOST_UPDATES = 100000 };
/* The loss is smoothed by a running mean with this decay; at so many times the least one it is lost. */
static const double smoothing = 0.9, lost = 4;
static const double least_rate = 1e-5, most_rate = 10;
static const double before_minimum = 0.1; /* of the rate with the least loss: there it still falls fast */

void cnn_rate_curve_free(cnn_rate_curve *curve) {
    if (!curve)
        return;
    cnn_free(curve->points);
    *curve = (cnn_rate_curve){0};
}

/* Add a point; the smoothed loss counts as a mean of those so far (as Adam's means do). */
static void add_point(cnn_rate_curve *curve, double rate, double loss, double *mean) {
    const double n = (double)(curve->count + 1);
    *mean = smoothing * *mean + (1 - smoothing) * loss;
    curve->points[curve->count++] =
        (cnn_rate_point){.rate = rate, .loss = loss, .smoothed = *mean / (1 - pow(smoothing, n))};
}

static const cnn_rate_point *least_point(const cnn_rate_curve *curve) {
    const cnn_rate_point *least = curve->points;
    for (int64_t i = 1; i < curve->count; i++)
        if (curve->points[i].smoothed < least->smoothed)
            least = &curve->points[i];
    return least;
}

static bool is_lost(const cnn_rate_curve *curve) {
    return curve->count > FEWEST &&
           curve->points[curve->count - 1].smoothed > lost * least_point(curve)->smoothed;
}

static cnn_status climb(cnn_rehearsal *rehearsal, const cnn_rate_range *range, cnn_rate_curve *curve,
                        cnn_error *error) {
    cnn_update_options *update = &cnn_trainer_update_state(rehearsal->training.trainer)->options;
    const double ratio = range->most / range->least;
    double mean = 0, loss;
    for (int i = 0; i < range->updates && !is_lost(curve); i++) {
        update->learning_rate = range->least * pow(ratio, (double)i / (double)(range->updates - 1));
        const cnn_status status = cnn_rehearsal_update(rehearsal, &loss, error);
        if (status == CNN_ERROR_DIVERGED && curve->count >= FEWEST)
            return CNN_OK; /* it was to be expected in the end */
        if (status != CNN_OK)
            return status;
        add_point(curve, update->learning_rate, loss, &mean);
    }
    return CNN_OK;
}

static cnn_status check_range(cnn_rate_range *range, cnn_error *error) {
    range->least = range->least == 0 ? least_rate : range->least;
    range->most = range->most == 0 ? most_rate : range->most;
    range->updates = range->updates == 0 ? UPDATES : range->updates;
    if (!(range->least > 0) || !(range->most > range->least) || !isfinite(range->most))
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "the rates must rise from a number above 0, not from %g to %g", range->least,
                        range->most);
    if (range->updates < FEWEST || range->updates > MOST_UPDATES)
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "updates must be %d to %d, not %d", FEWEST, MOST_UPDATES,
                        range->updates);
    return CNN_OK;
}

static cnn_status find(cnn_rate_curve *curve, const cnn_net *net, const cnn_data *data,
                       const cnn_train_options *options, const cnn_rate_range *range, cnn_error *error) {
    cnn_train_options plain = *options;
    cnn_rehearsal rehearsal;
    plain.warmup_epochs = 0;
    cnn_status status = cnn_rehearsal_start(&rehearsal, net, data, &plain, error);
    curve->points = cnn_allocate((size_t)range->updates, sizeof *curve->points, "the rates", error);
    if (status == CNN_OK)
        status = curve->points ? climb(&rehearsal, range, curve, error) : CNN_ERROR_MEMORY;
    cnn_rehearsal_free(&rehearsal);
    return status;
}

cnn_status cnn_train_find_rate(const cnn_net *net, const cnn_data *data, const cnn_train_options *options,
                               const cnn_rate_range *range, cnn_rate_curve *curve, cnn_error *error) {
    static const cnn_train_options defaults = {0};
    cnn_rate_range complete = range ? *range : (cnn_rate_range){0};
    cnn_status status = cnn_required(error, net, data, curve);
    if (status != CNN_OK)
        return status;
    *curve = (cnn_rate_curve){0};
    status = check_range(&complete, error);
    if (status == CNN_OK)
        status = find(curve, net, data, options ? options : &defaults, &complete, error);
    if (status != CNN_OK)
        cnn_rate_curve_free(curve);
    else
        curve->suggestion = before_minimum * least_point(curve)->rate;
    return status;
}
