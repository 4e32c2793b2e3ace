#include "train/averages.h"

#include "base/memory.h"
#include "base/numbers.h"

#include <math.h>
#include <string.h>

typedef struct cnn_average_rule {
    /* The share of the weights in the average after the update of this number, which ended an epoch or none (0); 0: the average
     * stays. */
    double (*share)(const cnn_averaging *averaging, int64_t number, int ended);
    bool meets; /* the weights become the average then */
} cnn_average_rule;

/* Early averages would be mostly the initial weights: the decay rises to its value, as TensorFlow has it. */
static double moving_share(const cnn_averaging *averaging, int64_t number, int ended) {
    (void)ended;
    return 1 - fmin(averaging->decay, (double)number / (double)(number + 9));
}

static double lookahead_share(const cnn_averaging *averaging, int64_t number, int ended) {
    (void)ended;
    return number % averaging->every ? 0 : 0.5;
}

/* Before the first epoch that counts the average is the weights at an epoch's end. */
static double epochs_share(const cnn_averaging *averaging, int64_t number, int ended) {
    (void)number;
    if (!ended)
        return 0;
    return ended <= averaging->from ? 1 : 1 / (double)(ended - averaging->from + 1);
}

static const cnn_average_rule moving = {moving_share, false}, lookahead = {lookahead_share, true},
                              epochs = {epochs_share, false};

static const cnn_average_rule *rule_of(const cnn_train_options *options) {
    if (options->ema > 0)
        return &moving;
    if (options->lookahead > 0)
        return &lookahead;
    return options->swa_from > 0 ? &epochs : NULL;
}

cnn_status cnn_averaging_make(cnn_averaging *averaging, const cnn_train_options *options,
                              const cnn_plan *plan, cnn_error *error) {
    int64_t floats;
    const float *weights = cnn_plan_weights(plan, &floats);
    averaging->rule = rule_of(options);
    if (!averaging->rule)
        return CNN_OK;
    averaging->decay = options->ema;
    averaging->every = options->lookahead;
    averaging->from = options->swa_from;
    averaging->values =
        cnn_allocate((size_t)floats, sizeof *averaging->values, "an average of the weights", error);
    if (!averaging->values)
        return CNN_ERROR_MEMORY;
    memcpy(averaging->values, weights, (size_t)floats * sizeof *weights);
    return CNN_OK;
}

void cnn_averaging_free(cnn_averaging *averaging) {
    cnn_free(averaging->values);
}

/* ---- Mixing ---------------------------------------------------------------------------------------- */

enum { BLOCK_FLOATS = 16384 };

typedef struct mixing {
    float *average, *weights;
    int64_t floats;
    float share;
    bool meets;
} mixing;

/* A block, by its number. */
static void mix(void *context, int64_t index, int worker) {
    (void)worker;
    const mixing *run = context;
    const int64_t first = index * BLOCK_FLOATS, count = cnn_min(run->floats - first, BLOCK_FLOATS);
    float *average = run->average + first, *weights = run->weights + first;
    for (int64_t i = 0; i < count; i++)
        average[i] += run->share * (weights[i] - average[i]);
    if (run->meets)
        memcpy(weights, average, (size_t)count * sizeof *weights);
}

void cnn_averaging_update(const cnn_averaging *averaging, cnn_plan *plan, int64_t number, int ended) {
    const double share = averaging->rule ? averaging->rule->share(averaging, number, ended) : 0;
    if (share == 0)
        return;
    mixing run = {.average = averaging->values, .share = (float)share, .meets = averaging->rule->meets};
    run.weights = cnn_plan_weights(plan, &run.floats);
    cnn_pool_run(cnn_plan_pool(plan), mix, &run, cnn_ceil_div(run.floats, BLOCK_FLOATS));
    if (run.meets)
        cnn_plan_weights_changed(plan);
}

void cnn_averaging_store(const cnn_averaging *averaging, const cnn_plan *plan, float *values) {
    if (averaging->rule)
        cnn_plan_to_logical(plan, averaging->values, values);
}

void cnn_averaging_load(const cnn_averaging *averaging, const cnn_plan *plan, const float *values) {
    if (averaging->rule)
        cnn_plan_to_physical(plan, values, averaging->values);
}
