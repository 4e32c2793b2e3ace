/* Which part of its input a slice takes. */
#ifndef CNN_OPS_SLICE_H
#define CNN_OPS_SLICE_H

#include "ops/op.h"

/* The span of an axis: 0 channels, 1 rows, 2 columns. */
const int64_t *cnn_slice_span(const cnn_slice_options *slice, int axis);

#endif
