/* A tile of sums in registers, TILE_ROWS x TILE_VECTORS vectors at most: broadcast one input, multiply it with vectors of
 * neighbouring outputs. A tile's size is a constant in each instance, so that the compiler unrolls it completely; a table of
 * instances holds one for every size. */
#ifndef CNN_KERNELS_CONV_TILE_H
#define CNN_KERNELS_CONV_TILE_H

#include "base/numbers.h"
#include "kernels/conv/loop.h"
#include "kernels/isa/tile.h"

/* ---- Sums for `rows` neighbouring output positions ---------------------------------------------------- */

typedef struct conv_tile {
    const cnn_conv_loop *loop;
    const float *x, *w, *bias;
    float *y;
    int flags;
    int64_t last;  /* elements in the last vector */
    int64_t tiles; /* of the same size, one after another in a row: this one is the first */
    const float *ahead;  /* weights that are read next ... */
    int64_t ahead_lines; /* ... as many of which are prefetched with each line of inputs */
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

/* What an input gives a sum: added to it; in the place of one that would begin with 0; or an input is a pair of numbers in
 * bfloat16, and both products are added. */
typedef enum product_way { ADDED, FIRST, PAIR_ADDED } product_way;

/* The sum with the other part of it. */
TILE_INLINE vec with_part(vec sum, vec part, const product_way way) {
    return way == PAIR_ADDED ? vec_bf16_add(sum, part) : vec_add(sum, part);
}

/* The sums within their bounds, rounded to pairs in y, or added to those there before. */
TILE_INLINE void conv_finish_pairs(const conv_tile *t, vec sum[][TILE_VECTORS], int rows, const int vectors,
                                   const bool partial) {
    const vec lower = lower_bound(t->flags), upper = upper_bound(t->flags, t->loop->limit);
    const int64_t pairs = ((vectors - 1) * VEC + (partial ? t->last : VEC)) / 2;
    UNROLL_FOR(r, rows) {
        float *y = t->y + r * t->loop->y_column;
        vec both[2] = {sum[r][0], vectors > 1 ? sum[r][TILE_VECTORS - 1] : vec_set(0)};
        if (t->flags & CNN_CONV_ADD) {
            vec second;
            const vec first = vec_bf16_widen(load_some(y, pairs), &second);
            both[0] = vec_bf16_add(both[0], first);
            both[1] = vec_bf16_add(both[1], second);
        }
        UNROLL_FOR(v, vectors)
            both[v] = vec_min(upper, vec_max(lower, both[v]));
        store_some(y, pairs, vec_bf16_round(both[0], both[1]));
    }
}

/* The sums within their bounds, into y or added to it. */
TILE_INLINE void conv_finish(const conv_tile *t, vec sum[][TILE_VECTORS], int rows, int vectors, bool partial,
                             const product_way way) {
    if (way == PAIR_ADDED && t->flags & CNN_CONV_PAIRS) {
        conv_finish_pairs(t, sum, rows, vectors, partial);
        return;
    }
    int flags = t->flags;
    OPAQUE(flags); /* so that no bound is in a register before the sums are done */
    const vec lower = lower_bound(flags), upper = upper_bound(flags, t->loop->limit);
    if (flags & CNN_CONV_ADD)
        UNROLL_FOR(r, rows)
            UNROLL_FOR(v, vectors)
                sum[r][v] = with_part(
                    sum[r][v], tile_load(t->y + r * t->loop->y_column, v, vectors, partial, t->last), way);
    UNROLL_FOR(r, rows)
        UNROLL_FOR(v, vectors)
            tile_store(t->y + r * t->loop->y_column, v, vectors, partial, t->last,
                       vec_min(upper, vec_max(lower, sum[r][v])));
}

/* A pointer for every few rows: with one for all, each row's offset would want a register, which are fewer than rows. */
enum { POINTER_ROWS = 5, ROW_POINTERS = (TILE_ROWS + POINTER_ROWS - 1) / POINTER_ROWS };

TILE_INLINE vec with_product(vec sum, vec value, vec weight, const product_way way) {
    switch (way) {
    case FIRST:
        return vec_mul(value, weight);
    case PAIR_ADDED:
        return vec_bf16_dot(value, weight, sum);
    default:
        return vec_fma(value, weight, sum);
    }
}

/* What one input of each row gives a tile's sums. Moves the `pointers` on to the next input. `last` as in a conv_tile. */
TILE_INLINE void multiply_input(vec sum[][TILE_VECTORS], const float *x[], const int pointers, int64_t x_row,
                                const float *w, const int rows, const int vectors, const bool partial,
                                int64_t last, const product_way way) {
    vec weight[TILE_VECTORS];
    UNROLL_FOR(v, vectors)
        weight[v] = tile_load(w, v, vectors, partial, last);
    UNROLL_FOR(r, rows) {
        const vec value = vec_set(x[r / POINTER_ROWS][r % POINTER_ROWS * x_row]);
        UNROLL_FOR(v, vectors)
            sum[r][v] = with_product(sum[r][v], value, weight[v], way);
    }
    UNROLL_FOR(k, pointers) {
        x[k]++;
        OPAQUE(x[k]);
    }
}

/* Weights of so many inputs are on their way to the first cache, which holds a tile's inputs besides: that far ahead the processor
 * does not prefetch by itself. */
enum { INPUTS_AHEAD = 8 };
TILE_INLINE void prefetch_weights(const float *w, const int vectors) {
    UNROLL_LOOP(int o = 0; o < vectors * VEC; o += LINE)
        __builtin_prefetch(w + o);
}

/* Add to a tile's sums what `inputs` neighbouring inputs give, of rows that are x_row floats apart. */
TILE_INLINE void multiply_rows(vec sum[][TILE_VECTORS], const float *from, int64_t x_row, int64_t inputs,
                               const float *w, int64_t w_row, const int rows, const int vectors,
                               const bool partial, int64_t last, const product_way way) {
    const float *x[ROW_POINTERS];
    UNROLL_FOR(k, ROW_POINTERS)
        x[k] = from + cnn_min(rows - 1, k * POINTER_ROWS) * x_row;
    for (int64_t i = 0; i < inputs; i++, w += w_row) {
        prefetch_weights(w + INPUTS_AHEAD * w_row, vectors);
        multiply_input(sum, x, ROW_POINTERS, x_row, w, rows, vectors, partial, last, way);
    }
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

/* The next lines of the weights that are read next. */
TILE_INLINE const float *prefetch_ahead(const float *ahead, int64_t lines) {
    for (const float *end = ahead + lines * LINE; ahead < end; ahead += LINE)
        __builtin_prefetch(ahead, 0, 2);
    return ahead;
}

/* The sums, while the next tile's lines and the next weights are prefetched, a few with each line of inputs. Moves t->ahead on. Where they come from memory, the
 * processor does not prefetch them by itself, a store that waits for its line holds up those behind it, and all at once
 * would be more than it can wait for. */
TILE_INLINE void multiply_and_prefetch(conv_tile *t, vec sum[][TILE_VECTORS], const int rows,
                                       const int vectors, const bool partial, const product_way way) {
    const cnn_conv_loop *loop = t->loop;
    const int64_t inputs = loop->inputs, runs = loop->taps * ((inputs + LINE - 1) / LINE);
    const int64_t share = (rows + runs - 1) / runs;
    int64_t prefetched = 0;
    for (int64_t tap = 0; tap < loop->taps; tap++)
        for (int64_t i = 0; i < inputs; i += LINE, prefetched += share) {
            const float *x = t->x + loop->tap[tap] + i;
            prefetch_outputs(t, prefetched, cnn_min(rows, prefetched + share), rows, vectors);
            t->ahead = prefetch_ahead(t->ahead, t->ahead_lines);
            if (loop->taps == 1) /* others have met most of their inputs in the row before */
                prefetch_inputs(x, loop->x_column, rows);
            multiply_rows(sum, x, loop->x_column, cnn_min(LINE, inputs - i),
                          t->w + (tap * inputs + i) * loop->w_row, loop->w_row, rows, vectors, partial,
                          t->last, way);
        }
}

/* One tile, all taps. `far`: its data are uncached, or what is ahead. */
TILE_INLINE void conv_run(conv_tile *t, const int rows, const int vectors, const bool partial,
                          const bool far, const product_way way) {
    const cnn_conv_loop *loop = t->loop;
    const float *w = t->w;
    vec sum[TILE_ROWS][TILE_VECTORS];
    conv_start(t, sum, rows, vectors, partial);
    if (far)
        multiply_and_prefetch(t, sum, rows, vectors, partial, way);
    else
        for (int64_t tap = 0; tap < loop->taps; tap++, w += loop->inputs * loop->w_row)
            multiply_rows(sum, t->x + loop->tap[tap], loop->x_column, loop->inputs, w, loop->w_row, rows,
                          vectors, partial, t->last, way);
    conv_finish(t, sum, rows, vectors, partial, way);
}

/* All tiles that follow each other from the first on: entering the code for each would take as long as a few inputs do. */
TILE_INLINE void conv_tiles(const conv_tile *first, const int rows, const int vectors, const bool partial,
                            const bool far, const product_way way) {
    conv_tile t = *first;
    for (; t.tiles > 0; t.tiles--) {
        conv_run(&t, rows, vectors, partial, far, way);
        t.x += rows * t.loop->x_column;
        t.y += rows * t.loop->y_column;
    }
}

/* The instances of a kernel for tiles of `rows` rows, and their row in its table: [vectors - 1][far][whole vectors]; a partial
 * vector is not worth instances that prefetch. */
#define CONV_INSTANCE(kernel, rows, vectors, name, partial, far, way)                                        \
    static void kernel##_##rows##_##vectors##_##name(const conv_tile *t) {                                   \
        conv_tiles(t, rows, vectors, partial, far, way);                                                     \
    }
#define CONV_INSTANCES(kernel, rows, way)                                                                    \
    CONV_INSTANCE(kernel, rows, 1, partial, true, false, way)                                                \
    CONV_INSTANCE(kernel, rows, 1, whole, false, false, way)                                                 \
    CONV_INSTANCE(kernel, rows, 1, whole_far, false, true, way)                                              \
    CONV_INSTANCE(kernel, rows, 2, partial, true, false, way)                                                \
    CONV_INSTANCE(kernel, rows, 2, whole, false, false, way)                                                 \
    CONV_INSTANCE(kernel, rows, 2, whole_far, false, true, way)
#define CONV_ROW(kernel, rows)                                                                               \
    {{{kernel##_##rows##_1_partial, kernel##_##rows##_1_whole},                                              \
      {kernel##_##rows##_1_partial, kernel##_##rows##_1_whole_far}},                                         \
     {{kernel##_##rows##_2_partial, kernel##_##rows##_2_whole},                                              \
      {kernel##_##rows##_2_partial, kernel##_##rows##_2_whole_far}}},

typedef void (*conv_instance)(const conv_tile *);
typedef conv_instance conv_row[TILE_VECTORS][2][2];

/* How many lines of the weights behind these, where a caller that goes block by block has the next ones, have to be prefetched
 * with each line of inputs, so that the last tile finds all of them done. Many weights come from far, and few tiles cannot wait for
 * them: 14 positions of AVX-512 read 128 bytes within 14 cycles. Where tiles are many, the first one does not matter. */
TILE_INLINE int64_t lines_ahead(const cnn_conv_loop *loop, int64_t tiles) {
    enum { MAX_TILES = 32 };
    return tiles <= MAX_TILES && loop->w_row == loop->outputs ? (loop->outputs + tiles - 1) / tiles : 0;
}

/* One block of outputs, at most TILE_VECTORS vectors: every row, cut into tiles of nearly equal size, `tile_rows` at most, which
 * is how many rows the table of instances has. */
TILE_INLINE void conv_block(conv_tile tile, int64_t outputs, const conv_row *instances, const int tile_rows) {
    const cnn_conv_loop *loop = tile.loop;
    const int vectors = (int)((outputs + VEC - 1) / VEC);
    tile.last = outputs - (vectors - 1) * VEC;
    const int64_t pieces = (loop->columns + tile_rows - 1) / tile_rows, size = loop->columns / pieces;
    const int64_t larger = loop->columns - size * pieces;
    const int64_t lines = lines_ahead(loop, pieces * loop->rows);
    const int64_t in_tile = lines * LINE * loop->taps * ((loop->inputs + LINE - 1) / LINE);
    const bool far = tile.flags & CNN_CONV_FAR || lines > 0, whole = tile.last == VEC;
    tile.ahead = tile.w + loop->taps * loop->inputs * loop->w_row;
    tile.ahead_lines = lines;
    for (int64_t row = 0; row < loop->rows; row++, tile.x += loop->x_row, tile.y += loop->y_row) {
        conv_tile here = tile;
        here.tiles = larger;
        if (larger > 0)
            instances[size][vectors - 1][far][whole](&here);
        here.ahead += larger * in_tile;
        here.x += larger * (size + 1) * loop->x_column;
        here.y += larger * (size + 1) * loop->y_column;
        here.tiles = pieces - larger;
        instances[size - 1][vectors - 1][far][whole](&here);
        tile.ahead += pieces * in_tile;
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

#endif
