/* Convolutions in which every channel stands alone. */
#ifndef CNN_KERNELS_DEPTHWISE_LOOP_H
#define CNN_KERNELS_DEPTHWISE_LOOP_H

#include "kernels/flags.h"

#include <stdint.h>

/* One axis: position p and tap t meet the pixel p * step + offset + t * tap_step, where that is one of 0 .. size - 1; others
 * count as zeros. */
typedef struct cnn_depthwise_axis {
    int64_t positions, step, offset;
    int64_t taps, tap_step; /* step, tap_step > 0 */
    int64_t size;
    int64_t x_step; /* floats from a pixel of x to the next */
    int64_t w_step; /* from a tap of w to the next: may be negative */
    int64_t y_step; /* from a position of y to the next */
} cnn_depthwise_axis;

/* Channels are neighbouring floats of x, w and y. */
typedef struct cnn_depthwise_loop {
    cnn_depthwise_axis axis[2]; /* rows, columns */
    int64_t channels;
    float limit; /* with CNN_CONV_LIMIT */
} cnn_depthwise_loop;

/* depthwise          y = bias (may be NULL: 0) + x * w; then max(0, y) if CNN_CONV_RELU
 * depthwise_weights  dw += sum over positions of x * dy, at each tap; flags: CNN_CONV_FAR or 0 */
#define CNN_DEPTHWISE_KERNELS(X)                                                                             \
    X(depthwise, (const cnn_depthwise_loop *loop, const float *x, const float *w, const float *bias,         \
                  int flags, float *y))                                                                      \
    X(depthwise_weights,                                                                                     \
      (const cnn_depthwise_loop *loop, const float *x, const float *dy, int flags, float *dw))

#endif
