/* Optimizers: one update of all parameters from their gradients. */
#ifndef CNN_TRAIN_OPTIMIZER_H
#define CNN_TRAIN_OPTIMIZER_H

#include "plan/plan.h"

typedef struct cnn_update_state {
    cnn_update_options options; /* complete */
    int states;                 /* arrays below that are used: SGD 0 or (momentum) 1, Adam 2 */
    float *state[2];            /* like the plan's weights, physical order */
    int64_t updates;            /* made so far */
    struct update_block *blocks;
    int64_t block_count;
    double *norms; /* of the blocks, for clipping */
} cnn_update_state;

/* How many state arrays complete options need. */
int cnn_update_states(const cnn_update_options *options);
/* `update` starts as all zero; on failure too, cnn_update_state_free releases it. */
cnn_status cnn_update_state_make(cnn_update_state *update, const cnn_update_options *options,
                                 const cnn_plan *plan, cnn_error *error);
void cnn_update_state_free(cnn_update_state *update);
/* One update of the plan's weights from its gradients. */
void cnn_update_apply(cnn_update_state *update, cnn_plan *plan, double learning_rate_factor);

#endif
