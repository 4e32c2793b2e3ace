/* Convolutions in which every channel stands alone: a vector holds neighbouring channels, and for each tap one vector
 * of weights meets as many vectors of input as there are positions in a tile. */
#include "kernels/kernels.h"

enum { DEPTHWISE_POSITIONS = 8, DEPTHWISE_TAPS = 10 }; /* sums held in registers at a time */

/* Which channels of the row: whole vectors, and the row's partial end. */
typedef struct channels {
    int64_t first, count; /* count <= VEC */
} channels;

TILE_INLINE vec channels_load(const float *from, const channels *c, const bool partial) {
    return partial ? vec_load_part(from + c->first, c->count) : vec_load(from + c->first);
}
TILE_INLINE void channels_store(float *to, const channels *c, const bool partial, vec value) {
    if (partial)
        vec_store_part(to + c->first, c->count, value);
    else
        vec_store(to + c->first, value);
}

/* ---- depthwise ------------------------------------------------------------------------------------- */

typedef struct depthwise_tile {
    const cnn_conv_loop *loop;
    const float *x, *w, *bias;
    float *y;
    int flags;
} depthwise_tile;

/* `positions` neighbouring ones of one row. */
TILE_INLINE void depthwise_run(const depthwise_tile *t, const channels *c, const int positions,
                               const bool partial) {
    const cnn_conv_loop *loop = t->loop;
    vec sum[DEPTHWISE_POSITIONS];
    const vec start = t->bias ? channels_load(t->bias, c, partial) : vec_set(0);
    UNROLL for (int p = 0; p < positions; p++) sum[p] =
        t->flags & CNN_CONV_ACCUMULATE ? channels_load(t->y + p * loop->y_column, c, partial) : start;
    for (int64_t tap = 0; tap < loop->taps; tap++) {
        const float *x = t->x + loop->tap[tap];
        const vec weight = channels_load(t->w + tap * loop->w_row, c, partial);
        UNROLL for (int p = 0; p < positions; p++) sum[p] =
            vec_fma(weight, channels_load(x + p * loop->x_column, c, partial), sum[p]);
    }
    UNROLL for (int p = 0; p < positions; p++)
        channels_store(t->y + p * loop->y_column, c, partial,
                       t->flags & CNN_CONV_RELU ? vec_max(vec_set(0), sum[p]) : sum[p]);
}

/* All channels at some positions of one row. */
TILE_INLINE void depthwise_channels(const depthwise_tile *t, const int positions) {
    channels c = {.count = VEC};
    for (; c.first + VEC <= t->loop->outputs; c.first += VEC)
        depthwise_run(t, &c, positions, false);
    c.count = t->loop->outputs - c.first;
    if (c.count > 0)
        depthwise_run(t, &c, positions, true);
}

static void kernel_depthwise(const cnn_conv_loop *loop, const float *x, const float *w, const float *bias,
                             int flags, float *y) {
    for (int64_t row = 0; row < loop->rows; row++) {
        depthwise_tile tile = {loop, x + row * loop->x_row, w, bias, y + row * loop->y_row, flags};
        int64_t column = 0;
        for (; column + DEPTHWISE_POSITIONS <= loop->columns; column += DEPTHWISE_POSITIONS) {
            depthwise_channels(&tile, DEPTHWISE_POSITIONS);
            tile.x += DEPTHWISE_POSITIONS * loop->x_column;
            tile.y += DEPTHWISE_POSITIONS * loop->y_column;
        }
        for (; column + 2 <= loop->columns; column += 2) {
            depthwise_channels(&tile, 2);
            tile.x += 2 * loop->x_column;
            tile.y += 2 * loop->y_column;
        }
        if (column < loop->columns)
            depthwise_channels(&tile, 1);
    }
}

/* ---- depthwise_weights ----------------------------------------------------------------------------- */

/* Up to DEPTHWISE_TAPS taps, over all positions. */
TILE_INLINE void depthwise_gather(const cnn_conv_loop *loop, const int64_t *tap, const float *x,
                                  const float *dy, float *dw, const channels *c, const int taps,
                                  const bool partial) {
    vec sum[DEPTHWISE_TAPS];
    UNROLL for (int t = 0; t < taps; t++) sum[t] = channels_load(dw + t * loop->w_row, c, partial);
    for (int64_t row = 0; row < loop->rows; row++) {
        const float *from = x + row * loop->x_row, *gradients = dy + row * loop->y_row;
        for (int64_t column = 0; column < loop->columns;
             column++, from += loop->x_column, gradients += loop->y_column) {
            const vec gradient = channels_load(gradients, c, partial);
            UNROLL for (int t = 0; t < taps; t++) sum[t] =
                vec_fma(gradient, channels_load(from + tap[t], c, partial), sum[t]);
        }
    }
    UNROLL for (int t = 0; t < taps; t++) channels_store(dw + t * loop->w_row, c, partial, sum[t]);
}

#define GATHER_TAPS(taps)                                                                                    \
    static void depthwise_gather_##taps(const cnn_conv_loop *loop, const int64_t *tap, const float *x,       \
                                        const float *dy, float *dw, const channels *c) {                     \
        if (c->count < VEC)                                                                                  \
            depthwise_gather(loop, tap, x, dy, dw, c, taps, true);                                           \
        else                                                                                                 \
            depthwise_gather(loop, tap, x, dy, dw, c, taps, false);                                          \
    }
#define EVERY_TAP_COUNT(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10)
EVERY_TAP_COUNT(GATHER_TAPS)

typedef void (*depthwise_gathering)(const cnn_conv_loop *, const int64_t *, const float *, const float *,
                                    float *, const channels *);
#define GATHER_ROW(taps) depthwise_gather_##taps,
static const depthwise_gathering depthwise_gatherings[DEPTHWISE_TAPS] = {EVERY_TAP_COUNT(GATHER_ROW)};

static void kernel_depthwise_weights(const cnn_conv_loop *loop, const float *x, const float *dy, float *dw) {
    const int64_t pieces = (loop->taps + DEPTHWISE_TAPS - 1) / DEPTHWISE_TAPS;
    for (channels c = {.count = VEC}; c.first < loop->outputs; c.first += VEC) {
        c.count = at_most(VEC, loop->outputs - c.first);
        for (int64_t piece = 0; piece < pieces; piece++) {
            const int64_t first = loop->taps * piece / pieces, end = loop->taps * (piece + 1) / pieces;
            depthwise_gatherings[end - first - 1](loop, loop->tap + first, x, dy, dw + first * loop->w_row,
                                                  &c);
        }
    }
}
