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

/* What a tile prefetches, which is a constant of each instance as its size is. */
typedef enum tile_kind {
    PARTIAL_TILE, /* nothing, with a partial vector of outputs, which is not worth more instances */
    CACHED_TILE,  /* nothing: its weights are few, and stay in the first cache */
    NEAR_TILE,    /* weights into the first cache */
    FAR_TILE,     /* besides, the next tile's lines and the weights that are read next */
    TILE_KINDS
} tile_kind;

typedef struct conv_tile {
    const cnn_conv_loop *loop;
    const float *x, *w, *bias;
    float *y;
    tile_places in_x, in_y;
    tile_kind kind;
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
                               const tile_kind kind, int64_t last, const product_way way) {
    const bool partial = kind == PARTIAL_TILE;
    const float *x[RUNS] = {from, rows > RUN_ROWS ? from + in_x.run : from};
    for (int64_t i = 0; i < inputs; i++, w += w_row) {
        if (kind >= NEAR_TILE)
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
                                       const int vectors, const product_way way) {
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
                          loop->w_row, rows, vectors, FAR_TILE, t->last, way);
        }
}

/* One tile, all taps. */
TILE_INLINE void conv_run(conv_tile *t, const int rows, const int vectors, const tile_kind kind,
                          const product_way way) {
    const cnn_conv_loop *loop = t->loop;
    const bool partial = kind == PARTIAL_TILE;
    const float *w = t->w;
    vec sum[TILE_ROWS][TILE_VECTORS];
    conv_start(t, sum, rows, vectors, partial);
    if (kind == FAR_TILE)
        multiply_and_prefetch(t, sum, rows, vectors, way);
    else
        for (int64_t tap = 0; tap < loop->taps; tap++, w += loop->inputs * loop->w_row)
            multiply_rows(sum, t->x + loop->tap[tap], t->in_x, loop->inputs, w, loop->w_row, rows, vectors,
                          kind, t->last, way);
    conv_finish(t, sum, rows, vectors, partial, way);
}

/* All tiles that follow each other, from the first on, behind which `t` moves: entering the code for each would take as long as a
 * few inputs do. */
TILE_INLINE void conv_tiles(conv_tile *t, const int rows, const int vectors, const tile_kind kind,
                            const product_way way) {
    for (; t->tiles > 0; t->tiles--) {
        conv_run(t, rows, vectors, kind, way);
        t->x += t->in_x.tile;
        t->y += t->in_y.tile;
    }
}

/* The instances of a kernel for tiles of `rows` rows, and their row in its table: [vectors - 1][kind]. Where nothing can be
 * prefetched, those that would are the others. */
#define CONV_INSTANCE(kernel, rows, vectors, name, kind, way)                                                \
    static void kernel##_##rows##_##vectors##_##name(conv_tile *t) {                                         \
        conv_tiles(t, rows, vectors, kind, way);                                                             \
    }
#ifdef VEC_PREFETCHES
#define PREFETCHING_INSTANCES(kernel, rows, vectors, way)                                                    \
    CONV_INSTANCE(kernel, rows, vectors, near, NEAR_TILE, way)                                               \
    CONV_INSTANCE(kernel, rows, vectors, far, FAR_TILE, way)
#define PREFETCHING_NAMES(kernel, rows, vectors)                                                             \
    kernel##_##rows##_##vectors##_near, kernel##_##rows##_##vectors##_far
#else
#define PREFETCHING_INSTANCES(kernel, rows, vectors, way)
#define PREFETCHING_NAMES(kernel, rows, vectors)                                                             \
    kernel##_##rows##_##vectors##_cached, kernel##_##rows##_##vectors##_cached
#endif
#define CONV_INSTANCES_OF(kernel, rows, vectors, way)                                                        \
    CONV_INSTANCE(kernel, rows, vectors, partial, PARTIAL_TILE, way)                                         \
    CONV_INSTANCE(kernel, rows, vectors, cached, CACHED_TILE, way)                                           \
    PREFETCHING_INSTANCES(kernel, rows, vectors, way)
#define CONV_INSTANCES(kernel, rows, way)                                                                    \
    CONV_INSTANCES_OF(kernel, rows, 1, way) CONV_INSTANCES_OF(kernel, rows, 2, way)
#define CONV_NAMES(kernel, rows, vectors)                                                                    \
    {                                                                                                        \
        kernel##_##rows##_##vectors##_partial, kernel##_##rows##_##vectors##_cached,                         \
            PREFETCHING_NAMES(kernel, rows, vectors)                                                         \
    }
#define CONV_ROW(kernel, rows) {CONV_NAMES(kernel, rows, 1), CONV_NAMES(kernel, rows, 2)},

typedef void (*conv_instance)(conv_tile *);
typedef conv_instance conv_row[TILE_VECTORS][TILE_KINDS];

#endif
