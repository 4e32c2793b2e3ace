/* The gradients of a 3x3 convolution behind a 2x2 max pooling, straight out of the pooled gradient: three in
 * four positions have none, and behind a ReLU many of the others are zero too. Only what is left is worked
 * on.
 *
 * Both kernels first find the gradients that are not zero, in an order that suits the loop that follows, so that this loop
 * keeps its sums in registers and has nothing to decide. */
#ifndef CNN_KERNELS_POOLED_TEMPLATE_H
#define CNN_KERNELS_POOLED_TEMPLATE_H

#include "base/numbers.h"
#include "kernels/isa/tile.h"
#include "kernels/pooled/loop.h"

enum { WINDOW = 4, TAPS = 9 };

/* ---- Gradient of the input ------------------------------------------------------------------------- */

/* Bits of filters in words: where a place in a window has the winner and its gradient is not zero. One position's are
 * marks[place][word]. */
static inline void mark_position(const cnn_pooled_loop *loop, const float *dy, const float *winner,
                                 uint64_t *marks) {
    const int64_t words = cnn_words(loop->filters);
    for (int64_t word = 0; word < words; word++) {
        const int64_t first = word * CNN_WORD_BITS, count = cnn_min(CNN_WORD_BITS, loop->filters - first);
        uint64_t bits[WINDOW] = {0};
        for (int64_t o = 0; o < count; o += VEC) {
            const vec winners = vec_load(winner + first + o);
            const uint64_t some = vec_unequal_bits(vec_load(dy + first + o), vec_set(0));
            UNROLL_FOR(place, WINDOW)
                bits[place] |= (vec_equal_bits(winners, vec_set((float)place)) & some) << o;
        }
        UNROLL_FOR(place, WINDOW)
            marks[place * words + word] = bits[place];
    }
}

/* marks[position][place][word] */
static uint64_t *mark_places(const cnn_pooled_loop *loop, const float *dy, const float *winner,
                             float *scratch) {
    uint64_t *marks = (uint64_t *)(void *)scratch;
    for (int64_t p = 0; p < loop->rows * loop->columns; p++)
        mark_position(loop, dy + p * loop->filters, winner + p * loop->filters,
                      marks + p * WINDOW * cnn_words(loop->filters));
    return marks;
}

/* Add the marked gradients times their filters' 3x3 weights to the sums of the 3x3 positions at a place. */
TILE_INLINE void spread_marked(const uint64_t *marks, int64_t words, const float *dy, const float *w,
                               vec sum[4][4], const int row, const int column) {
    for (int64_t word = 0; word < words; word++)
        for (uint64_t left = marks[word]; left; left &= left - 1) {
            const int64_t filter = word * CNN_WORD_BITS + __builtin_ctzll(left);
            const vec gradient = vec_set(dy[filter]);
            const float *weights = w + filter * TAPS * CNN_POOLED_BLOCK;
            UNROLL_FOR(i, 3)
                UNROLL_FOR(j, 3)
                    sum[row + i][column + j] =
                        vec_fma(gradient, vec_load(weights + (3 * i + j) * CNN_POOLED_BLOCK),
                                sum[row + i][column + j]);
        }
}

/* One pooled position: its window's 3x3 surroundings are 4x4 positions of the input, of which those before it in the row
 * and in the rows above have sums already. */
static void spread_position(const cnn_pooled_loop *loop, const uint64_t *marks, int64_t row, int64_t column,
                            const float *dy, const float *w, float *dx) {
    const int64_t words = cnn_words(loop->filters), position = row * loop->columns + column;
    const bool first[2][2] = {{row == 0 && column == 0, row == 0}, {column == 0, true}}; /* of each quarter */
    vec sum[4][4];
    dy += position * loop->filters;
    marks += position * WINDOW * words;
    UNROLL_FOR(i, 4)
        UNROLL_FOR(j, 4)
            sum[i][j] =
                first[i / 2][j / 2] ? vec_set(0) : vec_load(dx + i * loop->image_row + j * loop->channels);
    UNROLL_FOR(place, WINDOW)
        spread_marked(marks + place * words, words, dy, w, sum, place / 2, place % 2);
    UNROLL_FOR(i, 4)
        UNROLL_FOR(j, 4)
            vec_store(dx + i * loop->image_row + j * loop->channels, sum[i][j]);
}

static void kernel_pooled_input_gradient(const cnn_pooled_loop *loop, const float *dy, const float *winner,
                                         const float *w, float *scratch, float *dx) {
    const uint64_t *marks = mark_places(loop, dy, winner, scratch);
    for (int64_t c = 0; c < loop->channels; c += VEC) {
        const int64_t block = c / CNN_POOLED_BLOCK * CNN_POOLED_BLOCK;
        const float *weights = w + block * loop->filters * TAPS + (c - block);
        for (int64_t row = 0; row < loop->rows; row++)
            for (int64_t column = 0; column < loop->columns; column++)
                spread_position(loop, marks, row, column, dy, weights,
                                dx + 2 * row * loop->image_row + 2 * column * loop->channels + c);
    }
}

/* ---- Gradient of the weights ----------------------------------------------------------------------- */

/* Some pooled rows, whose input stays in the first-level cache while all filters go over it. A place is where the kernel's
 * first element meets the input: a position, row by row, reckoned as a float, in vectors, and kept as an integer. */
typedef struct pooled_band {
    int64_t positions, padded; /* padded: to whole vectors */
    cnn_pooled_maps maps, next;
    int64_t x_share, map_share; /* floats of the next band's maps to prefetch with each filter */
    float *corners;             /* [padded]: the places where the pooled positions' windows begin */
    /* Of VEC filters: */
    uint64_t *marks;  /* [filter][word of positions]: where the gradient is not zero */
    float *gradients; /* [filter][padded] */
    int32_t *places;  /* [filter][padded] */
} pooled_band;

/* Positions in a row of x, padding included. */
static inline int64_t row_positions(const cnn_pooled_loop *loop) {
    return loop->image_row / loop->channels;
}

/* Where the windows of the pooled positions begin, the same for each filter. */
static void find_corners(const cnn_pooled_loop *loop, const pooled_band *band) {
    for (int64_t p = 0; p < band->padded; p++)
        band->corners[p] = (float)(2 * (p / loop->columns * row_positions(loop) + p % loop->columns));
}

/* Gradients and places of VEC positions, from one vector a position to one vector a filter. Positions behind
 * the band's last get no gradients. Returns the sum of all. */
static inline vec transpose_positions(const cnn_pooled_loop *loop, const pooled_band *band, int64_t first,
                                      int64_t filter) {
    const vec below = vec_set((float)(row_positions(loop) - 2));
    vec places[VEC], gradients[VEC], sum = vec_set(0);
    for (int64_t i = 0; i < VEC; i++) {
        const bool inside = first + i < band->positions;
        const int64_t at = (inside ? first + i : 0) * loop->filters + filter;
        const vec winner = inside ? vec_load(band->maps.winner + at) : vec_set(cnn_pooled_closed);
        gradients[i] =
            vec_if_equal(winner, vec_set(cnn_pooled_closed), vec_set(0), vec_load(band->maps.dy + at));
        places[i] = vec_add(vec_add(winner, vec_set(band->corners[first + i])),
                            vec_if_greater(winner, vec_set(1), below, vec_set(0)));
        sum = vec_add(sum, gradients[i]);
    }
    vec_transpose(places);
    vec_transpose(gradients);
    for (int64_t i = 0; i < VEC; i++) {
        vec_store_whole(band->places + i * band->padded + first, places[i]);
        vec_store(band->gradients + i * band->padded + first, gradients[i]);
        band->marks[i * cnn_words(band->padded) + first / CNN_WORD_BITS] |=
            (uint64_t)vec_unequal_bits(gradients[i], vec_set(0)) << first % CNN_WORD_BITS;
    }
    return sum;
}

/* Add the `number`-th filter's gradients times the 3x3 inputs they meet to its weights, `vectors` of channels at a time. */
TILE_INLINE void gather_marked(const cnn_pooled_loop *loop, const pooled_band *band, int64_t number,
                               const float *x, float *dw, const int vectors) {
    const int64_t words = cnn_words(band->padded);
    const float *gradients = band->gradients + number * band->padded;
    const int32_t *places = band->places + number * band->padded;
    vec sum[TAPS][2];
    UNROLL_FOR(t, TAPS)
        UNROLL_FOR(v, vectors)
            sum[t][v] = vec_load(dw + t * loop->channels + v * VEC);
    for (int64_t word = 0; word < words; word++)
        for (uint64_t left = band->marks[number * words + word]; left; left &= left - 1) {
            const int64_t position = word * CNN_WORD_BITS + __builtin_ctzll(left);
            const vec gradient = vec_set(gradients[position]);
            const float *corner = x + places[position] * loop->channels;
            const float *row[3] = {corner, corner + loop->image_row, corner + 2 * loop->image_row};
            UNROLL_FOR(t, TAPS)
                UNROLL_FOR(v, vectors)
                    sum[t][v] =
                        vec_fma(gradient, vec_load(row[t / 3] + t % 3 * loop->channels + v * VEC), sum[t][v]);
        }
    UNROLL_FOR(t, TAPS)
        UNROLL_FOR(v, vectors)
            vec_store(dw + t * loop->channels + v * VEC, sum[t][v]);
}

/* One filter, all channels. */
static void gather_filter(const cnn_pooled_loop *loop, const pooled_band *band, int64_t number, float *dw) {
    const float *x = band->maps.x;
    int64_t c = 0;
    for (; c + POOLED_VECTORS * VEC <= loop->channels; c += POOLED_VECTORS * VEC)
        gather_marked(loop, band, number, x + c, dw + c, POOLED_VECTORS);
    for (; c < loop->channels; c += VEC)
        gather_marked(loop, band, number, x + c, dw + c, 1);
}

/* One filter's share of what the next band reads: it was written in the forward pass and has left the nearer caches, and
 * sums read it in an order that the processor does not predict. (Always inline: GCC takes calls of what only prefetches to have
 * no effect and leaves them out.) */
TILE_INLINE void prefetch_share(const pooled_band *band, int64_t filter) {
    const float *x = band->next.x + filter * band->x_share;
    const float *dy = band->next.dy + filter * band->map_share;
    const float *winner = band->next.winner + filter * band->map_share;
    for (int64_t i = 0; i < band->x_share; i += LINE)
        __builtin_prefetch(x + i, 0, 2);
    for (int64_t i = 0; i < band->map_share; i += LINE) {
        __builtin_prefetch(dy + i, 0, 2);
        __builtin_prefetch(winner + i, 0, 2);
    }
}

/* VEC filters, from `filter` on. */
static void gather_band(const cnn_pooled_loop *loop, const pooled_band *band, int64_t filter, float *dw,
                        float *bias) {
    vec sum = vec_set(0);
    memset(band->marks, 0, (size_t)(VEC * cnn_words(band->padded)) * sizeof *band->marks);
    for (int64_t first = 0; first < band->positions; first += VEC)
        sum = vec_add(sum, transpose_positions(loop, band, first, filter));
    if (bias)
        vec_store(bias + filter, vec_add(vec_load(bias + filter), sum));
    for (int64_t i = 0; i < VEC; i++) {
        prefetch_share(band, filter + i);
        gather_filter(loop, band, i, dw + (filter + i) * TAPS * loop->channels);
    }
}

/* From a pooled row on. */
static cnn_pooled_maps maps_at(const cnn_pooled_loop *loop, cnn_pooled_maps maps, int64_t row) {
    const int64_t at = row * loop->columns * loop->filters;
    return (cnn_pooled_maps){maps.x + 2 * row * loop->image_row, maps.dy + at, maps.winner + at};
}

/* The band that begins at pooled row `first`, its arrays in `scratch`. */
static pooled_band band_at(const cnn_pooled_loop *loop, cnn_pooled_maps maps, int64_t first, float *scratch) {
    const int64_t end = first + cnn_min(CNN_POOLED_BAND, loop->rows - first);
    const int64_t positions = (end - first) * loop->columns, padded = (positions + VEC - 1) / VEC * VEC;
    const bool is_last = end == loop->rows, prefetches = !is_last || loop->next.x;
    const int64_t x_rows = prefetches ? 2 * CNN_POOLED_BAND + 2 : 0;
    float *corners = scratch + 2 * VEC * cnn_words(padded), *gradients = corners + padded;
    return (pooled_band){.positions = positions,
                         .padded = padded,
                         .maps = maps_at(loop, maps, first),
                         .next = is_last ? loop->next : maps_at(loop, maps, end),
                         .x_share = x_rows * loop->image_row / loop->filters,
                         .map_share = prefetches ? CNN_POOLED_BAND * loop->columns : 0,
                         .corners = corners,
                         .marks = (uint64_t *)(void *)scratch,
                         .gradients = gradients,
                         .places = (int32_t *)(void *)(gradients + VEC * padded)};
}

static void kernel_pooled_weight_gradient(const cnn_pooled_loop *loop, const float *x, const float *dy,
                                          const float *winner, float *scratch, float *dw, float *bias) {
    for (int64_t first = 0; first < loop->rows; first += CNN_POOLED_BAND) {
        const pooled_band band = band_at(loop, (cnn_pooled_maps){x, dy, winner}, first, scratch);
        find_corners(loop, &band);
        for (int64_t filter = 0; filter < loop->filters; filter += VEC)
            gather_band(loop, &band, filter, dw, bias);
    }
}

#endif
