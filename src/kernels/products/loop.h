/* Many products of small matrices in one call. */
#ifndef CNN_KERNELS_PRODUCTS_LOOP_H
#define CNN_KERNELS_PRODUCTS_LOOP_H

#include <stdbool.h>
#include <stdint.h>

/* Products of `rows` x `inputs` with `inputs` x `outputs` matrices, one in each plane; planes begin so many floats apart,
 * and so do rows. */
typedef struct cnn_products_loop {
    int64_t planes, rows, inputs;
    int64_t outputs; /* a multiple of CNN_POOLED_BLOCK */
    int64_t x_plane, w_plane, y_plane;
    int64_t x_row, w_row, y_row; /* at least inputs, outputs, outputs */
    /* If not 0: w lies in blocks of so many outputs, [block][input][output of the block], and has no w_row. A multiple of
     * conv_outputs; the last block may have fewer. */
    int64_t w_block;
    bool far;    /* x is not cached: rows are prefetched while the first outputs are computed */
    bool halved; /* half of the inputs is summed up by itself; inputs are even, 2 at least */
} cnn_products_loop;

/* products  y[plane][row][o] = sum over i of x[plane][row][i] * w[plane][i][o] */
#define CNN_PRODUCTS_KERNELS(X)                                                                              \
    X(products, (const cnn_products_loop *loop, const float *x, const float *w, float *y))

#endif
