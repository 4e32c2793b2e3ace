/* The op of each kind of activation. */
#ifndef CNN_OPS_ACTIVATION_H
#define CNN_OPS_ACTIVATION_H

#include "ops/op.h"

/* NULL: there is no such kind. */
const cnn_op *cnn_activation_op(cnn_activation_kind kind);
/* Whether the op is one of them. */
bool cnn_is_activation(const cnn_op *op);
/* What the kernels need of an activation whose options are complete, in single precision. */
cnn_activation_function cnn_activation_function_of(const cnn_activation_options *options);

#endif
