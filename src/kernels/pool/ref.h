/* The reference of pooling. */
#ifndef CNN_KERNELS_POOL_REF_H
#define CNN_KERNELS_POOL_REF_H

#include "kernels/pool/loop.h"

/* Where element `number` of the window of output (row, column) lies in the input: the index of its channel 0,
 * or -1 in the padding. */
static int64_t window_element(const cnn_pool_loop *loop, int64_t row, int64_t column, int64_t number) {
    int64_t y = row * loop->stride[0] - loop->pad[0] + number / loop->kernel[1] * loop->dilation[0];
    int64_t x = column * loop->stride[1] - loop->pad[1] + number % loop->kernel[1] * loop->dilation[1];
    bool inside = y >= 0 && y < loop->rows && x >= 0 && x < loop->columns;
    return inside ? (y * loop->columns + x) * loop->channels : -1;
}

static int64_t window_size(const cnn_pool_loop *loop) {
    return loop->kernel[0] * loop->kernel[1];
}

static void clear_input(const cnn_pool_loop *loop, float *dx) {
    for (int64_t i = 0; i < loop->rows * loop->columns * loop->channels; i++)
        dx[i] = 0;
}

/* Of equal values the first wins. */
static int64_t window_winner(const cnn_pool_loop *loop, const float *x, int64_t row, int64_t column,
                             int64_t c) {
    int64_t winner = -1;
    float largest = 0;
    for (int64_t number = 0; number < window_size(loop); number++) {
        int64_t at = window_element(loop, row, column, number);
        if (at >= 0 && (winner < 0 || x[at + c] > largest)) {
            winner = number;
            largest = x[at + c];
        }
    }
    return winner;
}

static void max_pool(const cnn_pool_loop *loop, const float *x, float *y, float *winner) {
    for (int64_t row = 0; row < loop->out_rows; row++)
        for (int64_t column = 0; column < loop->out_columns; column++)
            for (int64_t c = 0; c < loop->channels; c++, y++) {
                int64_t number = window_winner(loop, x, row, column, c);
                if (winner)
                    *winner++ = (float)number;
                *y = x[window_element(loop, row, column, number) + c];
            }
}

static void max_pool_backward(const cnn_pool_loop *loop, const float *winner, const float *dy, float *dx) {
    clear_input(loop, dx);
    for (int64_t row = 0; row < loop->out_rows; row++)
        for (int64_t column = 0; column < loop->out_columns; column++)
            for (int64_t c = 0; c < loop->channels; c++, winner++, dy++)
                dx[window_element(loop, row, column, (int64_t)*winner) + c] += *dy;
}

/* What the sum of a window is divided by. */
static double divisor(const cnn_pool_loop *loop, int64_t row, int64_t column) {
    int64_t inside = 0;
    for (int64_t number = 0; number < window_size(loop); number++)
        inside += loop->count_padding || window_element(loop, row, column, number) >= 0;
    return (double)inside;
}

static double window_sum(const cnn_pool_loop *loop, const float *x, int64_t row, int64_t column, int64_t c) {
    double sum = 0;
    for (int64_t number = 0; number < window_size(loop); number++) {
        int64_t at = window_element(loop, row, column, number);
        if (at >= 0)
            sum += x[at + c];
    }
    return sum;
}

static void avg_pool(const cnn_pool_loop *loop, const float *x, float *y) {
    for (int64_t row = 0; row < loop->out_rows; row++)
        for (int64_t column = 0; column < loop->out_columns; column++)
            for (int64_t c = 0; c < loop->channels; c++, y++)
                *y = (float)(window_sum(loop, x, row, column, c) / divisor(loop, row, column));
}

static void avg_pool_backward(const cnn_pool_loop *loop, const float *dy, float *dx) {
    clear_input(loop, dx);
    for (int64_t row = 0; row < loop->out_rows; row++)
        for (int64_t column = 0; column < loop->out_columns; column++)
            for (int64_t c = 0; c < loop->channels; c++, dy++)
                for (int64_t number = 0; number < window_size(loop); number++) {
                    int64_t at = window_element(loop, row, column, number);
                    if (at >= 0)
                        dx[at + c] += (float)(*dy / divisor(loop, row, column));
                }
}

#endif
