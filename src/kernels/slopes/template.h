/* ReLU with a slope of its own for each column. */
#ifndef CNN_KERNELS_SLOPES_TEMPLATE_H
#define CNN_KERNELS_SLOPES_TEMPLATE_H

#include "kernels/isa/tile.h"
#include "kernels/slopes/loop.h"

static void kernel_slopes(const cnn_slope_loop *loop, const float *x, const float *slopes, float *y) {
    const vec zero = vec_set(0);
    for (int64_t row = 0; row < loop->rows; row++, x += loop->columns, y += loop->columns)
        FOR_CHANNELS(c, n, loop->columns) {
            const vec value = load_some(x + c, n);
            store_some(y + c, n,
                       vec_if_greater(value, zero, value, vec_mul(load_some(slopes + c, n), value)));
        }
}

static void kernel_slopes_backward(const cnn_slope_loop *loop, const float *x, const float *slopes,
                                   const float *dy, float *dx) {
    const vec zero = vec_set(0), one = vec_set(1);
    for (int64_t row = 0; row < loop->rows; row++) {
        FOR_CHANNELS(c, n, loop->columns) {
            const vec slope = vec_if_greater(load_some(x + c, n), zero, one, load_some(slopes + c, n));
            store_some(dx + c, n, vec_mul(load_some(dy + c, n), slope));
        }
        x += loop->columns;
        dy += loop->columns;
        dx += loop->columns;
    }
}

static void kernel_slopes_gradient(const cnn_slope_loop *loop, const float *x, const float *dy,
                                   float *dslopes) {
    const vec zero = vec_set(0);
    FOR_CHANNELS(c, n, loop->columns) {
        vec sum = load_some(dslopes + c, n);
        for (int64_t at = c; at < loop->rows * loop->columns; at += loop->columns) {
            const vec value = load_some(x + at, n), product = vec_mul(load_some(dy + at, n), value);
            sum = vec_add(sum, vec_if_greater(value, zero, zero, product));
        }
        store_some(dslopes + c, n, sum);
    }
}

#endif
