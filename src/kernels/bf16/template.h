/* Sums in bfloat16 over the vectors of vec/vec.h: the tiles of conv/tile.h and conv/weights_tile.h, where an input is a pair. */
#ifndef CNN_KERNELS_BF16_TEMPLATE_H
#define CNN_KERNELS_BF16_TEMPLATE_H

#include "base/numbers.h"
#include "kernels/bf16/loop.h"
#include "kernels/conv/block.h"
#include "kernels/conv/tile.h"
#include "kernels/conv/weights_tile.h"
#include "kernels/isa/tile.h"

#define PAIR_INSTANCES(rows) CONV_INSTANCES(pairs, rows, PAIR_ADDED)
#define PAIR_ROW(rows)       CONV_ROW(pairs, rows)
PAIR_SIZES(PAIR_INSTANCES)
static const conv_row pairs_instances[PAIR_ROWS] = {PAIR_SIZES(PAIR_ROW)};

static void kernel_bf16_conv(const cnn_conv_loop *given, const float *x, const float *w, const float *bias,
                             int flags, float *y) {
    enum { BLOCK = TILE_VECTORS * VEC };
    int64_t taps[MAX_JOINED_TAPS];
    const cnn_conv_loop rows_joined = join_rows(given), loop = join_taps(&rows_joined, taps);
    const unsigned before = vec_bf16_begin();
    for (int64_t o = 0; o < loop.outputs; o += BLOCK) {
        const conv_tile tile = {.loop = &loop,
                                .x = x,
                                .w = w + o,
                                .bias = bias ? bias + o : NULL,
                                .y = y + o / cnn_numbers_written(flags),
                                .flags = flags};
        conv_block(tile, cnn_min(BLOCK, loop.outputs - o), pairs_instances, PAIR_ROWS);
    }
    vec_bf16_end(before);
}

#define PAIR_WEIGHTS_INSTANCES(rows) WEIGHTS_INSTANCES(pair_weights, rows, PAIR_ADDED)
#define PAIR_WEIGHTS_ROW(rows)       WEIGHTS_ROW(pair_weights, rows)
PAIR_SIZES(PAIR_WEIGHTS_INSTANCES)
static const weights_row pair_weights_instances[PAIR_ROWS] = {PAIR_SIZES(PAIR_WEIGHTS_ROW)};

static void kernel_bf16_conv_weights(const cnn_conv_loop *loop, const float *x, const float *dy, int flags,
                                     float *dw) {
    enum { BLOCK = TILE_VECTORS * VEC };
    const unsigned before = vec_bf16_begin();
    for (int64_t o = 0; o < loop->outputs; o += BLOCK) {
        const weights_tile tile = {.loop = loop, .x = x, .dy = dy + o, .dw = dw + o, .flags = flags};
        weights_block(tile, cnn_min(BLOCK, loop->outputs - o), pair_weights_instances, PAIR_ROWS);
    }
    vec_bf16_end(before);
}

/* The pairs of up to 2 VEC floats. */
static inline void round_some(const float *x, int64_t count, float *y) {
    const vec second = count > VEC ? load_some(x + VEC, count - VEC) : vec_set(0);
    store_some(y, (count + 1) / 2, vec_bf16_round(load_some(x, cnn_min(VEC, count)), second));
}

static void kernel_bf16_round(int64_t rows, int64_t count, const float *x, float *y) {
    if (count % 2 == 0) { /* runs follow each other without a gap */
        count *= rows;
        rows = 1;
    }
    for (int64_t row = 0; row < rows; row++, x += count, y += (count + 1) / 2)
        for (int64_t i = 0; i < count; i += 2 * VEC)
            round_some(x + i, cnn_min(2 * VEC, count - i), y + i / 2);
}

static void kernel_bf16_widen(int64_t count, const float *pairs, float *y) {
    for (int64_t i = 0; i < count; i += 2 * VEC, pairs += VEC) {
        const int64_t here = cnn_min(2 * VEC, count - i);
        vec second;
        store_some(y + i, cnn_min(VEC, here), vec_bf16_widen(load_some(pairs, (here + 1) / 2), &second));
        if (here > VEC)
            store_some(y + i + VEC, here - VEC, second);
    }
}

/* Vector `c` of `n` elements of what may be left out. */
static inline vec load_or_zero(const float *from, int64_t c, int64_t n) {
    return from ? load_some(from + c, n) : vec_set(0);
}

static void kernel_bf16_pair(int64_t rows, int64_t count, int64_t row, const float *first,
                             const float *second, float *y) {
    for (int64_t r = 0; r < rows; r++, y += count) {
        FOR_CHANNELS(c, n, count)
            store_some(y + c, n, vec_bf16_pair(load_or_zero(first, c, n), load_or_zero(second, c, n)));
        first = first ? first + row : NULL;
        second = second ? second + row : NULL;
    }
}

#endif
