/* The kernel conv where neighbouring columns of x lie side by side, as those of grey images do: a vector holds the sums of
 * neighbouring positions instead of outputs, of which there may be few.
 *
 *     x                   p      p + 1  p + 2  p + 3  ...
 *     w[i][o]             the same in each element
 *     sum of output o     p      p + 1  p + 2  p + 3  ...
 *
 * Each sum begins and grows as one of conv/tile.h does, and has the same bits. In the end it goes to where its position has its
 * outputs. */
#ifndef CNN_KERNELS_CONV_COLUMNS_H
#define CNN_KERNELS_CONV_COLUMNS_H

#include "base/numbers.h"
#include "kernels/conv/loop.h"
#include "kernels/isa/tile.h"

enum { COLUMN_VECTORS = 2 }; /* of positions, in a tile of COLUMN_OUTPUTS outputs at most */

typedef struct column_tile {
    const cnn_conv_loop *loop;
    const float *x[COLUMN_VECTORS]; /* vectors of positions, which may overlap */
    float *y[COLUMN_VECTORS];
    const float *w, *bias;
    int flags;
} column_tile;

/* What a tap's inputs give the sums. Returns the weights behind its own. */
TILE_INLINE const float *column_tap(const column_tile *t, vec sum[][COLUMN_VECTORS], int64_t tap,
                                    const float *w, const int outputs) {
    const cnn_conv_loop *loop = t->loop;
    for (int64_t i = 0; i < loop->inputs; i++, w += loop->w_row) {
        vec value[COLUMN_VECTORS];
        UNROLL_FOR(v, COLUMN_VECTORS)
            value[v] = vec_keep(vec_load(t->x[v] + loop->tap[tap] + i));
        UNROLL_FOR(o, outputs) {
            const vec weight = vec_keep(vec_set(w[o]));
            UNROLL_FOR(v, COLUMN_VECTORS)
                sum[o][v] = vec_fma(value[v], weight, sum[o][v]);
        }
    }
    return w;
}

/* From a vector for each output to the outputs of each position. */
TILE_INLINE void column_write(const column_tile *t, vec sum[][COLUMN_VECTORS], const int v,
                              const int outputs) {
    const vec lower = lower_bound(t->flags), upper = upper_bound(t->flags, t->loop->limit);
    float *y = t->y[v];
    vec rows[VEC];
    UNROLL_FOR(o, VEC)
        rows[o] = o < outputs ? vec_min(upper, vec_max(lower, sum[o][v])) : vec_set(0);
    vec_transpose(rows);
    UNROLL_LOOP(int p = 0; p < VEC; p++, y += t->loop->y_column)
        vec_store_part(y, outputs, rows[p]);
}

TILE_INLINE void column_run(const column_tile *t, const int outputs) {
    const float *w = t->w;
    vec sum[COLUMN_OUTPUTS][COLUMN_VECTORS];
    UNROLL_FOR(o, outputs)
        UNROLL_FOR(v, COLUMN_VECTORS)
            sum[o][v] = vec_set(t->bias ? t->bias[o] : 0);
    for (int64_t tap = 0; tap < t->loop->taps; tap++)
        w = column_tap(t, sum, tap, w, outputs);
    UNROLL_FOR(v, COLUMN_VECTORS)
        column_write(t, sum, v, outputs);
}

#define COLUMN_INSTANCE(outputs)                                                                             \
    static void columns_##outputs(const column_tile *t) {                                                    \
        column_run(t, outputs);                                                                              \
    }
COLUMN_SIZES(COLUMN_INSTANCE)
#define COLUMN_ROW(outputs) columns_##outputs,
static void (*const column_instances[COLUMN_OUTPUTS])(const column_tile *) = {COLUMN_SIZES(COLUMN_ROW)};

/* Whether a vector of outputs would be less full, and sums are long enough to pay for the transposition. */
static bool has_near_columns(const cnn_conv_loop *loop, int flags) {
    enum { MIN_SUM = 9 };
    return loop->x_column == 1 && loop->columns >= VEC && loop->outputs <= COLUMN_OUTPUTS &&
           loop->taps * loop->inputs >= MIN_SUM && !(flags & (CNN_CONV_ACCUMULATE | CNN_CONV_ADD));
}

/* All tiles of a row; the last vectors overlap those before. */
static void column_row(column_tile tile, const float *x, float *y) {
    const cnn_conv_loop *loop = tile.loop;
    for (int64_t column = 0; column < loop->columns; column += COLUMN_VECTORS * VEC) {
        for (int v = 0; v < COLUMN_VECTORS; v++) {
            const int64_t first = cnn_min(column + v * VEC, loop->columns - VEC);
            tile.x[v] = x + first;
            tile.y[v] = y + first * loop->y_column;
        }
        column_instances[loop->outputs - 1](&tile);
    }
}

static void conv_columns(const cnn_conv_loop *loop, const float *x, const float *w, const float *bias,
                         int flags, float *y) {
    const column_tile tile = {.loop = loop, .w = w, .bias = bias, .flags = flags};
    for (int64_t row = 0; row < loop->rows; row++)
        column_row(tile, x + row * loop->x_row, y + row * loop->y_row);
}

#endif
