/* Convolutions in which every channel stands alone: a vector holds neighbouring channels, and for each tap one vector
 * of weights meets as many vectors of input as there are positions in a tile. */
#include "kernels/kernels.h"

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

/* Forward reads w and writes y; the gradient of the weights reads dy and adds to dw. */
typedef struct depthwise_arrays {
    const float *x, *w, *bias, *dy;
    float *y, *dw;
    int flags;
} depthwise_arrays;

/* Neighbouring positions of one row, all channels. */
typedef struct depthwise_tile {
    const cnn_depthwise_loop *loop;
    depthwise_arrays
        at; /* x: column 0 of the first row that a tap meets; w, dw: that row of taps; y, dy: the tile */
    int64_t rows;    /* of taps that meet the image */
    int64_t column;  /* that the first tap meets, which may be none of the image's */
    unsigned inside; /* bit q: the column q tap steps on is one of the image's */
    int64_t channels;
} depthwise_tile;

/* ---- A vector of channels: forward ----------------------------------------------------------------- */

TILE_INLINE void depthwise_start(const depthwise_tile *t, vec *sum, const int positions, const bool partial) {
    const vec start = t->at.bias ? channels_load(t->at.bias, t->channels, partial) : vec_set(0);
    UNROLL for (int p = 0; p < positions; p++) sum[p] = start;
}

TILE_INLINE void depthwise_finish(const depthwise_tile *t, const vec *sum, const int positions,
                                  const bool partial) {
    const vec least = least_of(t->at.flags), most = most_of(t->at.flags, t->loop->most);
    float *y = t->at.y;
    UNROLL for (int p = 0; p < positions; p++, y += t->loop->axis[1].y_step)
        channels_store(y, t->channels, partial, vec_min(most, vec_max(least, sum[p])));
}

/* Where tap j of position p meets a row of x, in floats; -1 beside the image. */
TILE_INLINE int64_t depthwise_meets(const depthwise_tile *t, int64_t p, int64_t j) {
    const cnn_depthwise_axis *columns = &t->loop->axis[1];
    const int64_t pixel = t->column + p * columns->step + j * columns->tap_step;
    return pixel < 0 || pixel >= columns->size ? -1 : pixel * columns->x_step;
}

/* Any taps. */
TILE_INLINE void depthwise_any(const depthwise_tile *t, const int positions, const bool partial) {
    const cnn_depthwise_axis *axis = t->loop->axis;
    vec sum[DEPTHWISE_POSITIONS];
    depthwise_start(t, sum, positions, partial);
    for (int64_t i = 0; i < t->rows; i++) {
        const float *x = t->at.x + i * axis[0].tap_step * axis[0].x_step, *w = t->at.w + i * axis[0].w_step;
        for (int64_t j = 0; j < axis[1].taps; j++) {
            const vec weight = channels_load(w + j * axis[1].w_step, t->channels, partial);
            UNROLL for (int p = 0; p < positions; p++) {
                const int64_t at = depthwise_meets(t, p, j);
                if (at >= 0)
                    sum[p] = vec_fma(weight, channels_load(x + at, t->channels, partial), sum[p]);
            }
        }
    }
    depthwise_finish(t, sum, positions, partial);
}

/* Whether input q of a tile, `stride` inputs a position, meets tap j of one of its positions: of number (q - j) / stride. */
#define DEPTHWISE_MEETS(q, j) ((q) >= (j) && ((q) - (j)) % stride == 0 && ((q) - (j)) / stride < positions)

/* The same where neighbouring positions are `stride` taps apart and each row has so many taps: an input that several
 * positions meet is read once. Reading is what limits these sums. */
TILE_INLINE void depthwise_slide(const depthwise_tile *t, const int positions, const int taps,
                                 const int stride, const bool partial) {
    const cnn_depthwise_axis *axis = t->loop->axis;
    const int64_t step = axis[1].tap_step * axis[1].x_step;
    unsigned inside = t->inside;
    vec sum[DEPTHWISE_POSITIONS];
    depthwise_start(t, sum, positions, partial);
    for (int64_t i = 0; i < t->rows; i++) {
        const float *x = t->at.x + i * axis[0].tap_step * axis[0].x_step, *w = t->at.w + i * axis[0].w_step;
        int64_t at = t->column * axis[1].x_step;
        OPAQUE(inside); /* so that a bit is tested where it is wanted, not all of them ahead */
        vec weight[DEPTHWISE_TAPS];
        UNROLL for (int j = 0; j < taps; j++) weight[j] =
            channels_load(w + j * axis[1].w_step, t->channels, partial);
        UNROLL for (int q = 0; q < (positions - 1) * stride + taps; q++) {
            if (inside >> q & 1) {
                const vec value = vec_keep(channels_load(x + at, t->channels, partial));
                UNROLL for (int j = 0; j < taps; j++) if (DEPTHWISE_MEETS(q, j)) sum[(q - j) / stride] =
                    vec_fma(weight[j], value, sum[(q - j) / stride]);
            }
            at += step;
            OPAQUE(at);
        }
    }
    depthwise_finish(t, sum, positions, partial);
}

/* taps 0: any. */
TILE_INLINE void depthwise_forward(const depthwise_tile *t, const int positions, const int taps,
                                   const int stride, const bool partial) {
    if (taps)
        depthwise_slide(t, positions, taps, stride, partial);
    else
        depthwise_any(t, positions, partial);
}

/* ---- A vector of channels: the gradient of the weights ---------------------------------------------- */

TILE_INLINE void gather_any(const depthwise_tile *t, const vec *gradient, const int positions,
                            const bool partial) {
    const cnn_depthwise_axis *axis = t->loop->axis;
    for (int64_t i = 0; i < t->rows; i++) {
        const float *x = t->at.x + i * axis[0].tap_step * axis[0].x_step;
        float *dw = t->at.dw + i * axis[0].w_step;
        for (int64_t j = 0; j < axis[1].taps; j++, dw += axis[1].w_step) {
            vec sum = channels_load(dw, t->channels, partial);
            UNROLL for (int p = 0; p < positions; p++) {
                const int64_t at = depthwise_meets(t, p, j);
                if (at >= 0)
                    sum = vec_fma(gradient[p], channels_load(x + at, t->channels, partial), sum);
            }
            channels_store(dw, t->channels, partial, sum);
        }
    }
}

TILE_INLINE void gather_slide(const depthwise_tile *t, const vec *gradient, const int positions,
                              const int taps, const int stride, const bool partial) {
    const cnn_depthwise_axis *axis = t->loop->axis;
    const int64_t step = axis[1].tap_step * axis[1].x_step;
    unsigned inside = t->inside;
    for (int64_t i = 0; i < t->rows; i++) {
        const float *x = t->at.x + i * axis[0].tap_step * axis[0].x_step;
        float *dw = t->at.dw + i * axis[0].w_step;
        int64_t at = t->column * axis[1].x_step;
        OPAQUE(inside); /* so that a bit is tested where it is wanted, not all of them ahead */
        vec sum[DEPTHWISE_TAPS];
        UNROLL for (int j = 0; j < taps; j++) sum[j] =
            channels_load(dw + j * axis[1].w_step, t->channels, partial);
        UNROLL for (int q = 0; q < (positions - 1) * stride + taps; q++) {
            if (inside >> q & 1) {
                const vec value = vec_keep(channels_load(x + at, t->channels, partial));
                UNROLL for (int j = 0; j < taps; j++) if (DEPTHWISE_MEETS(q, j)) sum[j] =
                    vec_fma(gradient[(q - j) / stride], value, sum[j]);
            }
            at += step;
            OPAQUE(at);
        }
        UNROLL for (int j = 0; j < taps; j++)
            channels_store(dw + j * axis[1].w_step, t->channels, partial, sum[j]);
    }
}

TILE_INLINE void depthwise_gather(const depthwise_tile *t, const int positions, const int taps,
                                  const int stride, const bool partial) {
    vec gradient[DEPTHWISE_POSITIONS];
    UNROLL for (int p = 0; p < positions; p++) gradient[p] =
        channels_load(t->at.dy + p * t->loop->axis[1].y_step, t->channels, partial);
    if (taps)
        gather_slide(t, gradient, positions, taps, stride, partial);
    else
        gather_any(t, gradient, positions, partial);
}

/* ---- All channels of a tile, for each number of positions ------------------------------------------- */

static depthwise_arrays depthwise_moved(const depthwise_arrays *at, int64_t x, int64_t w, int64_t y,
                                        int64_t bias) {
    depthwise_arrays moved = *at;
    moved.x += x;
    if (at->bias)
        moved.bias += bias;
    if (at->y) {
        moved.y += y;
        moved.w += w;
    } else {
        moved.dy += y;
        moved.dw += w;
    }
    return moved;
}

/* Ask for what the same tile of the next row needs. Lines that lie a pixel apart come from memory too late otherwise. */
TILE_INLINE void fetch_next_row(const depthwise_tile *t, const int positions, const int stride) {
    const cnn_depthwise_axis *axis = t->loop->axis;
    UNROLL for (int row = 0; row < stride; row++) {
        const float *x = t->at.x + (t->rows + row) * axis[0].x_step + t->column * axis[1].x_step;
        UNROLL for (int q = 0; q < positions * stride; q++) __builtin_prefetch(x + q * axis[1].x_step, 0, 2);
    }
    UNROLL for (int p = 0; p < positions; p++) {
        const int64_t next = axis[0].y_step + p * axis[1].y_step;
        if (t->at.y)
            __builtin_prefetch(t->at.y + next, 1, 2);
        else
            __builtin_prefetch(t->at.dy + next, 0, 2);
    }
}

#define DEPTHWISE_INSTANCE(direction, positions, taps, stride)                                               \
    static void depthwise_##direction##_##taps##_##stride##_##positions(const depthwise_tile *whole) {       \
        depthwise_tile tile = *whole;                                                                        \
        for (; tile.channels >= VEC; tile.channels -= VEC) {                                                 \
            fetch_next_row(&tile, positions, stride);                                                        \
            depthwise_##direction(&tile, positions, taps, stride, false);                                    \
            tile.at = depthwise_moved(&tile.at, VEC, VEC, VEC, VEC);                                         \
        }                                                                                                    \
        if (tile.channels)                                                                                   \
            depthwise_##direction(&tile, positions, taps, stride, true);                                     \
    }
#define DEPTHWISE_EVERY(X, direction, taps, stride)                                                          \
    X(direction, 1, taps, stride)                                                                            \
    X(direction, 2, taps, stride)                                                                            \
    X(direction, 3, taps, stride)                                                                            \
    X(direction, 4, taps, stride)                                                                            \
    X(direction, 5, taps, stride)                                                                            \
    X(direction, 6, taps, stride)                                                                            \
    X(direction, 7, taps, stride)
#define DEPTHWISE_INSTANCES(direction)                                                                       \
    DEPTHWISE_EVERY(DEPTHWISE_INSTANCE, direction, 0, 0)                                                     \
    DEPTHWISE_EVERY(DEPTHWISE_INSTANCE, direction, 3, 1)                                                     \
    DEPTHWISE_EVERY(DEPTHWISE_INSTANCE, direction, 3, 2)                                                     \
    DEPTHWISE_EVERY(DEPTHWISE_INSTANCE, direction, 5, 1)                                                     \
    DEPTHWISE_EVERY(DEPTHWISE_INSTANCE, direction, 5, 2)
DEPTHWISE_EVERY(DEPTHWISE_INSTANCE, forward, 1, 1)
DEPTHWISE_EVERY(DEPTHWISE_INSTANCE, forward, 2, 1)
DEPTHWISE_INSTANCES(forward)
DEPTHWISE_INSTANCES(gather)

typedef void (*depthwise_instance)(const depthwise_tile *);
typedef struct depthwise_variant {
    int64_t taps, stride;
    depthwise_instance instance[DEPTHWISE_POSITIONS];
} depthwise_variant;
#define DEPTHWISE_CELL(direction, positions, taps, stride)                                                   \
    depthwise_##direction##_##taps##_##stride##_##positions,
#define DEPTHWISE_VARIANT(direction, taps, stride)                                                           \
    {                                                                                                        \
        taps, stride, {                                                                                      \
            DEPTHWISE_EVERY(DEPTHWISE_CELL, direction, taps, stride)                                         \
        }                                                                                                    \
    }
#define DEPTHWISE_VARIANTS(direction)                                                                        \
    DEPTHWISE_VARIANT(direction, 3, 1), DEPTHWISE_VARIANT(direction, 3, 2),                                  \
        DEPTHWISE_VARIANT(direction, 5, 1), DEPTHWISE_VARIANT(direction, 5, 2),                              \
        DEPTHWISE_VARIANT(direction, 0, 0) /* the last: all others */
/* One and two taps are what the gradient of the input has of three with stride 2. */
static const depthwise_variant forward_variants[] = {
    DEPTHWISE_VARIANT(forward, 1, 1), DEPTHWISE_VARIANT(forward, 2, 1), DEPTHWISE_VARIANTS(forward)};
static const depthwise_variant gather_variants[] = {DEPTHWISE_VARIANTS(gather)};

static const depthwise_variant *depthwise_variant_for(const depthwise_variant *variant,
                                                      const cnn_depthwise_axis *columns) {
    while (variant->taps &&
           (variant->taps != columns->taps || variant->stride * columns->tap_step != columns->step))
        variant++;
    return variant;
}

/* ---- All tiles ------------------------------------------------------------------------------------- */

/* Bit q: whether the column `first` + q tap steps is in the image. */
static unsigned columns_inside(const cnn_depthwise_axis *columns, int64_t first) {
    unsigned inside = 0;
    for (int q = 0; q < (DEPTHWISE_POSITIONS - 1) * 2 + DEPTHWISE_TAPS; q++) {
        const int64_t column = first + q * columns->tap_step;
        inside |= (unsigned)(column >= 0 && column < columns->size) << q;
    }
    return inside;
}

/* A row in tiles of nearly equal width, the wider ones first. */
static void depthwise_row(depthwise_tile tile, const depthwise_variant *variant) {
    const cnn_depthwise_axis *columns = &tile.loop->axis[1];
    const int64_t tiles = (columns->positions + DEPTHWISE_POSITIONS - 1) / DEPTHWISE_POSITIONS;
    const int64_t narrow = columns->positions / tiles, wider = columns->positions % tiles;
    tile.column = columns->offset;
    for (int64_t i = 0; i < tiles; i++) {
        const int64_t width = narrow + (i < wider);
        tile.inside = columns_inside(columns, tile.column);
        variant->instance[width - 1](&tile);
        tile.at = depthwise_moved(&tile.at, 0, 0, width * columns->y_step, 0);
        tile.column += width * columns->step;
    }
}

/* The taps that meet the image: [first, end). */
typedef struct taps_range {
    int64_t first, end;
} taps_range;

static taps_range taps_inside(const cnn_depthwise_axis *rows, int64_t position) {
    const int64_t first = position * rows->step + rows->offset;
    taps_range taps = {0, rows->taps};
    while (taps.first < taps.end && first + taps.first * rows->tap_step < 0)
        taps.first++;
    while (taps.first < taps.end && first + (taps.end - 1) * rows->tap_step >= rows->size)
        taps.end--;
    return taps;
}

/* Row by row, all channels of a tile before the next: images are gone through in the order in which they lie. */
static void depthwise_rows(const cnn_depthwise_loop *loop, const depthwise_arrays *arrays,
                           const depthwise_variant *variants) {
    const cnn_depthwise_axis *rows = &loop->axis[0];
    const depthwise_variant *variant = depthwise_variant_for(variants, &loop->axis[1]);
    for (int64_t row = 0; row < rows->positions; row++) {
        const taps_range taps = taps_inside(rows, row);
        const int64_t met = row * rows->step + rows->offset + taps.first * rows->tap_step;
        const bool any = taps.end > taps.first;
        depthwise_row((depthwise_tile){.loop = loop,
                                       .at = depthwise_moved(arrays, any ? met * rows->x_step : 0,
                                                             any ? taps.first * rows->w_step : 0,
                                                             row * rows->y_step, 0),
                                       .rows = taps.end - taps.first,
                                       .channels = loop->channels},
                      variant);
    }
}

static void kernel_depthwise(const cnn_depthwise_loop *loop, const float *x, const float *w,
                             const float *bias, int flags, float *y) {
    depthwise_rows(loop, &(depthwise_arrays){.x = x, .w = w, .bias = bias, .y = y, .flags = flags},
                   forward_variants);
}

static void kernel_depthwise_weights(const cnn_depthwise_loop *loop, const float *x, const float *dy,
                                     float *dw) {
    depthwise_rows(loop, &(depthwise_arrays){.x = x, .dy = dy, .dw = dw}, gather_variants);
}
