/* The reference of convolutions in which every channel stands alone. */
#ifndef CNN_KERNELS_DEPTHWISE_REF_H
#define CNN_KERNELS_DEPTHWISE_REF_H

#include "kernels/depthwise/loop.h"
#include "kernels/ref.h"

/* Where position p and tap t meet x along an axis, in floats; -1 beside the image. */
static int64_t depthwise_input(const cnn_depthwise_axis *axis, int64_t p, int64_t t) {
    const int64_t pixel = p * axis->step + axis->offset + t * axis->tap_step;
    return pixel < 0 || pixel >= axis->size ? -1 : pixel * axis->x_step;
}

/* x at the position and the tap, 0 beside the image. */
static double depthwise_value(const cnn_depthwise_loop *loop, const float *x, const int64_t position[2],
                              const int64_t tap[2]) {
    const int64_t row = depthwise_input(&loop->axis[0], position[0], tap[0]);
    const int64_t column = depthwise_input(&loop->axis[1], position[1], tap[1]);
    return row < 0 || column < 0 ? 0 : (double)x[row + column];
}

static double depthwise_sum(const cnn_depthwise_loop *loop, const int64_t position[2], const float *x,
                            const float *w) {
    const cnn_depthwise_axis *axis = loop->axis;
    double sum = 0;
    for (int64_t i = 0; i < axis[0].taps; i++)
        for (int64_t j = 0; j < axis[1].taps; j++)
            sum += depthwise_value(loop, x, position, (int64_t[]){i, j}) *
                   w[i * axis[0].w_step + j * axis[1].w_step];
    return sum;
}

static void depthwise(const cnn_depthwise_loop *loop, const float *x, const float *w, const float *bias,
                      int flags, float *y) {
    const cnn_depthwise_axis *axis = loop->axis;
    for (int64_t p = 0; p < axis[0].positions; p++)
        for (int64_t q = 0; q < axis[1].positions; q++)
            for (int64_t c = 0; c < loop->channels; c++) {
                const double sum =
                    (bias ? bias[c] : 0) + depthwise_sum(loop, (int64_t[]){p, q}, x + c, w + c);
                y[p * axis[0].y_step + q * axis[1].y_step + c] = bounded((float)sum, flags, loop->limit);
            }
}

/* The sum at one tap, one channel. */
static double depthwise_tap(const cnn_depthwise_loop *loop, const int64_t tap[2], const float *x,
                            const float *dy) {
    const cnn_depthwise_axis *axis = loop->axis;
    double sum = 0;
    for (int64_t p = 0; p < axis[0].positions; p++)
        for (int64_t q = 0; q < axis[1].positions; q++)
            sum += depthwise_value(loop, x, (int64_t[]){p, q}, tap) *
                   dy[p * axis[0].y_step + q * axis[1].y_step];
    return sum;
}

static void depthwise_weights(const cnn_depthwise_loop *loop, const float *x, const float *dy, int flags,
                              float *dw) {
    (void)flags;
    const cnn_depthwise_axis *axis = loop->axis;
    for (int64_t i = 0; i < axis[0].taps; i++)
        for (int64_t j = 0; j < axis[1].taps; j++)
            for (int64_t c = 0; c < loop->channels; c++)
                dw[i * axis[0].w_step + j * axis[1].w_step + c] +=
                    (float)depthwise_tap(loop, (int64_t[]){i, j}, x + c, dy + c);
}

#endif
