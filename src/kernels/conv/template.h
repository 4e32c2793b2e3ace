/* The two kernels that multiply weights, over the vectors of vec/vec.h.
 *
 * Both keep a tile of sums in registers, as conv/tile.h says; the tables of each half hold one instance for every size. */
#ifndef CNN_KERNELS_CONV_TEMPLATE_H
#define CNN_KERNELS_CONV_TEMPLATE_H

#include "base/numbers.h"
#include "kernels/conv/loop.h"
#include "kernels/conv/narrow.h"
#include "kernels/conv/tile.h"
#include "kernels/isa/tile.h"

/* The convolutions over vectors of half the width, for up to so many outputs: a whole vector would stay half empty. None
 * where `outputs` is 0. */
typedef struct half_kernels {
    int64_t outputs;
    void (*conv)(const cnn_conv_loop *loop, const float *x, const float *w, const float *bias, int flags,
                 float *y);
    void (*conv_weights)(const cnn_conv_loop *loop, const float *x, const float *dy, int flags, float *dw);
} half_kernels;
#ifndef HALF_WIDTH
#define HALF_WIDTH                                                                                           \
    { 0 }
#endif
static const half_kernels half_width = HALF_WIDTH;

/* ---- conv ------------------------------------------------------------------------------------------- */

#define ADDED_INSTANCES(rows) CONV_INSTANCES(conv, rows, ADDED)
#define ADDED_ROW(rows)       CONV_ROW(conv, rows)
TILE_SIZES(ADDED_INSTANCES)
static const conv_row conv_instances[TILE_ROWS] = {TILE_SIZES(ADDED_ROW)};

static void kernel_conv(const cnn_conv_loop *given, const float *x, const float *w, const float *bias,
                        int flags, float *y) {
    enum { BLOCK = TILE_VECTORS * VEC };
    int64_t taps[MAX_JOINED_TAPS];
    const cnn_conv_loop rows_joined = join_rows(given), joined = join_taps(&rows_joined, taps),
                        *loop = &joined;
    /* Before the number of positions is looked at, so that sums never depend on it. */
    if (has_few_outputs(loop)) {
        narrow_conv(conv_dot, loop, x, w, bias, flags, y);
        return;
    }
    if (loop->outputs <= half_width.outputs) {
        half_width.conv(given, x, w, bias, flags, y);
        return;
    }
    if (loop->rows * loop->columns == 1) {
        narrow_conv(conv_position, loop, x, w, bias, flags, y);
        return;
    }
    for (int64_t o = 0; o < loop->outputs; o += BLOCK) {
        conv_tile tile = {
            .loop = loop, .x = x, .w = w + o, .bias = bias ? bias + o : NULL, .y = y + o, .flags = flags};
        conv_block(tile, cnn_min(BLOCK, loop->outputs - o), conv_instances, TILE_ROWS);
    }
}

/* ---- conv_weights: sums for `rows` neighbouring rows of dw, one for each tap and input, over all positions --------- */

typedef struct weights_tile {
    const cnn_conv_loop *loop;
    const float *x, *dy;
    float *dw;
    int flags;
    int64_t offset[TILE_ROWS]; /* of each row's input from the position's */
    int64_t last;
} weights_tile;

/* together: all rows are of one tap, so that one offset tells the others, which spares as many loads as there
 * are rows. */
TILE_INLINE void weights_run(const weights_tile *t, const int rows, const int vectors, const bool partial,
                             const bool together) {
    const cnn_conv_loop *loop = t->loop;
    vec sum[TILE_ROWS][TILE_VECTORS];
    UNROLL_FOR(r, rows)
        UNROLL_FOR(v, vectors)
            sum[r][v] = t->flags & CNN_CONV_ACCUMULATE
                            ? tile_load(t->dw + r * loop->w_row, v, vectors, partial, t->last)
                            : vec_set(0);
    for (int64_t row = 0; row < loop->rows; row++) {
        const float *x = t->x + row * loop->x_row + t->offset[0], *dy = t->dy + row * loop->y_row;
        for (int64_t column = 0; column < loop->columns;
             column++, x += loop->x_column, dy += loop->y_column) {
            vec gradient[TILE_VECTORS];
            UNROLL_FOR(v, vectors)
                gradient[v] = tile_load(dy, v, vectors, partial, t->last);
            UNROLL_FOR(r, rows) {
                vec value = vec_set(x[together ? r : t->offset[r] - t->offset[0]]);
                UNROLL_FOR(v, vectors)
                    sum[r][v] = vec_fma(value, gradient[v], sum[r][v]);
            }
        }
    }
    UNROLL_FOR(r, rows)
        UNROLL_FOR(v, vectors)
            tile_store(t->dw + r * loop->w_row, v, vectors, partial, t->last, sum[r][v]);
}

#define WEIGHTS_INSTANCE(rows, vectors, name, partial, together)                                             \
    static void weights_##rows##_##vectors##_##name(const weights_tile *t) {                                 \
        weights_run(t, rows, vectors, partial, together);                                                    \
    }
#define WEIGHTS_INSTANCES(rows)                                                                              \
    WEIGHTS_INSTANCE(rows, 1, partial, true, false)                                                          \
    WEIGHTS_INSTANCE(rows, 1, whole, false, false)                                                           \
    WEIGHTS_INSTANCE(rows, 1, partial_together, true, true)                                                  \
    WEIGHTS_INSTANCE(rows, 1, whole_together, false, true)                                                   \
    WEIGHTS_INSTANCE(rows, 2, partial, true, false)                                                          \
    WEIGHTS_INSTANCE(rows, 2, whole, false, false)                                                           \
    WEIGHTS_INSTANCE(rows, 2, partial_together, true, true)                                                  \
    WEIGHTS_INSTANCE(rows, 2, whole_together, false, true)
TILE_SIZES(WEIGHTS_INSTANCES)

typedef void (*weights_instance)(const weights_tile *);
#define WEIGHTS_ROW(rows)                                                                                    \
    {{{weights_##rows##_1_partial, weights_##rows##_1_whole},                                                \
      {weights_##rows##_1_partial_together, weights_##rows##_1_whole_together}},                             \
     {{weights_##rows##_2_partial, weights_##rows##_2_whole},                                                \
      {weights_##rows##_2_partial_together, weights_##rows##_2_whole_together}}},
/* [rows - 1][vectors - 1][together][whole vectors] */
static const weights_instance weights_instances[TILE_ROWS][TILE_VECTORS][2][2] = {TILE_SIZES(WEIGHTS_ROW)};

/* Rows [first, first + count) of one block of outputs, cut into tiles of nearly equal size. */
static void weights_rows(const weights_tile *tile, int vectors, int64_t first, int64_t count, bool together) {
    const cnn_conv_loop *loop = tile->loop;
    const int64_t pieces = (count + TILE_ROWS - 1) / TILE_ROWS;
    for (int64_t piece = 0; piece < pieces; piece++) {
        const int64_t begin = first + count * piece / pieces, end = first + count * (piece + 1) / pieces;
        weights_tile here = *tile;
        here.dw += begin * loop->w_row;
        for (int64_t row = begin; row < end; row++)
            here.offset[row - begin] = loop->tap[row / loop->inputs] + row % loop->inputs;
        weights_instances[end - begin - 1][vectors - 1][together][tile->last == VEC](&here);
    }
}

/* One block of outputs, tap by tap unless a tap has too few rows for a tile. */
static void weights_block(weights_tile tile, int64_t outputs) {
    const cnn_conv_loop *loop = tile.loop;
    const int vectors = (int)((outputs + VEC - 1) / VEC);
    tile.last = outputs - (vectors - 1) * VEC;
    if (2 * loop->inputs < TILE_ROWS)
        weights_rows(&tile, vectors, 0, loop->taps * loop->inputs, false);
    else
        for (int64_t tap = 0; tap < loop->taps; tap++)
            weights_rows(&tile, vectors, tap * loop->inputs, loop->inputs, true);
}

static void kernel_conv_weights(const cnn_conv_loop *loop, const float *x, const float *dy, int flags,
                                float *dw) {
    enum { BLOCK = TILE_VECTORS * VEC };
    if (loop->outputs <= half_width.outputs) {
        half_width.conv_weights(loop, x, dy, flags, dw);
        return;
    }
    for (int64_t o = 0; o < loop->outputs; o += BLOCK) {
        weights_tile tile = {.loop = loop, .x = x, .dy = dy + o, .dw = dw + o, .flags = flags};
        weights_block(tile, loop->outputs - o < BLOCK ? loop->outputs - o : BLOCK);
    }
}

#endif
