/* A tile of sums in registers, TILE_ROWS x TILE_VECTORS vectors at most: broadcast one input, multiply it with vectors of
 * neighbouring outputs. A tile's size is a constant in each instance, so that the compiler unrolls it completely; a table of
 * instances holds one for every size. */
#ifndef CNN_KERNELS_CONV_TILE_H
#define CNN_KERNELS_CONV_TILE_H

#include "base/numbers.h"
#include "kernels/conv/loop.h"
#include "kernels/isa/tile.h"

/* ---- Sums for `rows` neighbouring output positions ---------------------------------------------------- */

/* A tile's rows are two runs of so many at most, with a pointer for each: with one for all, each row's offset would want a register,
 * which are fewer than rows. */
enum { RUN_ROWS = HALVED_ROWS, RUNS = 2 };
_Static_assert(RUNS *RUN_ROWS == TILE_ROWS, "two runs are a whole tile");

/* Where rows of x or y lie, in floats: from one to the next within a run, from the first run to the second one, from a tile
 * to the next. */
typedef struct tile_places {
    int64_t row, run, tile;
} tile_places;

/* One row behind the other. */
TILE_INLINE tile_places in_a_row(int64_t row, int64_t rows) {
    return (tile_places){row, RUN_ROWS * row, rows * row};
}

/* From a tile's first row to row r. */
TILE_INLINE int64_t place_of(tile_places at, const int r) {
    return r < RUN_ROWS ? r * at.row : at.run + (r - RUN_ROWS) * at.row;
}

typedef struct conv_tile {
    const cnn_conv_loop *loop;
    const float *x, *w, *bias;
    float *y;
    tile_places in_x, in_y;
    int flags;
    int64_t last;        /* elements in the last vector */
    int64_t tiles;       /* of the same size, one after another: this one is the first */
    const float *ahead;  /* weights that are read next ... */
    int64_t ahead_lines; /* ... as many of which are prefetched with each line of inputs, */
    int64_t ahead_rows;  /* and of the next tile's outputs */
} conv_tile;

/* From row r of a tile's outputs to the next one, step by step: a place for each would want registers. */
TILE_INLINE float *next_row(const conv_tile *t, float *y, const int r) {
    return r + 1 == RUN_ROWS ? t->y + t->in_y.run : y + t->in_y.row;
}
#define FOR_OUTPUTS(r, y, t, rows)                                                                           \
    float *y = (t)->y;                                                                                       \
    UNROLL_LOOP(int r = 0; r < (rows); y = next_row(t, y, r), r++)

/* The sums of a tile before the first product: y, the bias or 0. */
TILE_INLINE void conv_start(const conv_tile *t, vec sum[][TILE_VECTORS], int rows, int vectors,
                            bool partial) {
    if (t->flags & CNN_CONV_ACCUMULATE) {
        FOR_OUTPUTS(r, y, t, rows)
        UNROLL_FOR(v, vectors)
            sum[r][v] = tile_load(y, v, vectors, partial, t->last);
        return;
    }
    UNROLL_FOR(v, vectors) {
        const vec start = t->bias ? tile_load(t->bias, v, vectors, partial, t->last) : vec_set(0);
        UNROLL_FOR(r, rows)
            sum[r][v] = start;
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
    int flags = t->flags;
    OPAQUE(flags); /* as in conv_finish */
    const vec lower = lower_bound(flags), upper = upper_bound(flags, t->loop->limit);
    const int64_t pairs = ((vectors - 1) * VEC + (partial ? t->last : VEC)) / 2;
    FOR_OUTPUTS(r, y, t, rows) {
        vec both[2] = {sum[r][0], vectors > 1 ? sum[r][TILE_VECTORS - 1] : vec_set(0)};
        if (flags & CNN_CONV_ADD) {
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
    if (flags & CNN_CONV_ADD) {
        FOR_OUTPUTS(r, y, t, rows)
        UNROLL_FOR(v, vectors)
            sum[r][v] = with_part(sum[r][v], tile_load(y, v, vectors, partial, t->last), way);
    }
    FOR_OUTPUTS(r, y, t, rows)
    UNROLL_FOR(v, vectors)
        tile_store(y, v, vectors, partial, t->last, vec_min(upper, vec_max(lower, sum[r][v])));
}

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

/* What one input of each row gives a tile's sums. Moves the runs' pointers on to the next input. `last` as in a conv_tile. */
TILE_INLINE void multiply_input(vec sum[][TILE_VECTORS], const float *x[], int64_t x_row, const float *w,
                                const int rows, const int vectors, const bool partial, int64_t last,
                                const product_way way) {
    vec weight[TILE_VECTORS];
    UNROLL_FOR(v, vectors)
        weight[v] = tile_load(w, v, vectors, partial, last);
    UNROLL_FOR(r, rows) {
        const vec value = vec_set(x[r / RUN_ROWS][r % RUN_ROWS * x_row]);
        UNROLL_FOR(v, vectors)
            sum[r][v] = with_product(sum[r][v], value, weight[v], way);
    }
    UNROLL_FOR(k, (rows + RUN_ROWS - 1) / RUN_ROWS) {
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

/* Add to a tile's sums what `inputs` neighbouring inputs give. */
TILE_INLINE void multiply_rows(vec sum[][TILE_VECTORS], const float *from, tile_places in_x, int64_t inputs,
                               const float *w, int64_t w_row, const int rows, const int vectors,
                               const bool partial, int64_t last, const product_way way) {
    const float *x[RUNS] = {from, rows > RUN_ROWS ? from + in_x.run : from};
    for (int64_t i = 0; i < inputs; i++, w += w_row) {
        prefetch_weights(w + INPUTS_AHEAD * w_row, vectors);
        multiply_input(sum, x, in_x.row, w, rows, vectors, partial, last, way);
    }
}

/* Rows `row` to `end` of the next tile's outputs. */
TILE_INLINE void prefetch_outputs(const conv_tile *t, int64_t row, int64_t end, const int vectors) {
    for (; row < end; row++)
        UNROLL_LOOP(int o = 0; o < vectors * VEC; o += LINE)
            __builtin_prefetch(t->y + t->in_y.tile + place_of(t->in_y, (int)row) + o, 1);
}

/* One line of inputs of each row of the next tile. */
TILE_INLINE void prefetch_inputs(const float *x, tile_places in_x, const int rows) {
    UNROLL_FOR(r, rows)
        __builtin_prefetch(x + in_x.tile + place_of(in_x, r), 0, 2);
}

/* The next lines of the weights that are read next. */
TILE_INLINE const float *prefetch_ahead(const float *ahead, int64_t lines) {
    for (const float *end = ahead + lines * LINE; ahead < end; ahead += LINE)
        __builtin_prefetch(ahead, 0, 2);
    return ahead;
}

/* Of all taps: what is prefetched goes with them. */
TILE_INLINE int64_t lines_of_inputs(const cnn_conv_loop *loop) {
    return loop->taps * cnn_ceil_div(loop->inputs, LINE);
}

/* The sums, while the next tile's lines and the next weights are prefetched, a few with each line of inputs. Where they come from
 * memory, the processor does not prefetch them by itself, a store that waits for its line holds up those behind it, and all at
 * once would be more than it can wait for. Moves t->ahead on. */
TILE_INLINE void multiply_and_prefetch(conv_tile *t, vec sum[][TILE_VECTORS], const int rows,
                                       const int vectors, const bool partial, const product_way way) {
    const cnn_conv_loop *loop = t->loop;
    const int64_t inputs = loop->inputs, share = t->ahead_rows;
    int64_t prefetched = 0;
    for (int64_t tap = 0; tap < loop->taps; tap++)
        for (int64_t i = 0; i < inputs; i += LINE, prefetched += share) {
            const float *x = t->x + loop->tap[tap] + i;
            prefetch_outputs(t, prefetched, cnn_min(rows, prefetched + share), vectors);
            t->ahead = prefetch_ahead(t->ahead, t->ahead_lines);
            if (loop->taps == 1) /* others have met most of their inputs in the row before */
                prefetch_inputs(x, t->in_x, rows);
            multiply_rows(sum, x, t->in_x, cnn_min(LINE, inputs - i), t->w + (tap * inputs + i) * loop->w_row,
                          loop->w_row, rows, vectors, partial, t->last, way);
        }
}

/* One tile, all taps. `far`: its data are uncached, or what is ahead. */
TILE_INLINE void conv_run(conv_tile *t, const int rows, const int vectors, const bool partial, const bool far,
                          const product_way way) {
    const cnn_conv_loop *loop = t->loop;
    const float *w = t->w;
    vec sum[TILE_ROWS][TILE_VECTORS];
    conv_start(t, sum, rows, vectors, partial);
    if (far)
        multiply_and_prefetch(t, sum, rows, vectors, partial, way);
    else
        for (int64_t tap = 0; tap < loop->taps; tap++, w += loop->inputs * loop->w_row)
            multiply_rows(sum, t->x + loop->tap[tap], t->in_x, loop->inputs, w, loop->w_row, rows, vectors,
                          partial, t->last, way);
    conv_finish(t, sum, rows, vectors, partial, way);
}

/* All tiles that follow each other from the first on: entering the code for each would take as long as a few inputs do. */
TILE_INLINE void conv_tiles(const conv_tile *first, const int rows, const int vectors, const bool partial,
                            const bool far, const product_way way) {
    conv_tile t = *first;
    for (; t.tiles > 0; t.tiles--) {
        conv_run(&t, rows, vectors, partial, far, way);
        t.x += t.in_x.tile;
        t.y += t.in_y.tile;
    }
}

/* The instances of a kernel for tiles of `rows` rows, and their row in its table: [vectors - 1][far][whole vectors]; a partial
 * vector is not worth instances that prefetch. */
#define CONV_INSTANCE(kernel, rows, vectors, name, partial, far, way)                                        \
    static void kernel##_##rows##_##vectors##_##name(const conv_tile *t) {                                   \
        conv_tiles(t, rows, vectors, partial, far, way);                                                     \
    }
#ifdef VEC_PREFETCHES
#define FAR_INSTANCE(kernel, rows, vectors, way)                                                             \
    CONV_INSTANCE(kernel, rows, vectors, whole_far, false, true, way)
#define FAR_NAME(kernel, rows, vectors) kernel##_##rows##_##vectors##_whole_far
#else
#define FAR_INSTANCE(kernel, rows, vectors, way)
#define FAR_NAME(kernel, rows, vectors) kernel##_##rows##_##vectors##_whole
#endif
#define CONV_INSTANCES(kernel, rows, way)                                                                    \
    CONV_INSTANCE(kernel, rows, 1, partial, true, false, way)                                                \
    CONV_INSTANCE(kernel, rows, 1, whole, false, false, way)                                                 \
    FAR_INSTANCE(kernel, rows, 1, way)                                                                       \
    CONV_INSTANCE(kernel, rows, 2, partial, true, false, way)                                                \
    CONV_INSTANCE(kernel, rows, 2, whole, false, false, way)                                                 \
    FAR_INSTANCE(kernel, rows, 2, way)
#define CONV_ROW(kernel, rows)                                                                               \
    {{{kernel##_##rows##_1_partial, kernel##_##rows##_1_whole},                                              \
      {kernel##_##rows##_1_partial, FAR_NAME(kernel, rows, 1)}},                                             \
     {{kernel##_##rows##_2_partial, kernel##_##rows##_2_whole},                                              \
      {kernel##_##rows##_2_partial, FAR_NAME(kernel, rows, 2)}}},

typedef void (*conv_instance)(const conv_tile *);
typedef conv_instance conv_row[TILE_VECTORS][2][2];

/* How many lines of the weights behind these, where a caller that goes block by block has the next ones, have to be prefetched
 * with each line of inputs, so that the last tile finds all of them done. Many weights come from far, and few tiles cannot wait for
 * them: 14 positions of AVX-512 read 128 bytes within 14 cycles. Where tiles are many, the first one does not matter;
 * few weights are cached. */
TILE_INLINE int64_t lines_ahead(const cnn_conv_loop *loop, int64_t tiles) {
    enum { MAX_TILES = 32, MIN_WEIGHTS = 4096 };
    const bool pays = tiles > 0 && tiles <= MAX_TILES && loop->w_row == loop->outputs &&
                      loop->taps * loop->inputs * loop->outputs >= MIN_WEIGHTS;
    return pays ? cnn_ceil_div(loop->outputs, tiles) : 0;
}

/* So many tiles of so many rows, from `tile` on, which moves behind them. */
TILE_INLINE void run_tiles(conv_tile *tile, int64_t tiles, int64_t size, int vectors,
                           const conv_row *instances) {
    const bool far = tile->flags & CNN_CONV_FAR || tile->ahead_lines > 0, whole = tile->last == VEC;
    tile->tiles = tiles;
    if (tiles > 0)
        instances[size - 1][vectors - 1][far][whole](tile);
    tile->x += tiles * tile->in_x.tile;
    tile->y += tiles * tile->in_y.tile;
    tile->ahead += tiles * tile->ahead_lines * LINE * lines_of_inputs(tile->loop);
}

/* A row of the loop, cut into tiles of nearly equal size. */
TILE_INLINE void conv_one_row(conv_tile *tile, int vectors, const conv_row *instances, const int tile_rows) {
    const cnn_conv_loop *loop = tile->loop;
    const int64_t pieces = cnn_ceil_div(loop->columns, tile_rows), size = loop->columns / pieces;
    const int64_t larger = loop->columns - size * pieces;
    conv_tile here = *tile;
    here.in_x = in_a_row(loop->x_column, size + 1);
    here.in_y = in_a_row(loop->y_column, size + 1);
    run_tiles(&here, larger, size + 1, vectors, instances);
    here.in_x = in_a_row(loop->x_column, size);
    here.in_y = in_a_row(loop->y_column, size);
    run_tiles(&here, pieces - larger, size, vectors, instances);
    tile->ahead = here.ahead;
    tile->x += loop->x_row;
    tile->y += loop->y_row;
}

/* The same for two rows at a time that are as long as a run: together they fill a tile. */
TILE_INLINE void conv_row_pairs(conv_tile *tile, int64_t pairs, int vectors, const conv_row *instances) {
    const cnn_conv_loop *loop = tile->loop;
    tile->in_x = (tile_places){loop->x_column, loop->x_row, 2 * loop->x_row};
    tile->in_y = (tile_places){loop->y_column, loop->y_row, 2 * loop->y_row};
    run_tiles(tile, pairs, TILE_ROWS, vectors, instances);
}

/* One block of outputs, at most TILE_VECTORS vectors, in tiles of `tile_rows` rows at most, which is how many the table of
 * instances has. */
TILE_INLINE void conv_block(conv_tile tile, int64_t outputs, const conv_row *instances, const int tile_rows) {
    const cnn_conv_loop *loop = tile.loop;
    const int vectors = (int)((outputs + VEC - 1) / VEC);
    const int64_t pairs = loop->columns == RUN_ROWS && tile_rows == TILE_ROWS ? loop->rows / 2 : 0;
    const int64_t single = loop->rows - 2 * pairs, in_row = cnn_ceil_div(loop->columns, tile_rows);
    tile.last = outputs - (vectors - 1) * VEC;
    tile.ahead = tile.w + loop->taps * loop->inputs * loop->w_row;
    tile.ahead_lines = lines_ahead(loop, pairs + single * in_row);
    tile.ahead_rows = cnn_ceil_div(tile_rows, cnn_max(1, lines_of_inputs(loop)));
    conv_row_pairs(&tile, pairs, vectors, instances);
    for (int64_t row = 0; row < single; row++)
        conv_one_row(&tile, vectors, instances, tile_rows);
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
