#include "train/schedule.h"

#include "base/memory.h"
#include "base/numbers.h"
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

static double constant(const cnn_curve *curve, double update, int64_t updates) {
    (void)curve, (void)update, (void)updates;
    return 1;
}

/* Multiplied by a factor after every so many epochs. */
static double step(const cnn_curve *curve, double update, int64_t updates) {
    (void)updates;
    return pow(curve->step_factor, floor(update / (double)curve->step_updates));
}

static double cosine(const cnn_curve *curve, double update, int64_t updates) {
    (void)curve;
    return half_cosine(1, 0, update / updates);
}

/* A rise over the first 30 %, then a fall to nearly 0 (Smith 2018), both along half a cosine. */
static double one_cycle(const cnn_curve *curve, double update, int64_t updates) {
    (void)curve;
    double top = rising_share * updates - 1, last = updates - 1;
    if (update <= top)
        return half_cosine(1 / start_divisor, 1, top > 0 ? update / top : 1);
    return half_cosine(1, 1 / end_divisor, (update - top) / (last - top));
}

static double polynomial(const cnn_curve *curve, double update, int64_t updates) {
    return pow(1 - update / updates, curve->power);
}

/* The constants of airbench (Jordan 2024). */
static double triangular(const cnn_curve *curve, double update, int64_t updates) {
    (void)curve;
    static const double start = 0.2, end = 0.07, peak = 0.23;
    const double top = floor(peak * updates);
    if (update < top)
        return start + (1 - start) * update / top;
    return 1 + (end - 1) * (update - top) / (updates - top);
}

typedef double (*curve_function)(const cnn_curve *curve, double update, int64_t updates);

static const curve_function functions[] = {
    [CNN_SCHEDULE_CONSTANT] = constant,     [CNN_SCHEDULE_STEP] = step,
    [CNN_SCHEDULE_COSINE] = cosine,         [CNN_SCHEDULE_ONECYCLE] = one_cycle,
    [CNN_SCHEDULE_POLYNOMIAL] = polynomial, [CNN_SCHEDULE_TRIANGULAR] = triangular,
    [CNN_SCHEDULE_PLATEAU] = constant};

/* At `update` of `updates` that have a curve. */
static double factor_of(const cnn_curve *curve, double update, int64_t updates) {
    const int64_t warmup = cnn_min(curve->warmup, updates - 1);
    if (update < (double)warmup)
        return (update + 1) / (double)warmup;
    return functions[curve->kind](curve, update - (double)warmup, updates - warmup);
}

double cnn_curve_factor(const cnn_curve *curve, double update) {
    const double head = (double)curve->head_updates;
    return update < head ? factor_of(curve, fmod(update, (double)curve->stage_updates), curve->stage_updates)
                         : factor_of(curve, update - head, curve->updates - curve->head_updates);
}

cnn_status cnn_curve_of(const cnn_train_options *options, int64_t iterations, cnn_curve *curve,
                        cnn_error *error) {
    *curve =
        (cnn_curve){.kind = options->schedule, .step_factor = options->step_factor, .power = options->power};
    if (!cnn_multiply(options->epochs, iterations, &curve->updates) ||
        !cnn_multiply(options->step_epochs, iterations, &curve->step_updates))
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "%d epochs of %" PRId64 " iterations are too many to count", options->epochs,
                        iterations);
    curve->head_updates = options->freeze_epochs * iterations;
    curve->stage_updates = options->unfreeze_gradually ? iterations : curve->head_updates;
    curve->warmup = (int64_t)llround(options->warmup_epochs * (double)iterations);
    return CNN_OK;
}

double cnn_plateau_factor(const cnn_train_options *options, const cnn_history *history) {
    double factor = 1, best = INFINITY;
    int waited = 0;
    if (options->schedule != CNN_SCHEDULE_PLATEAU)
        return 1;
    for (int64_t i = 0; i < history->count; i++) {
        const cnn_epoch_record *epoch = &history->epochs[i];
        const double loss = isnan(epoch->validation_loss) ? epoch->loss : epoch->validation_loss;
        const bool fell = loss < best * (1 - 1e-4);
        best = fell ? loss : best;
        waited = fell ? 0 : waited + 1;
        if (waited > options->step_epochs) {
            factor *= options->step_factor;
            waited = 0;
        }
    }
    return factor;
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
        *factor = cnn_curve_factor(&curve, (double)update);
    return status;
}
