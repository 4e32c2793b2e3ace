/* The gradients of a 3x3 convolution behind a 2x2 max pooling, straight out of the pooled gradient: three in
 * four positions have none, and behind a ReLU many of the others are zero too. Only what is left is worked
 * on.
 *
 * Both kernels first collect the gradients that are not zero into lists whose order suits the loop that
 * follows, so that this loop keeps its sums in registers and has nothing to decide. An entry is a gradient and
 * a key: where it meets its partner. Keys are reckoned as floats, in vectors, and kept as integers. */
#include "kernels/kernels.h"

enum { WINDOW = 4, TAPS = 9 };

/* ---- Gradient of the input ------------------------------------------------------------------------- */

typedef struct position_lists {
    int32_t *keys; /* where the filter's turned weights begin */
    float *gradients;
    int64_t *start; /* of each position's list for each place in the window, and the end of all */
} position_lists;

/* Append the gradients of one position whose winner is at `place`. */
static inline int64_t list_place(const cnn_pooled_loop *loop, const float *dy, const float *winner,
                                 float place, const position_lists *lists, int64_t end) {
    const vec weights = vec_set(TAPS * CNN_POOLED_BLOCK);
    for (int64_t o = 0; o < loop->filters; o += VEC) {
        const vec gradients = vec_load(dy + o), filters = vec_add(whole_numbers(), vec_set((float)o));
        const unsigned bits =
            vec_equal_bits(vec_load(winner + o), vec_set(place)) & vec_unequal_bits(gradients, vec_set(0));
        end = append_listed(lists->keys, lists->gradients, end, bits, vec_mul(filters, weights), gradients);
    }
    return end;
}

static position_lists list_by_place(const cnn_pooled_loop *loop, const float *dy, const float *winner,
                                    float *scratch) {
    const int64_t positions = loop->rows * loop->columns;
    const int64_t most = positions * loop->filters + CNN_POOLED_BLOCK;
    const position_lists lists = {.start = (int64_t *)(void *)scratch,
                                  .keys = (int32_t *)(void *)(scratch + 2 * (WINDOW * positions + 1)),
                                  .gradients = scratch + 2 * (WINDOW * positions + 1) + most};
    lists.start[0] = 0;
    for (int64_t p = 0; p < positions; p++, dy += loop->filters, winner += loop->filters)
        for (int64_t place = 0, list = p * WINDOW; place < WINDOW; place++, list++)
            lists.start[list + 1] = list_place(loop, dy, winner, (float)place, &lists, lists.start[list]);
    return lists;
}

/* Add the listed gradients times their filters' 3x3 weights to the sums of the 3x3 positions at a place. */
TILE_INLINE void spread_list(const position_lists *lists, int64_t list, const float *w, vec sum[4][4],
                             const int row, const int column) {
    for (int64_t e = lists->start[list]; e < lists->start[list + 1]; e++) {
        const vec gradient = vec_set(lists->gradients[e]);
        const float *filter = w + lists->keys[e];
        UNROLL for (int i = 0; i < 3; i++) UNROLL for (int j = 0; j < 3; j++) sum[row + i][column + j] =
            vec_fma(gradient, vec_load(filter + (3 * i + j) * CNN_POOLED_BLOCK), sum[row + i][column + j]);
    }
}

/* One pooled position: its window's 3x3 surroundings are 4x4 positions of the input, of which those before it in the row
 * and in the rows above have sums already. */
static void spread_position(const cnn_pooled_loop *loop, const position_lists *lists, int64_t row,
                            int64_t column, const float *w, float *dx) {
    const int64_t list = (row * loop->columns + column) * WINDOW;
    const bool first[2][2] = {{row == 0 && column == 0, row == 0}, {column == 0, true}}; /* of each quarter */
    vec sum[4][4];
    UNROLL for (int i = 0; i < 4; i++) UNROLL for (int j = 0; j < 4; j++) sum[i][j] =
        first[i / 2][j / 2] ? vec_set(0) : vec_load(dx + i * loop->image_row + j * loop->channels);
    spread_list(lists, list, w, sum, 0, 0);
    spread_list(lists, list + 1, w, sum, 0, 1);
    spread_list(lists, list + 2, w, sum, 1, 0);
    spread_list(lists, list + 3, w, sum, 1, 1);
    UNROLL for (int i = 0; i < 4; i++) UNROLL for (int j = 0; j < 4; j++)
        vec_store(dx + i * loop->image_row + j * loop->channels, sum[i][j]);
}

static void kernel_pooled_input_gradient(const cnn_pooled_loop *loop, const float *dy, const float *winner,
                                         const float *w, float *scratch, float *dx) {
    const position_lists lists = list_by_place(loop, dy, winner, scratch);
    for (int64_t c = 0; c < loop->channels; c += VEC) {
        const int64_t block = c / CNN_POOLED_BLOCK * CNN_POOLED_BLOCK;
        const float *weights = w + block * loop->filters * TAPS + (c - block);
        for (int64_t row = 0; row < loop->rows; row++)
            for (int64_t column = 0; column < loop->columns; column++)
                spread_position(loop, &lists, row, column, weights,
                                dx + 2 * row * loop->image_row + 2 * column * loop->channels + c);
    }
}

/* ---- Gradient of the weights ----------------------------------------------------------------------- */

/* Some pooled rows, whose input stays in the first-level cache while all filters go over it. Places are
 * positions of the input, row by row, that the kernel's first element meets. */
typedef struct pooled_band {
    int64_t positions, most; /* most: positions in whole vectors */
    cnn_pooled_maps maps, next;
    int64_t x_share, map_share; /* floats of the next band's maps to fetch with each filter */
    float *corners;             /* [most]: the places where the pooled positions' windows begin */
    float *places, *gradients;  /* [VEC filters][most] */
} pooled_band;

/* Entries of one filter. */
typedef struct filter_list {
    const int32_t *keys; /* places */
    const float *gradients;
    int64_t count;
} filter_list;

static inline int64_t row_positions(const cnn_pooled_loop *loop) {
    return loop->image_row / loop->channels;
}

static void find_corners(const cnn_pooled_loop *loop, const pooled_band *band) {
    for (int64_t p = 0; p < band->most; p++)
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
        vec_store(band->places + i * band->most + first, places[i]);
        vec_store(band->gradients + i * band->most + first, gradients[i]);
    }
    return sum;
}

/* What is not zero for the `number`-th filter, closed up in its own place. */
static inline filter_list close_up(const pooled_band *band, int64_t number) {
    float *places = band->places + number * band->most, *gradients = band->gradients + number * band->most;
    int32_t *keys = (int32_t *)(void *)places;
    int64_t end = 0;
    for (int64_t i = 0; i < band->positions; i += VEC) {
        const vec gradient = vec_load(gradients + i), place = vec_load(places + i);
        end = append_listed(keys, gradients, end, vec_unequal_bits(gradient, vec_set(0)), place, gradient);
    }
    return (filter_list){keys, gradients, end};
}

/* Add the listed gradients times the 3x3 inputs they meet to a filter's weights, `vectors` of channels at a
 * time. */
TILE_INLINE void gather_list(const cnn_pooled_loop *loop, const filter_list *list, const float *x, float *dw,
                             const int vectors) {
    vec sum[TAPS][2];
    UNROLL for (int t = 0; t < TAPS; t++) UNROLL for (int v = 0; v < vectors; v++) sum[t][v] =
        vec_load(dw + t * loop->channels + v * VEC);
    for (int64_t e = 0; e < list->count; e++) {
        const vec gradient = vec_set(list->gradients[e]);
        const float *corner = x + list->keys[e] * loop->channels;
        const float *row[3] = {corner, corner + loop->image_row, corner + 2 * loop->image_row};
        UNROLL for (int t = 0; t < TAPS; t++) UNROLL for (int v = 0; v < vectors; v++) sum[t][v] =
            vec_fma(gradient, vec_load(row[t / 3] + t % 3 * loop->channels + v * VEC), sum[t][v]);
    }
    UNROLL for (int t = 0; t < TAPS; t++) UNROLL for (int v = 0; v < vectors; v++)
        vec_store(dw + t * loop->channels + v * VEC, sum[t][v]);
}

static void gather_filter(const cnn_pooled_loop *loop, const filter_list *list, const float *x, float *dw) {
    int64_t c = 0;
    for (; c + POOLED_VECTORS * VEC <= loop->channels; c += POOLED_VECTORS * VEC)
        gather_list(loop, list, x + c, dw + c, POOLED_VECTORS);
    for (; c < loop->channels; c += VEC)
        gather_list(loop, list, x + c, dw + c, 1);
}

/* One filter's share of what the next band reads: it was written in the forward pass and has left the nearer caches, and
 * lists read it in an order that the processor does not foresee. (Always inline: GCC takes calls of what only fetches to have
 * no effect and leaves them out.) */
TILE_INLINE void fetch_share(const pooled_band *band, int64_t filter) {
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
    for (int64_t first = 0; first < band->positions; first += VEC)
        sum = vec_add(sum, transpose_positions(loop, band, first, filter));
    if (bias)
        vec_store(bias + filter, vec_add(vec_load(bias + filter), sum));
    for (int64_t i = 0; i < VEC; i++) {
        const filter_list list = close_up(band, i);
        fetch_share(band, filter + i);
        if (list.count > 0)
            gather_filter(loop, &list, band->maps.x, dw + (filter + i) * TAPS * loop->channels);
    }
}

static cnn_pooled_maps maps_at(const cnn_pooled_loop *loop, cnn_pooled_maps maps, int64_t row) {
    const int64_t at = row * loop->columns * loop->filters;
    return (cnn_pooled_maps){maps.x + 2 * row * loop->image_row, maps.dy + at, maps.winner + at};
}

static pooled_band band_at(const cnn_pooled_loop *loop, cnn_pooled_maps maps, int64_t first, float *scratch) {
    const int64_t end = first + at_most(CNN_POOLED_BAND, loop->rows - first);
    const int64_t positions = (end - first) * loop->columns, most = (positions + VEC - 1) / VEC * VEC;
    const bool is_last = end == loop->rows, fetches = !is_last || loop->next.x;
    const int64_t x_rows = fetches ? 2 * CNN_POOLED_BAND + 2 : 0;
    return (pooled_band){.positions = positions,
                         .most = most,
                         .maps = maps_at(loop, maps, first),
                         .next = is_last ? loop->next : maps_at(loop, maps, end),
                         .x_share = x_rows * loop->image_row / loop->filters,
                         .map_share = fetches ? CNN_POOLED_BAND * loop->columns : 0,
                         .corners = scratch,
                         .places = scratch + most,
                         .gradients = scratch + (1 + VEC) * most};
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
