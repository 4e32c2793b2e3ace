/* An update: all parameters of a plan moved by an optimizer, from their gradients. */
#ifndef CNN_TRAIN_UPDATE_H
#define CNN_TRAIN_UPDATE_H

#include "plan/plan.h"
#include "train/optimizers/optimizer.h"

typedef struct cnn_update_state {
    cnn_update_options options;             /* complete */
    int states;                             /* arrays below that the optimizer uses */
    float *state[CNN_MAX_OPTIMIZER_STATES]; /* like the plan's weights, physical order */
    int64_t updates;                        /* made so far */
    struct update_block *blocks;
    int64_t block_count;
    double *norms; /* of the blocks, for clipping */
} cnn_update_state;

/* `update` starts as all zero, `options` are complete; on failure too, cnn_update_state_free releases it. */
cnn_status cnn_update_state_make(cnn_update_state *update, const cnn_update_options *options,
                                 const cnn_plan *plan, cnn_error *error);
void cnn_update_state_free(cnn_update_state *update);
/* One update of the plan's weights from its gradients. */
void cnn_update_apply(cnn_update_state *update, cnn_plan *plan, double learning_rate_factor);

#endif
