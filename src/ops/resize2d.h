/* Where the outputs of a resizing lie among its inputs. */
#ifndef CNN_OPS_RESIZE2D_H
#define CNN_OPS_RESIZE2D_H

#include "ops/op.h"

/* Sizes of one axis: rows (axis 0) or columns (axis 1). */
typedef struct cnn_resize2d_axis {
    int64_t input, output;
} cnn_resize2d_axis;

/* The inputs on both sides of an output, and what they count. */
typedef struct cnn_resize2d_taps {
    int64_t index[2];
    float weight[2];
} cnn_resize2d_taps;

/* The input that output `at` copies: CNN_INTERPOLATION_NEAREST. */
int64_t cnn_resize2d_nearest(const cnn_resize2d_options *resize, int axis, cnn_resize2d_axis sizes,
                             int64_t at);
/* The two inputs that output `at` blends, and their weights: CNN_INTERPOLATION_LINEAR. */
cnn_resize2d_taps cnn_resize2d_taps_of(const cnn_resize2d_options *resize, int axis, cnn_resize2d_axis sizes,
                                       int64_t at);

#endif
