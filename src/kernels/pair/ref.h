/* The reference's pairs. */
#ifndef CNN_KERNELS_PAIR_REF_H
#define CNN_KERNELS_PAIR_REF_H

#include "kernels/pair/loop.h"

#include <math.h>

/* The value of a pair and its derivatives by both sides. */
typedef struct pair_point {
    double value, by[2];
} pair_point;

static pair_point pair_at(cnn_kernel_pair kind, double a, double b) {
    switch (kind) {
    case CNN_KERNEL_MUL:
        return (pair_point){a * b, {b, a}};
    case CNN_KERNEL_SUB:
        return (pair_point){a - b, {1, -1}};
    case CNN_KERNEL_DIV:
        return (pair_point){a / b, {1 / b, -a / (b * b)}};
    case CNN_KERNEL_MAX:
        return a >= b ? (pair_point){a, {1, 0}} : (pair_point){b, {0, 1}};
    case CNN_KERNEL_MIN:
        return a <= b ? (pair_point){a, {1, 0}} : (pair_point){b, {0, 1}};
    case CNN_KERNEL_NO_PAIR:
        break;
    }
    return (pair_point){NAN, {NAN, NAN}};
}

/* Column c of a row of the side. */
static double pair_side(const cnn_pair_loop *loop, int side, const float *values, int64_t row, int64_t c) {
    return values[row * loop->row[side] + (loop->single[side] ? 0 : c)];
}

static pair_point pair_in(const cnn_pair_loop *loop, const float *a, const float *b, int64_t row, int64_t c) {
    return pair_at(loop->kind, pair_side(loop, 0, a, row, c), pair_side(loop, 1, b, row, c));
}

static void pair(const cnn_pair_loop *loop, const float *a, const float *b, float *y) {
    for (int64_t row = 0; row < loop->rows; row++)
        for (int64_t c = 0; c < loop->columns; c++)
            y[row * loop->columns + c] = (float)pair_in(loop, a, b, row, c).value;
}

static void pair_backward(const cnn_pair_loop *loop, int side, const float *a, const float *b,
                          const float *dy, float *dx) {
    for (int64_t row = 0; row < loop->rows; row++)
        for (int64_t c = 0; c < loop->columns; c++)
            dx[row * loop->columns + c] =
                (float)(dy[row * loop->columns + c] * pair_in(loop, a, b, row, c).by[side]);
}

#endif
