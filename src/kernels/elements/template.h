/* Kernels that go over arrays element by element. */
#ifndef CNN_KERNELS_ELEMENTS_TEMPLATE_H
#define CNN_KERNELS_ELEMENTS_TEMPLATE_H

#include "kernels/elements/loop.h"
#include "kernels/isa/tile.h"

static void kernel_relu(int64_t count, const float *x, float *y) {
    FOR_CHANNELS(i, n, count)
        store_some(y + i, n, vec_max(vec_set(0), load_some(x + i, n)));
}

static void kernel_relu_backward(int64_t count, const float *y, const float *dy, float *dx) {
    FOR_CHANNELS(i, n, count)
        store_some(dx + i, n,
                   vec_if_greater(load_some(y + i, n), vec_set(0), load_some(dy + i, n), vec_set(0)));
}

static void kernel_add(int64_t count, const float *x, float *y) {
    FOR_CHANNELS(i, n, count)
        store_some(y + i, n, vec_add(load_some(y + i, n), load_some(x + i, n)));
}

/* Independent chains of operations: enough to fill two units that take four or five cycles each. */
enum { CHAINS = 12 };

/* CHAINS vectors at x, side by side. */
static void repeat_fma_chains(int64_t rounds, vec factor, vec term, float *x) {
    vec value[CHAINS];
    UNROLL_FOR(k, CHAINS)
        value[k] = vec_load(x + k * VEC);
    for (int64_t round = 0; round < rounds; round++)
        UNROLL_FOR(k, CHAINS)
            value[k] = vec_fma(factor, value[k], term);
    UNROLL_FOR(k, CHAINS)
        vec_store(x + k * VEC, value[k]);
}

static void kernel_repeat_fma(int64_t count, int64_t rounds, float factor, float term, float *x) {
    const int64_t chained = count / (CHAINS * VEC) * (CHAINS * VEC);
    for (int64_t i = 0; i < chained; i += CHAINS * VEC)
        repeat_fma_chains(rounds, vec_set(factor), vec_set(term), x + i);
    FOR_CHANNELS(i, n, count - chained) {
        vec value = load_some(x + chained + i, n);
        for (int64_t round = 0; round < rounds; round++)
            value = vec_fma(vec_set(factor), value, vec_set(term));
        store_some(x + chained + i, n, value);
    }
}

/* Up to VEC x VEC values. */
static void transpose_block(const cnn_transpose_loop *loop, int64_t rows, int64_t columns, const float *x,
                            float *y) {
    vec block[VEC];
    for (int64_t i = 0; i < VEC; i++)
        block[i] = i < rows ? load_some(x + i * loop->x_row, columns) : vec_set(0);
    vec_transpose(block);
    for (int64_t j = 0; j < columns; j++)
        store_some(y + j * loop->y_row, rows, block[j]);
}

static void kernel_transpose(const cnn_transpose_loop *loop, const float *x, float *y) {
    FOR_CHANNELS(i, rows, loop->rows)
        FOR_CHANNELS(j, columns, loop->columns)
            transpose_block(loop, rows, columns, x + i * loop->x_row + j, y + j * loop->y_row + i);
}

#endif
