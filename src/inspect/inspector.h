/* An inspector: a plan that keeps every value, the network with its parameters, and what the last run was. */
#ifndef CNN_INSPECT_INSPECTOR_H
#define CNN_INSPECT_INSPECTOR_H

#include "cnn_inspect.h"
#include "graph/net.h"
#include "plan/plan.h"

struct cnn_inspector {
    cnn_plan *plan;
    cnn_net *net;       /* with values; the plan's own has none */
    bool gradients;     /* whether the plan can run backward */
    int64_t count;      /* images of the last run; 0: there was none */
    bool went_backward; /* since that run */
    int32_t *classes;   /* of the last loss, one for each image of a batch */
    bool has_loss;      /* since that run */
};

/* The node of that name, -1 for "input". CNN_ERROR_ARGUMENT with the nearest name. */
cnn_status cnn_inspect_find(const cnn_inspector *inspector, const char *name, int *node, cnn_error *error);
/* The same, and there must have been a run. */
cnn_status cnn_inspect_find_run(const cnn_inspector *inspector, const char *name, int *node,
                                cnn_error *error);
/* CNN_ERROR_ARGUMENT unless images were run and went backward. */
cnn_status cnn_inspect_check_backward(const cnn_inspector *inspector, cnn_error *error);
/* CNN_ERROR_UNSUPPORTED for an inspector without gradients. */
cnn_status cnn_inspect_check_gradients(const cnn_inspector *inspector, cnn_error *error);
/* The parameter tensor of that name; CNN_ERROR_ARGUMENT with the nearest one. */
cnn_status cnn_inspect_find_parameter(const cnn_inspector *inspector, const char *name, int64_t *parameter,
                                      cnn_error *error);
/* CNN_ERROR_ARGUMENT unless a caller's array has `wanted` elements of `what`. */
cnn_status cnn_inspect_check_elements(const char *what, int64_t elements, int64_t wanted, cnn_error *error);
/* The same for the values of a node for all images of the last run. */
cnn_status cnn_inspect_check_values(const cnn_inspector *inspector, int node, int64_t elements,
                                    cnn_error *error);
/* Name and output shape of a node; of the network's input for -1. */
const char *cnn_inspect_name(const cnn_inspector *inspector, int node);
const cnn_shape *cnn_inspect_shape(const cnn_inspector *inspector, int node);

#endif
