/* Matrix products, of conv's loops, that leave out the zeros of x. */
#ifndef CNN_KERNELS_SPARSE_LOOP_H
#define CNN_KERNELS_SPARSE_LOOP_H

#include "kernels/conv/loop.h"

/* sparse           conv where loop.rows = loop.taps = 1 and tap[0] = 0; what zeros of x meet is left out, which gives the same
 *                  bits if it is finite
 * sparse_weights   conv_weights of the same loops, likewise
 * sparse_gradient  dx[column * dx_column + i] = sum over o of dy * w where x is not zero, and 0 where it is, as behind a ReLU
 *                  that gave x; loops as before */
#define CNN_SPARSE_KERNELS(X)                                                                                \
    X(sparse,                                                                                                \
      (const cnn_conv_loop *loop, const float *x, const float *w, const float *bias, int flags, float *y))   \
    X(sparse_weights, (const cnn_conv_loop *loop, const float *x, const float *dy, int flags, float *dw))    \
    X(sparse_gradient, (const cnn_conv_loop *loop, const float *x, const float *dy, const float *w,          \
                        int64_t dx_column, float *dx))

#endif
