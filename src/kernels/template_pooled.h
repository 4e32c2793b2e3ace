/* The gradients of a 3x3 convolution behind a 2x2 max pooling, straight out of the pooled gradient: three in
 * four positions have none, and behind a ReLU many of the others are zero too. Only what is left is worked
 * on.
 *
 * Both kernels first collect the gradients that are not zero into lists whose order suits the loop that
 * follows, so that this loop keeps its sums in registers and has nothing to decide. */
#include "kernels/kernels.h"

#include <string.h>

typedef struct pooled_entry {
    int32_t at; /* where the gradient meets its partner: a float offset */
    float gradient;
} pooled_entry;

enum { WINDOW = 4, TAPS = 9 };

static inline int64_t not_zero(float gradient) {
    return gradient != 0;
}

/* ---- Gradient of the input ------------------------------------------------------------------------- */

/* The gradients of one pooled position, a list for each place in the window. `at`: the filter's turned
 * weights. The four lengths share one register, 16 bits each: kept in memory, each would wait for the one
 * before. */
static inline void list_by_place(const cnn_pooled_loop *loop, const float *dy, const float *winner,
                                 pooled_entry *lists, int64_t count[WINDOW]) {
    uint64_t lengths = 0;
    for (int64_t o = 0; o < loop->filters; o++) {
        const int64_t place = (int64_t)winner[o];
        lists[place * loop->filters + (int64_t)(lengths >> (16 * place) & 0xffff)] =
            (pooled_entry){(int32_t)(o * TAPS * CNN_POOLED_BLOCK), dy[o]};
        lengths += (uint64_t)not_zero(dy[o]) << (16 * place);
    }
    for (int place = 0; place < WINDOW; place++)
        count[place] = (int64_t)(lengths >> (16 * place) & 0xffff);
}

/* Add the listed gradients times their filters' 3x3 weights to the sums of the 3x3 positions at a place. */
TILE_INLINE void spread_list(const pooled_entry *list, int64_t count, const float *w, vec sum[4][4],
                             const int row, const int column) {
    for (int64_t e = 0; e < count; e++) {
        const vec gradient = vec_set(list[e].gradient);
        const float *filter = w + list[e].at;
        UNROLL for (int i = 0; i < 3; i++) UNROLL for (int j = 0; j < 3; j++) sum[row + i][column + j] =
            vec_fma(gradient, vec_load(filter + (3 * i + j) * CNN_POOLED_BLOCK), sum[row + i][column + j]);
    }
}

/* One pooled position: its window's 3x3 surroundings are 4x4 positions of the input. */
static void spread_position(const cnn_pooled_loop *loop, const pooled_entry *lists, const int64_t *count,
                            const float *w, float *dx) {
    vec sum[4][4];
    UNROLL for (int i = 0; i < 4; i++) UNROLL for (int j = 0; j < 4; j++) sum[i][j] =
        vec_load(dx + i * loop->image_row + j * loop->channels);
    spread_list(lists, count[0], w, sum, 0, 0);
    spread_list(lists + loop->filters, count[1], w, sum, 0, 1);
    spread_list(lists + 2 * loop->filters, count[2], w, sum, 1, 0);
    spread_list(lists + 3 * loop->filters, count[3], w, sum, 1, 1);
    UNROLL for (int i = 0; i < 4; i++) UNROLL for (int j = 0; j < 4; j++)
        vec_store(dx + i * loop->image_row + j * loop->channels, sum[i][j]);
}

static void spread_channels(const cnn_pooled_loop *loop, const pooled_entry *lists, const int64_t *counts,
                            const float *w, float *dx) {
    for (int64_t row = 0; row < loop->rows; row++)
        for (int64_t column = 0; column < loop->columns; column++) {
            spread_position(loop, lists, counts, w,
                            dx + 2 * row * loop->image_row + 2 * column * loop->channels);
            lists += WINDOW * loop->filters;
            counts += WINDOW;
        }
}

static void kernel_pooled_input_gradient(const cnn_pooled_loop *loop, const float *dy, const float *winner,
                                         const float *w, float *scratch, float *dx) {
    const int64_t positions = loop->rows * loop->columns, filters = loop->filters;
    pooled_entry *lists = (pooled_entry *)(void *)scratch;
    int64_t *counts = (int64_t *)(void *)(lists + positions * WINDOW * filters);
    for (int64_t p = 0; p < positions; p++)
        list_by_place(loop, dy + p * filters, winner + p * filters, lists + p * WINDOW * filters,
                      counts + p * WINDOW);
    for (int64_t c = 0; c < loop->channels; c += VEC) {
        const int64_t block = c / CNN_POOLED_BLOCK * CNN_POOLED_BLOCK;
        spread_channels(loop, lists, counts, w + block * filters * TAPS + (c - block), dx + c);
    }
}

/* ---- Gradient of the weights ----------------------------------------------------------------------- */

enum { BAND = 2 }; /* pooled rows whose input stays in the first-level cache while all filters go over it */

typedef struct pooled_band {
    int64_t first, rows; /* pooled rows */
    int64_t most;        /* entries of a filter's list */
    pooled_entry *lists;
    int64_t *counts;
} pooled_band;

/* The gradients of a band, a list for each filter. `at`: the input position under the kernel's first element.
 */
static void list_by_filter(const cnn_pooled_loop *loop, const pooled_band *band, const float *dy,
                           const float *winner) {
    memset(band->counts, 0, (size_t)loop->filters * sizeof *band->counts);
    for (int64_t row = 0; row < band->rows; row++)
        for (int64_t column = 0; column < loop->columns; column++) {
            const int64_t p = ((band->first + row) * loop->columns + column) * loop->filters;
            const int64_t corner = 2 * row * loop->image_row + 2 * column * loop->channels;
            const int32_t offset[WINDOW] = {(int32_t)corner, (int32_t)(corner + loop->channels),
                                            (int32_t)(corner + loop->image_row),
                                            (int32_t)(corner + loop->image_row + loop->channels)};
            for (int64_t o = 0; o < loop->filters; o++) {
                pooled_entry *end = band->lists + o * band->most + band->counts[o];
                *end = (pooled_entry){offset[(int)winner[p + o]], dy[p + o]};
                band->counts[o] += not_zero(dy[p + o]);
            }
        }
}

/* Add the listed gradients times the 3x3 inputs they meet to a filter's weights, `vectors` of channels at a
 * time. */
TILE_INLINE void gather_list(const cnn_pooled_loop *loop, const pooled_entry *list, int64_t count,
                             const float *x, float *dw, const int vectors) {
    vec sum[TAPS][2];
    UNROLL for (int t = 0; t < TAPS; t++) UNROLL for (int v = 0; v < vectors; v++) sum[t][v] =
        vec_load(dw + t * loop->channels + v * VEC);
    for (int64_t e = 0; e < count; e++) {
        const vec gradient = vec_set(list[e].gradient);
        const float *row[3] = {x + list[e].at, x + list[e].at + loop->image_row,
                               x + list[e].at + 2 * loop->image_row};
        UNROLL for (int t = 0; t < TAPS; t++) UNROLL for (int v = 0; v < vectors; v++) sum[t][v] =
            vec_fma(gradient, vec_load(row[t / 3] + t % 3 * loop->channels + v * VEC), sum[t][v]);
    }
    UNROLL for (int t = 0; t < TAPS; t++) UNROLL for (int v = 0; v < vectors; v++)
        vec_store(dw + t * loop->channels + v * VEC, sum[t][v]);
}

static void gather_filter(const cnn_pooled_loop *loop, const pooled_entry *list, int64_t count,
                          const float *x, float *dw) {
    int64_t c = 0;
    for (; c + POOLED_VECTORS * VEC <= loop->channels; c += POOLED_VECTORS * VEC)
        gather_list(loop, list, count, x + c, dw + c, POOLED_VECTORS);
    for (; c < loop->channels; c += VEC)
        gather_list(loop, list, count, x + c, dw + c, 1);
}

static void kernel_pooled_weight_gradient(const cnn_pooled_loop *loop, const float *x, const float *dy,
                                          const float *winner, float *scratch, float *dw) {
    pooled_band band = {.most = BAND * loop->columns, .lists = (pooled_entry *)(void *)scratch};
    band.counts = (int64_t *)(void *)(band.lists + loop->filters * band.most);
    for (; band.first < loop->rows; band.first += BAND) {
        band.rows = at_most(BAND, loop->rows - band.first);
        list_by_filter(loop, &band, dy, winner);
        for (int64_t o = 0; o < loop->filters; o++)
            if (band.counts[o] > 0)
                gather_filter(loop, band.lists + o * band.most, band.counts[o],
                              x + 2 * band.first * loop->image_row, dw + o * TAPS * loop->channels);
    }
}
