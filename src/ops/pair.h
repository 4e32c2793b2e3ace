/* The op of each kind of pair: two inputs combined element by element. */
#ifndef CNN_OPS_PAIR_H
#define CNN_OPS_PAIR_H

#include "ops/op.h"

/* NULL: there is no such kind. */
const cnn_op *cnn_pair_op(cnn_pair_kind kind);

#endif
