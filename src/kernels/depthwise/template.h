/* Convolutions in which every channel stands alone, tile by tile: which instances there are, and which tile takes which.
 *
 * An instance is a function for tiles of so many positions, so many taps a row and so many taps from a position to the next
 * (stride), all of them constants, so that its loops become straight code:
 *
 *     depthwise_forward_3_2_7             3 taps, stride 2, 7 positions of one row
 *     depthwise_forward_two_rows_3_2_7    the same positions of two rows
 *     depthwise_forward_0_0_7             any taps, any stride
 *
 * DEPTHWISE_FORWARD and DEPTHWISE_GATHER list (taps, stride) once; the list is expanded into the functions and into a table. */
#ifndef CNN_KERNELS_DEPTHWISE_TEMPLATE_H
#define CNN_KERNELS_DEPTHWISE_TEMPLATE_H

#include "kernels/depthwise/tile.h"
#ifdef DEPTHWISE_TWO_ROWS
#include "kernels/depthwise/two_rows.h"
#endif
#include "kernels/isa/tile.h"
#include "kernels/depthwise/loop.h"

#include <stddef.h>

/* ---- The instances ---------------------------------------------------------------------------------- */

/* The arrays that a tile so many floats further on has. */
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

/* All channels of a tile, vector by vector. The loop is copied since no store can change the copy, as compilers see. */
#define DEPTHWISE_CHANNELS(name, function, positions, taps, stride)                                          \
    static void name(const depthwise_tile *whole) {                                                          \
        const cnn_depthwise_loop loop = *whole->loop;                                                        \
        depthwise_tile tile = *whole;                                                                        \
        tile.loop = &loop;                                                                                   \
        for (; tile.channels >= VEC; tile.channels -= VEC) {                                                 \
            function(&tile, positions, taps, stride, false);                                                 \
            tile.at = depthwise_moved(&tile.at, VEC, VEC, VEC, VEC);                                         \
        }                                                                                                    \
        if (tile.channels)                                                                                   \
            function(&tile, positions, taps, stride, true);                                                  \
    }

/* ONE(direction, taps, stride) has instances for one row of positions, TWO for two rows as well. The last, 0 taps, takes what no
 * other takes. One and two taps are what the gradient of the input has of three with stride 2. */
#define DEPTHWISE_FORWARD(ONE, TWO)                                                                          \
    ONE(forward, 1, 1)                                                                                       \
    TWO(forward, 2, 1)                                                                                       \
    TWO(forward, 3, 1)                                                                                       \
    TWO(forward, 3, 2)                                                                                       \
    ONE(forward, 5, 1)                                                                                       \
    ONE(forward, 5, 2)                                                                                       \
    ONE(forward, 0, 0)
#define DEPTHWISE_GATHER(ONE, TWO)                                                                           \
    TWO(gather, 3, 1)                                                                                        \
    TWO(gather, 3, 2)                                                                                        \
    ONE(gather, 5, 1)                                                                                        \
    ONE(gather, 5, 2)                                                                                        \
    ONE(gather, 0, 0)

/* X(direction, positions, taps, stride) for each number of positions up to DEPTHWISE_POSITIONS. */
#define FOR_POSITIONS(X, direction, taps, stride)                                                            \
    X(direction, 1, taps, stride)                                                                            \
    X(direction, 2, taps, stride)                                                                            \
    X(direction, 3, taps, stride)                                                                            \
    X(direction, 4, taps, stride)                                                                            \
    X(direction, 5, taps, stride)                                                                            \
    X(direction, 6, taps, stride)                                                                            \
    X(direction, 7, taps, stride)

/* The functions. */
#define ONE_ROW_FUNCTION(direction, positions, taps, stride)                                                 \
    DEPTHWISE_CHANNELS(depthwise_##direction##_##taps##_##stride##_##positions, depthwise_##direction,       \
                       positions, taps, stride)
#define TWO_ROWS_FUNCTION(direction, positions, taps, stride)                                                \
    DEPTHWISE_CHANNELS(depthwise_##direction##_two_rows_##taps##_##stride##_##positions,                     \
                       depthwise_##direction##_two_rows, positions, taps, stride)
#define ONE_FUNCTIONS(direction, taps, stride) FOR_POSITIONS(ONE_ROW_FUNCTION, direction, taps, stride)
#ifdef DEPTHWISE_TWO_ROWS
#define TWO_FUNCTIONS(direction, taps, stride)                                                               \
    ONE_FUNCTIONS(direction, taps, stride) FOR_POSITIONS(TWO_ROWS_FUNCTION, direction, taps, stride)
#else
#define TWO_FUNCTIONS ONE_FUNCTIONS
#endif
DEPTHWISE_FORWARD(ONE_FUNCTIONS, TWO_FUNCTIONS)
DEPTHWISE_GATHER(ONE_FUNCTIONS, TWO_FUNCTIONS)

/* The tables: by the number of positions, for one row and for two (NULLs: there are none). */
typedef void (*depthwise_instance)(const depthwise_tile *);
typedef struct depthwise_variant {
    int64_t taps, stride;
    depthwise_instance one[DEPTHWISE_POSITIONS], two[DEPTHWISE_POSITIONS];
} depthwise_variant;

#define ONE_ROW_NAME(direction, positions, taps, stride)                                                     \
    depthwise_##direction##_##taps##_##stride##_##positions,
#define TWO_ROWS_NAME(direction, positions, taps, stride)                                                    \
    depthwise_##direction##_two_rows_##taps##_##stride##_##positions,
#define ONE_VARIANT(direction, taps, stride)                                                                 \
    {taps, stride, {FOR_POSITIONS(ONE_ROW_NAME, direction, taps, stride)}, {NULL}},
#ifdef DEPTHWISE_TWO_ROWS
#define TWO_VARIANT(direction, taps, stride)                                                                 \
    {taps,                                                                                                   \
     stride,                                                                                                 \
     {FOR_POSITIONS(ONE_ROW_NAME, direction, taps, stride)},                                                 \
     {FOR_POSITIONS(TWO_ROWS_NAME, direction, taps, stride)}},
#else
#define TWO_VARIANT ONE_VARIANT
#endif
static const depthwise_variant forward_variants[] = {DEPTHWISE_FORWARD(ONE_VARIANT, TWO_VARIANT)};
static const depthwise_variant gather_variants[] = {DEPTHWISE_GATHER(ONE_VARIANT, TWO_VARIANT)};

/* The first of a table that fits. */
static const depthwise_variant *depthwise_variant_for(const depthwise_variant *variant,
                                                      const cnn_depthwise_axis *columns) {
    while (variant->taps &&
           (variant->taps != columns->taps || variant->stride * columns->tap_step != columns->step))
        variant++;
    return variant;
}

/* ---- All tiles ------------------------------------------------------------------------------------- */

/* Bit q: whether the place `first` + q tap steps is in the image. */
static unsigned places_inside(const cnn_depthwise_axis *axis, int64_t first) {
    unsigned inside = 0;
    for (int q = 0; q < MAX_COLUMNS; q++) {
        const int64_t place = first + q * axis->tap_step;
        inside |= (unsigned)(place >= 0 && place < axis->size) << q;
    }
    return inside;
}

/* A row of positions, or two, in tiles of nearly equal width, the wider ones first. */
static void depthwise_row(depthwise_tile tile, const depthwise_instance instances[DEPTHWISE_POSITIONS]) {
    const cnn_depthwise_axis *columns = &tile.loop->axis[1];
    const int64_t tiles = (columns->positions + DEPTHWISE_POSITIONS - 1) / DEPTHWISE_POSITIONS;
    const int64_t narrow = columns->positions / tiles, wider = columns->positions % tiles;
    tile.column = columns->offset;
    for (int64_t i = 0; i < tiles; i++) {
        const int64_t width = narrow + (i < wider);
        tile.columns_inside = places_inside(columns, tile.column);
        instances[width - 1](&tile);
        tile.at = depthwise_moved(&tile.at, 0, 0, width * columns->y_step, 0);
        tile.column += width * columns->step;
    }
}

/* The rows of taps that meet the image: [first, end). */
typedef struct taps_range {
    int64_t first, end;
} taps_range;

/* At a row of positions. */
static taps_range taps_inside(const cnn_depthwise_axis *rows, int64_t position) {
    const int64_t first = position * rows->step + rows->offset;
    taps_range taps = {0, rows->taps};
    while (taps.first < taps.end && first + taps.first * rows->tap_step < 0)
        taps.first++;
    while (taps.first < taps.end && first + (taps.end - 1) * rows->tap_step >= rows->size)
        taps.end--;
    return taps;
}

/* The tile of one row, before its columns are known. */
static depthwise_tile one_row(const cnn_depthwise_loop *loop, const depthwise_arrays *arrays, int64_t row) {
    const cnn_depthwise_axis *rows = &loop->axis[0];
    const taps_range taps = taps_inside(rows, row);
    const int64_t met = row * rows->step + rows->offset + taps.first * rows->tap_step;
    const bool any = taps.end > taps.first;
    return (depthwise_tile){.loop = loop,
                            .at = depthwise_moved(arrays, any ? met * rows->x_step : 0,
                                                  any ? taps.first * rows->w_step : 0, row * rows->y_step, 0),
                            .one.tap_rows = taps.end - taps.first,
                            .below = (taps.end - taps.first) * rows->x_step,
                            .channels = loop->channels};
}

/* That of row and the next one. */
static depthwise_tile two_rows(const cnn_depthwise_loop *loop, const depthwise_arrays *arrays, int64_t row) {
    const cnn_depthwise_axis *rows = &loop->axis[0];
    const int64_t first = row * rows->step + rows->offset;
    return (depthwise_tile){.loop = loop,
                            .at = depthwise_moved(arrays, 0, 0, row * rows->y_step, 0),
                            .two.first_row = first,
                            .two.rows_inside = places_inside(rows, first),
                            .below = (first + rows->step + rows->taps * rows->tap_step) * rows->x_step,
                            .channels = loop->channels};
}

/* Whether the variant has instances for two rows, whose taps and distance are as those along a row. */
static bool goes_by_two_rows(const cnn_depthwise_loop *loop, const depthwise_variant *variant) {
    const cnn_depthwise_axis *rows = &loop->axis[0];
    return variant->two[0] && rows->taps == variant->taps && rows->step == variant->stride * rows->tap_step;
}

/* All channels of a tile before the next, row by row: images are gone through in the order in which they lie. */
static void depthwise_rows(const cnn_depthwise_loop *loop, const depthwise_arrays *arrays,
                           const depthwise_variant *variants) {
    const depthwise_variant *variant = depthwise_variant_for(variants, &loop->axis[1]);
    const int64_t positions = loop->axis[0].positions;
    int64_t row = 0;
    for (; goes_by_two_rows(loop, variant) && row + 2 <= positions; row += 2)
        depthwise_row(two_rows(loop, arrays, row), variant->two);
    for (; row < positions; row++)
        depthwise_row(one_row(loop, arrays, row), variant->one);
}

static void kernel_depthwise(const cnn_depthwise_loop *loop, const float *x, const float *w,
                             const float *bias, int flags, float *y) {
    depthwise_rows(loop, &(depthwise_arrays){.x = x, .w = w, .bias = bias, .y = y, .flags = flags},
                   forward_variants);
}

static void kernel_depthwise_weights(const cnn_depthwise_loop *loop, const float *x, const float *dy,
                                     int flags, float *dw) {
    depthwise_rows(loop, &(depthwise_arrays){.x = x, .dy = dy, .dw = dw, .flags = flags}, gather_variants);
}

#endif
