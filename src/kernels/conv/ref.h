/* The reference of convolutions. */
#ifndef CNN_KERNELS_CONV_REF_H
#define CNN_KERNELS_CONV_REF_H

#include "kernels/conv/loop.h"
#include "kernels/ref.h"

static int64_t input_at(const cnn_conv_loop *loop, int64_t row, int64_t column, int64_t t) {
    return row * loop->x_row + column * loop->x_column + loop->tap[t];
}

static int64_t output_at(const cnn_conv_loop *loop, int64_t row, int64_t column) {
    return row * loop->y_row + column * loop->y_column;
}

/* x * w of one output value; `x` starts at the position's row and column. */
static double output_products(const cnn_conv_loop *loop, const float *x, const float *w, int64_t row,
                              int64_t column, int64_t o) {
    double sum = 0;
    for (int64_t t = 0; t < loop->taps; t++)
        for (int64_t i = 0; i < loop->inputs; i++)
            sum +=
                (double)x[input_at(loop, row, column, t) + i] * w[(t * loop->inputs + i) * loop->w_row + o];
    return sum;
}

static void conv(const cnn_conv_loop *loop, const float *x, const float *w, const float *bias, int flags,
                 float *y) {
    for (int64_t row = 0; row < loop->rows; row++)
        for (int64_t column = 0; column < loop->columns; column++)
            for (int64_t o = 0; o < loop->outputs; o++) {
                float *out = y + output_at(loop, row, column) + o;
                double start = flags & CNN_CONV_ACCUMULATE ? 0 : bias ? bias[o] : 0;
                start += flags & (CNN_CONV_ACCUMULATE | CNN_CONV_ADD) ? *out : 0;
                *out =
                    bounded((float)(start + output_products(loop, x, w, row, column, o)), flags, loop->limit);
            }
}

static double position_products(const cnn_conv_loop *loop, const float *x, const float *dy, int64_t t,
                                int64_t i, int64_t o) {
    double sum = 0;
    for (int64_t row = 0; row < loop->rows; row++)
        for (int64_t column = 0; column < loop->columns; column++)
            sum += (double)x[input_at(loop, row, column, t) + i] * dy[output_at(loop, row, column) + o];
    return sum;
}

static void conv_weights(const cnn_conv_loop *loop, const float *x, const float *dy, int flags, float *dw) {
    for (int64_t t = 0; t < loop->taps; t++)
        for (int64_t i = 0; i < loop->inputs; i++)
            for (int64_t o = 0; o < loop->outputs; o++) {
                float *sum = dw + (t * loop->inputs + i) * loop->w_row + o;
                const double start = flags & CNN_CONV_ACCUMULATE ? *sum : 0;
                *sum = (float)(start + position_products(loop, x, dy, t, i, o));
            }
}

#endif
