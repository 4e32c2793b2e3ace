/* The reference of gradients behind a pooling, position by position. */
#ifndef CNN_KERNELS_POOLED_REF_H
#define CNN_KERNELS_POOLED_REF_H

#include "kernels/pooled/loop.h"

/* Offset of the input under kernel element t of the winner of pooled position p. */
static int64_t pooled_input_at(const cnn_pooled_loop *loop, int64_t p, float winner, int64_t t) {
    const int64_t row = 2 * (p / loop->columns) + (int64_t)winner / 2 + t / 3;
    const int64_t column = 2 * (p % loop->columns) + (int64_t)winner % 2 + t % 3;
    return row * loop->image_row + column * loop->channels;
}

static void pooled_input_gradient(const cnn_pooled_loop *loop, const float *dy, const float *winner,
                                  const float *w, float *scratch, float *dx) {
    (void)scratch;
    for (int64_t row = 0; row < 2 * loop->rows + 2; row++)
        for (int64_t i = 0; i < (2 * loop->columns + 2) * loop->channels; i++)
            dx[row * loop->image_row + i] = 0;
    for (int64_t i = 0; i < loop->rows * loop->columns * loop->filters; i++) {
        const int64_t p = i / loop->filters, o = i % loop->filters;
        for (int64_t t = 0; t < 9 && winner[i] != cnn_pooled_closed; t++)
            for (int64_t c = 0; c < loop->channels; c++) {
                const int64_t block = c / CNN_POOLED_BLOCK, within = c % CNN_POOLED_BLOCK;
                dx[pooled_input_at(loop, p, winner[i], t) + c] +=
                    dy[i] * w[((block * loop->filters + o) * 9 + t) * CNN_POOLED_BLOCK + within];
            }
    }
}

static void pooled_weight_gradient(const cnn_pooled_loop *loop, const float *x, const float *dy,
                                   const float *winner, float *scratch, float *dw, float *bias) {
    (void)scratch;
    for (int64_t i = 0; i < loop->rows * loop->columns * loop->filters; i++) {
        const int64_t p = i / loop->filters, o = i % loop->filters;
        if (winner[i] == cnn_pooled_closed)
            continue;
        if (bias)
            bias[o] += dy[i];
        for (int64_t t = 0; t < 9; t++)
            for (int64_t c = 0; c < loop->channels; c++)
                dw[(o * 9 + t) * loop->channels + c] += dy[i] * x[pooled_input_at(loop, p, winner[i], t) + c];
    }
}

#endif
