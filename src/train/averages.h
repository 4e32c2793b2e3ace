/* Averages of the weights over a training: what is validated and kept instead of the weights that updates move. */
#ifndef CNN_TRAIN_AVERAGES_H
#define CNN_TRAIN_AVERAGES_H

#include "plan/plan.h"

typedef struct cnn_averaging {
    const struct cnn_average_rule *rule; /* NULL: none is asked for, and nothing below is used */
    double decay;                        /* of the exponential moving average */
    int64_t every;                       /* lookahead: updates between two meetings */
    int from;                            /* mean over epochs: the first one, from 1 */
    float *values;                       /* like the plan's weights, physical order */
} cnn_averaging;

/* `averaging` starts as all zero, `options` are complete; on failure too, cnn_averaging_free releases it. The average starts
 * as the plan's weights. */
cnn_status cnn_averaging_make(cnn_averaging *averaging, const cnn_train_options *options,
                              const cnn_plan *plan, cnn_error *error);
void cnn_averaging_free(cnn_averaging *averaging);
/* After the update of this number, from 1: take the plan's weights into the average. `ended`: the number, from 1, of the epoch that it
 * was the last of; 0: of none. */
void cnn_averaging_update(const cnn_averaging *averaging, cnn_plan *plan, int64_t number, int ended);
/* The average in the network's logical order, as checkpoints hold it; nothing if there is none. */
void cnn_averaging_store(const cnn_averaging *averaging, const cnn_plan *plan, float *values);
void cnn_averaging_load(const cnn_averaging *averaging, const cnn_plan *plan, const float *values);

#endif
