/* Where the values of a padded map come from. */
#ifndef CNN_OPS_PAD2D_H
#define CNN_OPS_PAD2D_H

#include "ops/op.h"

/* The row (axis 0) or column (axis 1), of `size`, of the input that stands at `at` of the output; -1: the value does. */
int64_t cnn_pad2d_source(const cnn_pad2d_options *pad, int axis, int64_t size, int64_t at);

#endif
