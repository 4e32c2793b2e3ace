/* The op of each kind of activation. */
#ifndef CNN_OPS_ACTIVATION_H
#define CNN_OPS_ACTIVATION_H

#include "ops/op.h"

/* NULL: there is no such kind. */
const cnn_op *cnn_activation_op(cnn_activation_kind kind);

#endif
