/* Tiles of convolutions in which every channel stands alone: neighbouring positions of a row, or of two (two_rows.h), one
 * vector of channels c after the other.
 *
 *     forward     y[p] = bias + sum over taps (i, j) of w[i][j] * x[row that p and i meet][column that p and j meet]
 *     gathering   dw[i][j] += sum over positions p of dy[p] * x[the same row][the same column]
 *
 * Reading x is what limits both: each of x's columns is read once for all positions and taps that meet there. Here 3 positions
 * of 3 taps, of stride 2 (the positions' distance in taps; the tile reads (positions - 1) * stride + taps columns):
 *
 *     column q          0      1      2      3      4      5      6         q tap steps on from the tile's `column`
 *     position 0      tap 0  tap 1  tap 2
 *     position 1                    tap 0  tap 1  tap 2
 *     position 2                                  tap 0  tap 1  tap 2
 *     bit q of columns_inside   whether the column is one of the image's: others are left out, which is to read zeros
 *
 * Column q thus meets tap j of position (q - j) / stride, where that is a whole number of one of the positions (DEPTHWISE_MEETS).
 */
#ifndef CNN_KERNELS_DEPTHWISE_TILE_H
#define CNN_KERNELS_DEPTHWISE_TILE_H

#include "kernels/depthwise/loop.h"
#include "kernels/isa/tile.h"

/* The neighbouring channels of a vector, `count` of them where it is the partial end. */
TILE_INLINE vec channels_load(const float *from, int64_t count, const bool partial) {
    return partial ? vec_load_part(from, count) : vec_load(from);
}
TILE_INLINE void channels_store(float *to, int64_t count, const bool partial, vec value) {
    if (partial)
        vec_store_part(to, count, value);
    else
        vec_store(to, value);
}

enum {
    DEPTHWISE_POSITIONS = 7, /* of a tile */
    DEPTHWISE_TAPS = 5       /* of a row, held in registers */
};

/* Forward reads w and writes y; gathering reads dy and adds to dw. */
typedef struct depthwise_arrays {
    const float *x, *w, *bias, *dy;
    float *y, *dw;
    int flags;
} depthwise_arrays;

/* What a tile of one row has to itself. Its arrays begin where the image is met first: x at column 0 of that row, w or dw at
 * the row of taps that meets it; the rows of taps that meet none are left out. */
typedef struct depthwise_one_row {
    int64_t tap_rows; /* that meet the image */
} depthwise_one_row;

/* What a tile of two rows has to itself. Its arrays are whole: x the image, w or dw all taps. Row k lies k tap steps on from
 * first_row, which may be none of the image's. */
typedef struct depthwise_two_rows {
    int64_t first_row;    /* that the first tap of the upper row of positions meets */
    unsigned rows_inside; /* bit k: row k is one of the image's */
} depthwise_two_rows;

/* All of a tile's channels, or those that are left. */
typedef struct depthwise_tile {
    const cnn_depthwise_loop *loop;
    depthwise_arrays at; /* y or dy: the tile's first position; x, w and dw: see above */
    depthwise_one_row one;
    depthwise_two_rows two;
    int64_t below;  /* floats from x to the first row that the tile below meets and this one does not */
    int64_t column; /* that the first tap of the first position meets; it may be none of the image's */
    unsigned columns_inside; /* bit q: the column q tap steps on is one of the image's */
    int64_t channels;        /* that are left to do */
} depthwise_tile;

/* ---- Prefetching the tile below -------------------------------------------------------------------- */

/* Each vector of channels prefetches its share of what the tile below needs: as many neighbouring lines as the tile has
 * positions, whichever channels they hold. Lines that are a pixel apart the processor would not predict; of these, it
 * prefetches those that follow, too. */
TILE_INLINE int64_t channels_done(const depthwise_tile *t) {
    return t->loop->channels - t->channels;
}

/* Inputs: of row number `row` of those that the tile below meets and this one does not. */
TILE_INLINE void prefetch_inputs_below(const depthwise_tile *t, const int row, const int positions,
                                       const int stride) {
    const cnn_depthwise_axis *axis = t->loop->axis;
    const int64_t share = channels_done(t) * (positions * stride - 1);
    const float *x = t->at.x + t->below + row * axis[0].x_step + t->column * axis[1].x_step + share;
    UNROLL_FOR(q, positions * stride)
        __builtin_prefetch(x + q * VEC, 0, 2);
}

/* Outputs: of row number `row`, counted from this tile's first. Gradients that are read were written just before. */
TILE_INLINE void prefetch_positions_below(const depthwise_tile *t, const int row, const int positions) {
    if (!t->at.y)
        return;
    const float *y = t->at.y + row * t->loop->axis[0].y_step + channels_done(t) * (positions - 1);
    UNROLL_FOR(p, positions)
        __builtin_prefetch(y + p * VEC, 1, 2);
}

/* All of it, for a tile of one row. */
TILE_INLINE void prefetch_tile_below(const depthwise_tile *t, const int positions, const int stride) {
    UNROLL_FOR(row, stride)
        prefetch_inputs_below(t, row, positions, stride);
    prefetch_positions_below(t, 1, positions);
}

/* ---- Forward, one row -------------------------------------------------------------------------------- */

/* The sums of all positions begin from the bias. */
TILE_INLINE void depthwise_start(const depthwise_tile *t, vec *sum, const int positions, const bool partial) {
    const vec start = t->at.bias ? channels_load(t->at.bias, t->channels, partial) : vec_set(0);
    UNROLL_FOR(p, positions)
        sum[p] = start;
}

/* Into the row of outputs at y, within the bounds. */
TILE_INLINE void depthwise_finish(const depthwise_tile *t, const vec *sum, float *y, const int positions,
                                  const bool partial) {
    const vec lower = lower_bound(t->at.flags), upper = upper_bound(t->at.flags, t->loop->limit);
    UNROLL_LOOP(int p = 0; p < positions; p++, y += t->loop->axis[1].y_step)
        channels_store(y, t->channels, partial, vec_min(upper, vec_max(lower, sum[p])));
}

/* Where tap j of position p meets a row of x, in floats; -1 beside the image. */
TILE_INLINE int64_t depthwise_meets(const depthwise_tile *t, int64_t p, int64_t j) {
    const cnn_depthwise_axis *columns = &t->loop->axis[1];
    const int64_t pixel = t->column + p * columns->step + j * columns->tap_step;
    return pixel < 0 || pixel >= columns->size ? -1 : pixel * columns->x_step;
}

/* Any taps, however far positions are apart. */
TILE_INLINE void depthwise_any(const depthwise_tile *t, const int positions, const bool partial) {
    const cnn_depthwise_axis *axis = t->loop->axis;
    vec sum[DEPTHWISE_POSITIONS];
    depthwise_start(t, sum, positions, partial);
    for (int64_t i = 0; i < t->one.tap_rows; i++) {
        const float *x = t->at.x + i * axis[0].tap_step * axis[0].x_step, *w = t->at.w + i * axis[0].w_step;
        for (int64_t j = 0; j < axis[1].taps; j++) {
            const vec weight = channels_load(w + j * axis[1].w_step, t->channels, partial);
            UNROLL_FOR(p, positions) {
                const int64_t at = depthwise_meets(t, p, j);
                if (at >= 0)
                    sum[p] = vec_fma(weight, channels_load(x + at, t->channels, partial), sum[p]);
            }
        }
    }
    depthwise_finish(t, sum, t->at.y, positions, partial);
}

/* A tile's columns in a row of x, `step` floats apart: a pointer for every few, since addressing modes reach no more from one, and each of the
 * others would take an addition. */
enum {
    POINTER_COLUMNS = 5,
    MAX_COLUMNS = (DEPTHWISE_POSITIONS - 1) * 2 + DEPTHWISE_TAPS,
    COLUMN_POINTERS = (MAX_COLUMNS + POINTER_COLUMNS - 1) / POINTER_COLUMNS
};
typedef struct depthwise_columns {
    const float *x[COLUMN_POINTERS];
} depthwise_columns;

TILE_INLINE depthwise_columns depthwise_columns_at(const float *first, int64_t step) {
    depthwise_columns columns;
    UNROLL_FOR(k, COLUMN_POINTERS) {
        columns.x[k] = first + k * POINTER_COLUMNS * step;
        OPAQUE(columns.x[k]);
    }
    return columns;
}
TILE_INLINE const float *depthwise_column(const depthwise_columns *columns, const int q, int64_t step) {
    return columns->x[q / POINTER_COLUMNS] + q % POINTER_COLUMNS * step;
}

/* Whether column q of a tile meets tap j of one of its positions: of number (q - j) / stride. */
#define DEPTHWISE_MEETS(q, j) ((q) >= (j) && ((q) - (j)) % stride == 0 && ((q) - (j)) / stride < positions)

/* The same where neighbouring positions are `stride` taps apart and each row has so many taps: an input that several
 * positions meet is read once. Reading is what limits these sums. */
TILE_INLINE void depthwise_slide(const depthwise_tile *t, const int positions, const int taps,
                                 const int stride, const bool partial) {
    const cnn_depthwise_axis *axis = t->loop->axis;
    const int64_t step = axis[1].tap_step * axis[1].x_step;
    unsigned inside = t->columns_inside;
    vec sum[DEPTHWISE_POSITIONS];
    depthwise_start(t, sum, positions, partial);
    for (int64_t i = 0; i < t->one.tap_rows; i++) {
        const float *x = t->at.x + i * axis[0].tap_step * axis[0].x_step, *w = t->at.w + i * axis[0].w_step;
        const depthwise_columns columns = depthwise_columns_at(x + t->column * axis[1].x_step, step);
        OPAQUE(inside); /* so that a bit is tested where it is wanted, not all of them ahead */
        vec weight[DEPTHWISE_TAPS];
        UNROLL_FOR(j, taps)
            weight[j] = channels_load(w + j * axis[1].w_step, t->channels, partial);
        UNROLL_FOR(q, (positions - 1) * stride + taps) {
            if (LIKELY(inside >> q & 1)) {
                const vec value =
                    vec_keep(channels_load(depthwise_column(&columns, q, step), t->channels, partial));
                UNROLL_FOR(j, taps)
                    if (DEPTHWISE_MEETS(q, j))
                        sum[(q - j) / stride] = vec_fma(weight[j], value, sum[(q - j) / stride]);
            }
        }
    }
    depthwise_finish(t, sum, t->at.y, positions, partial);
}

/* taps 0: any. */
TILE_INLINE void depthwise_forward(const depthwise_tile *t, const int positions, const int taps,
                                   const int stride, const bool partial) {
    if (t->at.flags & CNN_CONV_FAR)
        prefetch_tile_below(t, positions, stride);
    if (taps)
        depthwise_slide(t, positions, taps, stride, partial);
    else
        depthwise_any(t, positions, partial);
}

/* ---- Gathering, one row: the gradient of the weights -------------------------------------------------- */

/* Any taps, as above. */
TILE_INLINE void gather_any(const depthwise_tile *t, const vec *gradient, const int positions,
                            const bool partial) {
    const cnn_depthwise_axis *axis = t->loop->axis;
    for (int64_t i = 0; i < t->one.tap_rows; i++) {
        const float *x = t->at.x + i * axis[0].tap_step * axis[0].x_step;
        float *dw = t->at.dw + i * axis[0].w_step;
        for (int64_t j = 0; j < axis[1].taps; j++, dw += axis[1].w_step) {
            vec sum = channels_load(dw, t->channels, partial);
            UNROLL_FOR(p, positions) {
                const int64_t at = depthwise_meets(t, p, j);
                if (at >= 0)
                    sum = vec_fma(gradient[p], channels_load(x + at, t->channels, partial), sum);
            }
            channels_store(dw, t->channels, partial, sum);
        }
    }
}

/* Each input once, as above; the sums of a row of taps stay in registers. */
TILE_INLINE void gather_slide(const depthwise_tile *t, const vec *gradient, const int positions,
                              const int taps, const int stride, const bool partial) {
    const cnn_depthwise_axis *axis = t->loop->axis;
    const int64_t step = axis[1].tap_step * axis[1].x_step;
    unsigned inside = t->columns_inside;
    for (int64_t i = 0; i < t->one.tap_rows; i++) {
        const float *x = t->at.x + i * axis[0].tap_step * axis[0].x_step;
        float *dw = t->at.dw + i * axis[0].w_step;
        const depthwise_columns columns = depthwise_columns_at(x + t->column * axis[1].x_step, step);
        OPAQUE(inside); /* so that a bit is tested where it is wanted, not all of them ahead */
        vec sum[DEPTHWISE_TAPS];
        UNROLL_FOR(j, taps)
            sum[j] = channels_load(dw + j * axis[1].w_step, t->channels, partial);
        UNROLL_FOR(q, (positions - 1) * stride + taps) {
            if (LIKELY(inside >> q & 1)) {
                const vec value =
                    vec_keep(channels_load(depthwise_column(&columns, q, step), t->channels, partial));
                UNROLL_FOR(j, taps)
                    if (DEPTHWISE_MEETS(q, j))
                        sum[j] = vec_fma(gradient[(q - j) / stride], value, sum[j]);
            }
        }
        UNROLL_FOR(j, taps)
            channels_store(dw + j * axis[1].w_step, t->channels, partial, sum[j]);
    }
}

/* taps 0: any. */
TILE_INLINE void depthwise_gather(const depthwise_tile *t, const int positions, const int taps,
                                  const int stride, const bool partial) {
    if (t->at.flags & CNN_CONV_FAR)
        prefetch_tile_below(t, positions, stride);
    vec gradient[DEPTHWISE_POSITIONS];
    UNROLL_FOR(p, positions)
        gradient[p] = channels_load(t->at.dy + p * t->loop->axis[1].y_step, t->channels, partial);
    if (taps)
        gather_slide(t, gradient, positions, taps, stride, partial);
    else
        gather_any(t, gradient, positions, partial);
}

#endif
