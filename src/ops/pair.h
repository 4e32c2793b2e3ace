/* Which op a pair is. */
#ifndef CNN_OPS_PAIR_H
#define CNN_OPS_PAIR_H

#include "ops/op.h"

/* NULL: there is no such kind. */
const cnn_op *cnn_pair_op(cnn_pair_kind kind);

#endif
