/* The two kernels that multiply weights, over the vectors of vec/vec.h.
 *
 * Both keep a tile of sums in registers, as conv/tile.h says; the tables of each half hold one instance for every size. */
#ifndef CNN_KERNELS_CONV_TEMPLATE_H
#define CNN_KERNELS_CONV_TEMPLATE_H

#include "base/numbers.h"
#include "kernels/conv/block.h"
#include "kernels/conv/columns.h"
#include "kernels/conv/loop.h"
#include "kernels/conv/narrow.h"
#include "kernels/conv/tile.h"
#include "kernels/conv/weights.h"
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

/* ---- conv ------------------------------------------------------------------------------------------- */

#define ADDED_INSTANCES(rows) CONV_INSTANCES(conv, rows, ADDED)
#define ADDED_ROW(rows)       CONV_ROW(conv, rows)
TILE_SIZES(ADDED_INSTANCES)
static const conv_row conv_instances[TILE_ROWS] = {TILE_SIZES(ADDED_ROW)};

static void kernel_conv(const cnn_conv_loop *given, const float *x, const float *w, const float *bias,
                        int flags, float *y) {
    enum { BLOCK = TILE_VECTORS * VEC };
    int64_t taps[MAX_JOINED_TAPS];
    const cnn_conv_loop rows_joined = join_rows(given), joined = join_taps(&rows_joined, taps),
                        *loop = &joined;
    /* Before the number of positions is looked at, so that sums never depend on it. */
    if (has_few_outputs(loop)) {
        narrow_conv(conv_dot, loop, x, w, bias, flags, y);
        return;
    }
    if (has_near_columns(loop, flags)) {
        conv_columns(loop, x, w, bias, flags, y);
        return;
    }
    if (loop->outputs <= half_width.outputs) {
        half_width.conv(given, x, w, bias, flags, y);
        return;
    }
    if (loop->rows * loop->columns == 1) {
        narrow_conv(conv_position, loop, x, w, bias, flags, y);
        return;
    }
    for (int64_t o = 0; o < loop->outputs; o += BLOCK) {
        conv_tile tile = {
            .loop = loop, .x = x, .w = w + o, .bias = bias ? bias + o : NULL, .y = y + o, .flags = flags};
        conv_block(tile, cnn_min(BLOCK, loop->outputs - o), conv_instances, TILE_ROWS);
    }
}

/* ---- conv_weights ----------------------------------------------------------------------------------- */

/* Taps that are one with more inputs fill tiles better, unless there are few inputs even so: then a tile has rows of several. */
static void kernel_conv_weights(const cnn_conv_loop *given, const float *x, const float *dy, int flags,
                                float *dw) {
    if (given->outputs <= half_width.outputs) {
        half_width.conv_weights(given, x, dy, flags, dw);
        return;
    }
    int64_t taps[MAX_JOINED_TAPS], packed = 0;
    const cnn_conv_loop joined = join_taps(given, taps), *loop = joined.inputs < TILE_ROWS ? given : &joined;
    if (packing_pays(loop)) {
        packed = loop->outputs / PACKED_OUTPUTS * PACKED_OUTPUTS;
        packed_weights(loop, packed, x, dy, flags, dw);
    }
    for (int64_t o = packed; o < loop->outputs; o += PACKED_OUTPUTS) {
        weights_tile tile = {.loop = loop, .x = x, .dy = dy + o, .dw = dw + o, .flags = flags};
        weights_block(tile, cnn_min(PACKED_OUTPUTS, loop->outputs - o), weights_instances, TILE_ROWS);
    }
}

#endif
