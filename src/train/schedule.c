#include "train/schedule.h"

#include "base/memory.h"
#include "train/options.h"

#include <inttypes.h>
#include <math.h>

/* PyTorch's OneCycleLR: pct_start, div_factor, final_div_factor. */
static const double rising_share = 0.3, start_divisor = 25, end_divisor = 25 * 1e4;
static const double pi = 3.14159265358979323846;

/* From `begin` (progress 0) to `end` (progress 1) along half a cosine. */
static double half_cosine(double begin, double end, double progress) {
    return end + (begin - end) / 2 * (1 + cos(pi * progress));
}

static double constant(const cnn_curve *curve, int64_t update, int64_t updates) {
    (void)curve, (void)update, (void)updates;
    return 1;
}

/* Multiplied by a factor after every so many epochs. */
static double step(const cnn_curve *curve, int64_t update, int64_t updates) {
    (void)updates;
    return pow(curve->step_factor, (double)(update / curve->step_updates));
}

static double cosine(const cnn_curve *curve, int64_t update, int64_t updates) {
    (void)curve;
    return half_cosine(1, 0, (double)update / (double)updates);
}

/* A rise over the first 30 %, then a fall to nearly 0 (Smith 2018), both along half a cosine. */
static double one_cycle(const cnn_curve *curve, int64_t update, int64_t updates) {
    (void)curve;
    double top = rising_share * (double)updates - 1, last = (double)updates - 1;
    if ((double)update <= top)
        return half_cosine(1 / start_divisor, 1, top > 0 ? (double)update / top : 1);
    return half_cosine(1, 1 / end_divisor, ((double)update - top) / (last - top));
}

typedef double (*curve_function)(const cnn_curve *curve, int64_t update, int64_t updates);

static const curve_function functions[] = {[CNN_SCHEDULE_CONSTANT] = constant,
                                           [CNN_SCHEDULE_STEP] = step,
                                           [CNN_SCHEDULE_COSINE] = cosine,
                                           [CNN_SCHEDULE_ONECYCLE] = one_cycle};

double cnn_curve_factor(const cnn_curve *curve, int64_t update) {
    if (update < curve->warmup)
        return (double)(update + 1) / (double)curve->warmup;
    return functions[curve->kind](curve, update - curve->warmup, curve->updates - curve->warmup);
}

cnn_status cnn_curve_of(const cnn_train_options *options, int64_t iterations, cnn_curve *curve,
                        cnn_error *error) {
    *curve = (cnn_curve){.kind = options->schedule, .step_factor = options->step_factor};
    if (!cnn_multiply(options->epochs, iterations, &curve->updates) ||
        !cnn_multiply(options->step_epochs, iterations, &curve->step_updates))
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "%d epochs of %" PRId64 " iterations are too many to count", options->epochs,
                        iterations);
    curve->warmup = (int64_t)llround(options->warmup_epochs * (double)iterations);
    if (curve->warmup >= curve->updates)
        curve->warmup = curve->updates - 1;
    return CNN_OK;
}

cnn_status cnn_train_factor(const cnn_train_options *options, int64_t updates, int64_t update, double *factor,
                            cnn_error *error) {
    cnn_curve curve;
    cnn_status status = cnn_required(error, options, factor);
    if (status != CNN_OK)
        return status;
    cnn_train_options complete = *options;
    status = cnn_train_options_complete(&complete, error);
    if (status == CNN_OK && updates < 1)
        status = cnn_fail(error, CNN_ERROR_ARGUMENT, "updates must be at least 1, not %" PRId64, updates);
    if (status == CNN_OK)
        status = cnn_curve_of(&complete, updates, &curve, error);
    if (status == CNN_OK && (update < 0 || update >= curve.updates))
        status = cnn_fail(error, CNN_ERROR_ARGUMENT, "update must be 0 to %" PRId64 ", not %" PRId64,
                          curve.updates - 1, update);
    if (status == CNN_OK)
        *factor = cnn_curve_factor(&curve, update);
    return status;
}
