/* The reference of what goes element by element. */
#ifndef CNN_KERNELS_ELEMENTS_REF_H
#define CNN_KERNELS_ELEMENTS_REF_H

#include "kernels/elements/loop.h"
#include "kernels/ref.h"

static void relu(int64_t count, const float *x, float *y) {
    for (int64_t i = 0; i < count; i++)
        y[i] = positive_part(x[i]);
}

static void relu_backward(int64_t count, const float *y, const float *dy, float *dx) {
    for (int64_t i = 0; i < count; i++)
        dx[i] = y[i] > 0 ? dy[i] : 0;
}

static void add(int64_t count, const float *x, float *y) {
    for (int64_t i = 0; i < count; i++)
        y[i] += x[i];
}

static void repeat_fma(int64_t count, int64_t rounds, float factor, float term, float *x) {
    for (int64_t i = 0; i < count; i++) {
        double value = x[i];
        for (int64_t round = 0; round < rounds; round++)
            value = (double)factor * value + term;
        x[i] = (float)value;
    }
}

static void transpose(const cnn_transpose_loop *loop, const float *x, float *y) {
    for (int64_t i = 0; i < loop->rows; i++)
        for (int64_t j = 0; j < loop->columns; j++)
            y[j * loop->y_row + i] = x[i * loop->x_row + j];
}

#endif
