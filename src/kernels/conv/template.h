/* The two kernels that multiply weights, over the vectors of vec/vec.h.
 *
 * Both keep a tile of sums in registers, TILE_ROWS x TILE_VECTORS vectors at most: broadcast one input value,
 * multiply it with vectors of neighbouring outputs. A tile's size is a constant in each instance, so that the
 * compiler unrolls it completely; the tables at the end of each half hold one instance for every size. */
#ifndef CNN_KERNELS_CONV_TEMPLATE_H
#define CNN_KERNELS_CONV_TEMPLATE_H

#include "base/numbers.h"
#include "kernels/conv/loop.h"
#include "kernels/conv/narrow.h"
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

/* ---- conv: sums for `rows` neighbouring output positions ------------------------------------------- */

typedef struct conv_tile {
    const cnn_conv_loop *loop;
    const float *x, *w, *bias;
    float *y;
    int flags;
    int64_t last; /* elements in the last vector */
} conv_tile;

/* The sums of a tile before the first product: y, the bias or 0. */
TILE_INLINE void conv_start(const conv_tile *t, vec sum[][TILE_VECTORS], int rows, int vectors,
                            bool partial) {
    UNROLL_FOR(v, vectors) {
        vec start = t->bias ? tile_load(t->bias, v, vectors, partial, t->last) : vec_set(0);
        UNROLL_FOR(r, rows)
            sum[r][v] = t->flags & CNN_CONV_ACCUMULATE
                            ? tile_load(t->y + r * t->loop->y_column, v, vectors, partial, t->last)
                            : start;
    }
}

/* The sums within their bounds, into y. */
TILE_INLINE void conv_finish(const conv_tile *t, vec sum[][TILE_VECTORS], int rows, int vectors,
                             bool partial) {
    const vec lower = lower_bound(t->flags), upper = upper_bound(t->flags, t->loop->limit);
    UNROLL_FOR(r, rows)
        UNROLL_FOR(v, vectors)
            tile_store(t->y + r * t->loop->y_column, v, vectors, partial, t->last,
                       vec_min(upper, vec_max(lower, sum[r][v])));
}

/* A pointer for every few rows: with one for all, each row's offset would want a register, which are fewer than rows. */
enum { POINTER_ROWS = 5, ROW_POINTERS = (TILE_ROWS + POINTER_ROWS - 1) / POINTER_ROWS };

/* What one input of each row gives a tile's sums: added, or (first) in the place of sums that would begin with 0. Moves the
 * `pointers` on to the next input. `last` as in a conv_tile. */
TILE_INLINE void multiply_input(vec sum[][TILE_VECTORS], const float *x[], const int pointers, int64_t x_row,
                                const float *w, const int rows, const int vectors, const bool partial,
                                int64_t last, const bool first) {
    vec weight[TILE_VECTORS];
    UNROLL_FOR(v, vectors)
        weight[v] = tile_load(w, v, vectors, partial, last);
    UNROLL_FOR(r, rows) {
        const vec value = vec_set(x[r / POINTER_ROWS][r % POINTER_ROWS * x_row]);
        UNROLL_FOR(v, vectors)
            sum[r][v] = first ? vec_mul(value, weight[v]) : vec_fma(value, weight[v], sum[r][v]);
    }
    UNROLL_FOR(k, pointers) {
        x[k]++;
        OPAQUE(x[k]);
    }
}

/* Add to a tile's sums what `inputs` neighbouring inputs give, of rows that are x_row floats apart. */
TILE_INLINE void multiply_rows(vec sum[][TILE_VECTORS], const float *from, int64_t x_row, int64_t inputs,
                               const float *w, int64_t w_row, const int rows, const int vectors,
                               const bool partial, int64_t last) {
    const float *x[ROW_POINTERS];
    UNROLL_FOR(k, ROW_POINTERS)
        x[k] = from + cnn_min(rows - 1, k * POINTER_ROWS) * x_row;
    for (int64_t i = 0; i < inputs; i++, w += w_row)
        multiply_input(sum, x, ROW_POINTERS, x_row, w, rows, vectors, partial, last, false);
}

/* Rows `row` to `end` of the next tile's outputs. */
TILE_INLINE void prefetch_outputs(const conv_tile *t, int64_t row, int64_t end, const int rows,
                                  const int vectors) {
    for (const float *y = t->y + (rows + row) * t->loop->y_column; row < end; row++, y += t->loop->y_column)
        UNROLL_LOOP(int o = 0; o < vectors * VEC; o += LINE)
            __builtin_prefetch(y + o, 1);
}

/* One line of inputs of each row of the next tile. */
TILE_INLINE void prefetch_inputs(const float *x, int64_t x_row, const int rows) {
    UNROLL_FOR(r, rows)
        __builtin_prefetch(x + (rows + r) * x_row, 0, 2);
}

/* The sums, while the next tile's lines are prefetched, a few with each line of inputs. Where they come from memory, the
 * processor does not prefetch them by itself, a store that waits for its line holds up those behind it, and all at once
 * would be more than it can wait for. */
TILE_INLINE void multiply_and_prefetch(const conv_tile *t, vec sum[][TILE_VECTORS], const int rows,
                                       const int vectors, const bool partial) {
    const cnn_conv_loop *loop = t->loop;
    const int64_t inputs = loop->inputs, runs = loop->taps * ((inputs + LINE - 1) / LINE);
    const int64_t share = (rows + runs - 1) / runs;
    int64_t prefetched = 0;
    for (int64_t tap = 0; tap < loop->taps; tap++)
        for (int64_t i = 0; i < inputs; i += LINE, prefetched += share) {
            const float *x = t->x + loop->tap[tap] + i;
            prefetch_outputs(t, prefetched, cnn_min(rows, prefetched + share), rows, vectors);
            if (loop->taps == 1) /* others have met most of their inputs in the row before */
                prefetch_inputs(x, loop->x_column, rows);
            multiply_rows(sum, x, loop->x_column, cnn_min(LINE, inputs - i),
                          t->w + (tap * inputs + i) * loop->w_row, loop->w_row, rows, vectors, partial,
                          t->last);
        }
}

/* One tile, all taps. `far`: its data are uncached. */
TILE_INLINE void conv_run(const conv_tile *t, const int rows, const int vectors, const bool partial,
                          const bool far) {
    const cnn_conv_loop *loop = t->loop;
    const float *w = t->w;
    vec sum[TILE_ROWS][TILE_VECTORS];
    conv_start(t, sum, rows, vectors, partial);
    if (far)
        multiply_and_prefetch(t, sum, rows, vectors, partial);
    else
        for (int64_t tap = 0; tap < loop->taps; tap++, w += loop->inputs * loop->w_row)
            multiply_rows(sum, t->x + loop->tap[tap], loop->x_column, loop->inputs, w, loop->w_row, rows,
                          vectors, partial, t->last);
    conv_finish(t, sum, rows, vectors, partial);
}

#define CONV_INSTANCE(rows, vectors, name, partial, far)                                                     \
    static void conv_##rows##_##vectors##_##name(const conv_tile *t) {                                       \
        conv_run(t, rows, vectors, partial, far);                                                            \
    }
#define CONV_INSTANCES(rows)                                                                                 \
    CONV_INSTANCE(rows, 1, partial, true, false)                                                             \
    CONV_INSTANCE(rows, 1, whole, false, false)                                                              \
    CONV_INSTANCE(rows, 1, whole_far, false, true)                                                           \
    CONV_INSTANCE(rows, 2, partial, true, false)                                                             \
    CONV_INSTANCE(rows, 2, whole, false, false)                                                              \
    CONV_INSTANCE(rows, 2, whole_far, false, true)
TILE_SIZES(CONV_INSTANCES)

typedef void (*conv_instance)(const conv_tile *);
#define CONV_ROW(rows)                                                                                       \
    {{{conv_##rows##_1_partial, conv_##rows##_1_whole},                                                      \
      {conv_##rows##_1_partial, conv_##rows##_1_whole_far}},                                                 \
     {{conv_##rows##_2_partial, conv_##rows##_2_whole},                                                      \
      {conv_##rows##_2_partial, conv_##rows##_2_whole_far}}},
/* [rows - 1][vectors - 1][far][whole vectors]; a partial vector is not worth instances that prefetch */
static const conv_instance conv_instances[TILE_ROWS][TILE_VECTORS][2][2] = {TILE_SIZES(CONV_ROW)};

/* One block of outputs, at most TILE_VECTORS vectors: every row, cut into tiles of nearly equal size. */
static void conv_block(conv_tile tile, int64_t outputs) {
    const cnn_conv_loop *loop = tile.loop;
    const int vectors = (int)((outputs + VEC - 1) / VEC);
    const int64_t pieces = (loop->columns + TILE_ROWS - 1) / TILE_ROWS;
    const bool far = tile.flags & CNN_CONV_FAR;
    tile.last = outputs - (vectors - 1) * VEC;
    for (int64_t row = 0; row < loop->rows; row++)
        for (int64_t piece = 0; piece < pieces; piece++) {
            int64_t first = loop->columns * piece / pieces, end = loop->columns * (piece + 1) / pieces;
            conv_tile here = tile;
            here.x += row * loop->x_row + first * loop->x_column;
            here.y += row * loop->y_row + first * loop->y_column;
            conv_instances[end - first - 1][vectors - 1][far][tile.last == VEC](&here);
        }
}

/* Rows that follow each other without a gap, on both sides, are one long row: fuller tiles. */
static cnn_conv_loop join_rows(const cnn_conv_loop *loop) {
    cnn_conv_loop joined = *loop;
    if (loop->x_row == loop->columns * loop->x_column && loop->y_row == loop->columns * loop->y_column) {
        joined.columns *= loop->rows;
        joined.rows = 1;
    }
    return joined;
}

enum { MAX_JOINED_TAPS = 64 };

/* Whether every `run` taps, one after the other, read what lies side by side. */
static bool are_runs(const cnn_conv_loop *loop, int64_t run) {
    for (int64_t t = 0; t < loop->taps; t++)
        if (loop->tap[t] != loop->tap[t - t % run] + t % run * loop->inputs)
            return false;
    return true;
}

/* Taps that read what lies side by side, as those of a row do where it has no dilation, are one with more inputs: longer
 * inner loops, which matters where there are few channels. `taps` is where the others' offsets go. */
static cnn_conv_loop join_taps(const cnn_conv_loop *loop, int64_t taps[MAX_JOINED_TAPS]) {
    cnn_conv_loop joined = *loop;
    int64_t run = 1;
    while (run < loop->taps && loop->tap[run] == loop->tap[0] + run * loop->inputs)
        run++;
    if (run == 1 || loop->taps % run || loop->taps / run > MAX_JOINED_TAPS || !are_runs(loop, run))
        return joined;
    for (int64_t t = 0; t < loop->taps / run; t++)
        taps[t] = loop->tap[t * run];
    joined.taps = loop->taps / run;
    joined.inputs = loop->inputs * run;
    joined.tap = taps;
    return joined;
}

static void kernel_conv(const cnn_conv_loop *given, const float *x, const float *w, const float *bias,
                        int flags, float *y) {
    enum { BLOCK = TILE_VECTORS * VEC };
    int64_t taps[MAX_JOINED_TAPS];
    const cnn_conv_loop rows_joined = join_rows(given), joined = join_taps(&rows_joined, taps),
                        *loop = &joined;
    /* Before the number of positions is looked at, so that sums never depend on it. */
    if (has_few_outputs(loop)) {
        conv_dot(loop, x, w, bias, flags, y);
        return;
    }
    if (loop->outputs <= half_width.outputs) {
        half_width.conv(given, x, w, bias, flags, y);
        return;
    }
    if (loop->rows * loop->columns == 1) {
        conv_position(loop, x, w, bias, flags, y);
        return;
    }
    for (int64_t o = 0; o < loop->outputs; o += BLOCK) {
        conv_tile tile = {
            .loop = loop, .x = x, .w = w + o, .bias = bias ? bias + o : NULL, .y = y + o, .flags = flags};
        conv_block(tile, loop->outputs - o < BLOCK ? loop->outputs - o : BLOCK);
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
