/* What an optimizer that looks at whole matrices of weights makes of their gradients before an update: a direction. */
#ifndef CNN_TRAIN_DIRECTIONS_H
#define CNN_TRAIN_DIRECTIONS_H

#include "plan/plan.h"
#include "train/optimizers/optimizer.h"
#include "train/optimizers/orthogonal.h"

/* Start as {0}; release with cnn_directions_free, also after a failure. */
typedef struct cnn_directions {
    float *values; /* like the plan's weights; NULL: the optimizer takes each weight by itself */
    struct direction_matrix *matrices; /* first the small ones, each the work of one thread */
    int64_t count, small;
    cnn_orthogonal shared; /* for large ones, on which all threads work */
    cnn_orthogonal *own;   /* for small ones, one for each thread */
    int threads;
} cnn_directions;

cnn_status cnn_directions_make(cnn_directions *directions, const cnn_update_options *options,
                               const cnn_plan *plan, cnn_error *error);
void cnn_directions_free(cnn_directions *directions);
/* Bytes that they take; `parameter_floats` of a plan of the network. */
int64_t cnn_directions_bytes(const cnn_net *net, const cnn_update_options *options, int64_t parameter_floats,
                             int threads);

/* Whether the parameter is a matrix of weights that the optimizer looks at as a whole. */
bool cnn_directions_have(const cnn_directions *directions, const cnn_parameter *parameter);
/* Those of an update; `state`: the optimizer's first one, which changes where the matrices lie. */
void cnn_directions_take(cnn_directions *directions, const cnn_update_options *options,
                         const float *gradients, float gradient_scale, float *state);

#endif
