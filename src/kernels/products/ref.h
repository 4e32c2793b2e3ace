/* The reference of many products in one call. */
#ifndef CNN_KERNELS_PRODUCTS_REF_H
#define CNN_KERNELS_PRODUCTS_REF_H

#include "kernels/products/loop.h"

/* Where the weight of an input and an output lies in its plane. */
static int64_t product_weight(const cnn_products_loop *loop, int64_t input, int64_t output) {
    if (loop->w_block == 0)
        return input * loop->w_row + output;
    const int64_t begin = output - output % loop->w_block, after = loop->outputs - begin;
    return begin * loop->inputs + input * (after < loop->w_block ? after : loop->w_block) + output - begin;
}

static void products(const cnn_products_loop *loop, const float *x, const float *w, float *y) {
    for (int64_t plane = 0; plane < loop->planes; plane++)
        for (int64_t at = 0; at < loop->rows * loop->outputs; at++) {
            const int64_t row = at / loop->outputs, o = at % loop->outputs;
            double sum = 0;
            for (int64_t i = 0; i < loop->inputs; i++)
                sum += (double)x[plane * loop->x_plane + row * loop->x_row + i] *
                       w[plane * loop->w_plane + product_weight(loop, i, o)];
            y[plane * loop->y_plane + row * loop->y_row + o] = (float)sum;
        }
}

#endif
