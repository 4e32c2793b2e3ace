/* The reference's ReLU with a slope for each column. */
#ifndef CNN_KERNELS_SLOPES_REF_H
#define CNN_KERNELS_SLOPES_REF_H

#include "kernels/slopes/loop.h"

static void slopes(const cnn_slope_loop *loop, const float *x, const float *slope, float *y) {
    for (int64_t i = 0; i < loop->rows * loop->columns; i++)
        y[i] = x[i] > 0 ? x[i] : slope[i % loop->columns] * x[i];
}

static void slopes_backward(const cnn_slope_loop *loop, const float *x, const float *slope, const float *dy,
                            float *dx) {
    for (int64_t i = 0; i < loop->rows * loop->columns; i++)
        dx[i] = x[i] > 0 ? dy[i] : slope[i % loop->columns] * dy[i];
}

static void slopes_gradient(const cnn_slope_loop *loop, const float *x, const float *dy, float *dslopes) {
    for (int64_t c = 0; c < loop->columns; c++) {
        double sum = dslopes[c];
        for (int64_t row = 0; row < loop->rows; row++) {
            const int64_t i = row * loop->columns + c;
            sum += x[i] > 0 ? 0 : (double)dy[i] * x[i];
        }
        dslopes[c] = (float)sum;
    }
}

#endif
