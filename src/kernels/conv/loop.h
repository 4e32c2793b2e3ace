/* Convolutions, dense layers and their gradients by the weights. */
#ifndef CNN_KERNELS_CONV_LOOP_H
#define CNN_KERNELS_CONV_LOOP_H

#include "kernels/flags.h"

#include <stdint.h>

/* Output positions (row, column) in a rectangle; each reads `taps` runs of `inputs` neighbouring floats and
 * produces `outputs` neighbouring floats:
 *     y[row * y_row + column * y_column + o]
 *         meets x[row * x_row + column * x_column + tap[t] + i]
 *         through w[(t * inputs + i) * w_row + o].
 * Strides and offsets count floats; tap offsets may be negative. */
typedef struct cnn_conv_loop {
    int64_t rows, columns;
    int64_t x_row, x_column;
    int64_t y_row, y_column;
    int64_t taps;
    const int64_t *tap;
    int64_t inputs, outputs;
    int64_t w_row; /* >= outputs */
    float limit;   /* with CNN_CONV_LIMIT */
} cnn_conv_loop;

/* conv          y = (accumulate ? y : bias or 0) + x * w, or (bias or 0) + x * w + y if CNN_CONV_ADD; then max(0, y) if
 *               CNN_CONV_RELU. bias may be NULL
 * conv_weights  dw[(t, i)][o] = (accumulate ? dw : 0) + sum over positions of x * dy */
#define CNN_CONV_KERNELS(X)                                                                                  \
    X(conv,                                                                                                  \
      (const cnn_conv_loop *loop, const float *x, const float *w, const float *bias, int flags, float *y))   \
    X(conv_weights, (const cnn_conv_loop *loop, const float *x, const float *dy, int flags, float *dw))

#endif
