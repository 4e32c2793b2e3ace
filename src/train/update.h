/* An update: all parameters of a plan moved by an optimizer, from their gradients. */
#ifndef CNN_TRAIN_UPDATE_H
#define CNN_TRAIN_UPDATE_H

#include "train/directions.h"

typedef struct cnn_update_state {
    cnn_update_options options;             /* complete */
    int states;                             /* arrays below that the optimizer uses */
    float *state[CNN_MAX_OPTIMIZER_STATES]; /* like the plan's weights, physical order */
    int64_t updates;                        /* made so far */
    int64_t before_it;                      /* of these, by an optimizer before this one */
    struct update_block *blocks;
    int64_t block_count;
    double *norms; /* of the blocks, for clipping */
    cnn_directions directions;

    bool measure;                 /* the next update is measured */
    struct update_squares *sizes; /* of the blocks, by the last update that was measured */
    float *before;                /* one block for each thread: the values before it */
} cnn_update_state;

/* What one update did to a parameter tensor: the norm of its gradient before clipping, and that of what its values changed
 * by, divided by their norm before the update (0 where they were zeros). */
typedef struct cnn_update_size {
    double gradient, change;
} cnn_update_size;

/* `update` starts as all zero, `options` are complete; on failure too, cnn_update_state_free releases it. */
cnn_status cnn_update_state_make(cnn_update_state *update, const cnn_update_options *options,
                                 const cnn_plan *plan, cnn_error *error);
void cnn_update_state_free(cnn_update_state *update);
/* Bytes that it takes: the optimizer's states and directions, and room to measure an update. `options` are complete;
 * `parameter_floats` of a plan of the network. */
int64_t cnn_update_bytes(const cnn_net *net, const cnn_update_options *options, int64_t parameter_floats,
                         int threads);
/* One update of the plan's weights from its gradients; `update->measure` is false afterwards. */
void cnn_update_apply(cnn_update_state *update, cnn_plan *plan, double learning_rate_factor);
/* Of a parameter of the plan's network, by the last update that was measured; zeros for one that is not updated. */
cnn_update_size cnn_update_size_of(const cnn_update_state *update, int64_t parameter);

#endif
