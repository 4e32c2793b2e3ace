/* Maxima of windows over numbers in bfloat16, which are compared as floats and rounded without a change. */
#ifndef CNN_KERNELS_BF16_POOL_H
#define CNN_KERNELS_BF16_POOL_H

#include "base/numbers.h"
#include "kernels/bf16/loop.h"
#include "kernels/pool/template.h"

/* The largest of a window, of two vectors of numbers at most; p counts pairs. */
TILE_INLINE vec max_pairs(const pool_place *p, const float *x, const int size, const bool partial) {
    vec second[2], best[2];
    best[0] = vec_bf16_widen(
        place_load(p, x + window_offset(p, size ? 0 : p->window->top, size ? 0 : p->window->left), partial),
        &best[1]);
    FOR_WINDOW(i, j, p, size) {
        second[0] = vec_bf16_widen(place_load(p, x + window_offset(p, i, j), partial), &second[1]);
        UNROLL_FOR(v, 2)
            best[v] = vec_if_greater(second[v], best[v], second[v], best[v]);
    }
    return vec_bf16_round(best[0], best[1]);
}

TILE_INLINE void max_pairs_forward(const pool_place *p, const pool_arrays *at, const int size,
                                   const bool partial) {
    place_store(p, at->y + p->y, partial, max_pairs(p, at->x, size, partial));
}
POOL_WINDOWS(max_pairs_forward)
static const pool_pass max_pairs_forward_of[] = {max_pairs_forward_0, NULL, max_pairs_forward_2,
                                                 max_pairs_forward_3};

/* A pair of channels is one of the loop's. */
static void kernel_bf16_max_pool(const cnn_pool_loop *loop, const float *x, float *y) {
    pool_windows(loop, &(pool_arrays){.x = x, .y = y}, max_pairs_forward_of);
}

#endif
