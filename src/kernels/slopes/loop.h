/* ReLU with a slope for each column. */
#ifndef CNN_KERNELS_SLOPES_LOOP_H
#define CNN_KERNELS_SLOPES_LOOP_H

#include <stdint.h>

/* Rows of columns that have a slope each. */
typedef struct cnn_slope_loop {
    int64_t rows, columns;
} cnn_slope_loop;

/* slopes           y = x > 0 ? x : slopes[column] * x
 * slopes_backward  dx = x > 0 ? dy : slopes[column] * dy
 * slopes_gradient  dslopes[column] += sum over the rows where x is not positive of dy * x */
#define CNN_SLOPES_KERNELS(X)                                                                                \
    X(slopes, (const cnn_slope_loop *loop, const float *x, const float *slopes, float *y))                   \
    X(slopes_backward,                                                                                       \
      (const cnn_slope_loop *loop, const float *x, const float *slopes, const float *dy, float *dx))         \
    X(slopes_gradient, (const cnn_slope_loop *loop, const float *x, const float *dy, float *dslopes))

#endif
