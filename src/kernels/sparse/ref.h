/* The reference of the products that leave out zeros: zeros add nothing. */
#ifndef CNN_KERNELS_SPARSE_REF_H
#define CNN_KERNELS_SPARSE_REF_H

#include "kernels/conv/ref.h"
#include "kernels/sparse/loop.h"

/* Zeros add nothing. */
static void sparse(const cnn_conv_loop *loop, const float *x, const float *w, const float *bias, int flags,
                   float *y) {
    conv(loop, x, w, bias, flags, y);
}
static void sparse_weights(const cnn_conv_loop *loop, const float *x, const float *dy, int flags, float *dw) {
    conv_weights(loop, x, dy, flags, dw);
}

static void sparse_gradient(const cnn_conv_loop *loop, const float *x, const float *dy, const float *w,
                            int64_t dx_column, float *dx) {
    for (int64_t column = 0; column < loop->columns; column++)
        for (int64_t i = 0; i < loop->inputs; i++) {
            double sum = 0;
            for (int64_t o = 0; o < loop->outputs && x[column * loop->x_column + i] != 0; o++)
                sum += (double)dy[column * loop->y_column + o] * w[i * loop->w_row + o];
            dx[column * dx_column + i] = (float)sum;
        }
}

#endif
