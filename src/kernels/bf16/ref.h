/* The reference of sums in bfloat16. */
#ifndef CNN_KERNELS_BF16_REF_H
#define CNN_KERNELS_BF16_REF_H

#include "kernels/bf16/loop.h"
#include "kernels/bf16/number.h"
#include "kernels/conv/ref.h"

static float bf16_sum(const cnn_conv_loop *loop, const float *x, const float *w, int64_t o, float sum) {
    for (int64_t t = 0; t < loop->taps; t++)
        for (int64_t i = 0; i < loop->inputs; i++)
            sum = cnn_bf16_dot(x[loop->tap[t] + i], w[(t * loop->inputs + i) * loop->w_row + o], sum);
    return sum;
}

static void bf16_conv(const cnn_conv_loop *loop, const float *x, const float *w, const float *bias, int flags,
                      float *y) {
    for (int64_t row = 0; row < loop->rows; row++)
        for (int64_t column = 0; column < loop->columns; column++)
            for (int64_t o = 0; o < loop->outputs; o++) {
                float *out = y + output_at(loop, row, column) + o;
                const float start = flags & CNN_CONV_ACCUMULATE ? *out : bias ? bias[o] : 0;
                const float *from = x + row * loop->x_row + column * loop->x_column;
                *out = bounded(bf16_sum(loop, from, w, o, start), flags, loop->limit);
            }
}

static void bf16_round(int64_t rows, int64_t count, const float *x, float *y) {
    for (int64_t row = 0; row < rows; row++, x += count)
        for (int64_t i = 0; i < count; i += 2)
            *y++ = cnn_bf16_pair(x[i], i + 1 < count ? x[i + 1] : 0);
}

#endif
