/* The kernel conv_weights: sums over positions of an input times the gradient of an output.
 *
 * A tile of sums stays in registers while it goes over positions. From one to the next, inputs and gradients are far apart, often by
 * powers of two, so that what a tile reads would compete for a few sets of the first-level cache and be read anew by every tile.
 * Where there is enough to do, PACKED_POSITIONS positions are therefore copied, PACKED_INPUTS inputs of a tap and a block of
 * outputs at a time, to where they lie side by side:
 *
 *     inputs      [tile of rows][position][TILE_ROWS]      of a tap, for all blocks of outputs
 *     gradients   [position][PACKED_OUTPUTS]               for all tiles of rows
 *
 * Sums are added to in the order of the positions either way: their bits are the same. */
#ifndef CNN_KERNELS_CONV_WEIGHTS_H
#define CNN_KERNELS_CONV_WEIGHTS_H

#include "base/numbers.h"
#include "kernels/conv/block.h"
#include "kernels/conv/loop.h"
#include "kernels/conv/weights_tile.h"
#include "kernels/isa/tile.h"

#define SUMMED_INSTANCES(rows) WEIGHTS_INSTANCES(weights, rows, ADDED)
#define SUMMED_ROW(rows)       WEIGHTS_ROW(weights, rows)
TILE_SIZES(SUMMED_INSTANCES)
static const weights_row weights_instances[TILE_ROWS] = {TILE_SIZES(SUMMED_ROW)};

/* ---- Copies of what several tiles read ------------------------------------------------------------------- */

enum {
    PACKED_OUTPUTS = TILE_VECTORS * VEC,
    PACKED_POSITIONS = 128,
    PACKED_TILES = 96 / TILE_ROWS,
    PACKED_INPUTS = PACKED_TILES * TILE_ROWS,
    PACKED_TILE = PACKED_POSITIONS * TILE_ROWS /* floats */
};

/* Some positions of a loop and the inputs of one of its taps, copied. */
typedef struct packed_positions {
    int64_t row, rows, column, columns; /* which: a rectangle */
    int64_t tap, first, inputs;         /* inputs [first, first + inputs) */
    float gradients[PACKED_POSITIONS * PACKED_OUTPUTS] __attribute__((aligned(sizeof(vec))));
    float values[PACKED_TILES * PACKED_TILE + VEC]; /* the last row's vector reaches beyond a tile */
} packed_positions;

/* Tiles of nearly equal size. */
static int64_t packed_tiles(const packed_positions *p) {
    return cnn_ceil_div(p->inputs, TILE_ROWS);
}
static int64_t first_of_tile(const packed_positions *p, int64_t tile) {
    return p->inputs * tile / packed_tiles(p);
}

/* The gradients of the block of outputs that `dy` begins with. The next block's are prefetched: positions are so far apart that the
 * processor does not do so by itself. */
static void pack_gradients(const cnn_conv_loop *loop, packed_positions *p, const float *dy) {
    float *to = p->gradients;
    for (int64_t row = 0; row < p->rows; row++) {
        const float *from = dy + (p->row + row) * loop->y_row + p->column * loop->y_column;
        for (int64_t column = 0; column < p->columns;
             column++, from += loop->y_column, to += PACKED_OUTPUTS) {
            UNROLL_FOR(v, TILE_VECTORS)
                vec_store(to + v * VEC, vec_load(from + v * VEC));
            __builtin_prefetch(from + PACKED_OUTPUTS, 0, 2);
        }
    }
}

/* `rows` neighbouring inputs of each position. whole: vectors may be read where a row would end before. What is written beyond a
 * position's rows is written over by the next one's. */
TILE_INLINE void pack_tile(const cnn_conv_loop *loop, const packed_positions *p, const float *x, int64_t rows,
                           const bool whole, float *to) {
    for (int64_t row = 0; row < p->rows; row++) {
        const float *from = x + (p->row + row) * loop->x_row + p->column * loop->x_column;
        for (int64_t column = 0; column < p->columns; column++, from += loop->x_column, to += TILE_ROWS)
            UNROLL_LOOP(int64_t r = 0; r < TILE_ROWS; r += VEC) {
                if (whole)
                    vec_store(to + r, vec_load(from + r));
                else if (r < rows)
                    vec_store(to + r, load_some(from + r, cnn_min(VEC, rows - r)));
            }
    }
}

static void pack_inputs(const cnn_conv_loop *loop, packed_positions *p, const float *x) {
    enum { READ = (TILE_ROWS + VEC - 1) / VEC * VEC };
    for (int64_t tile = 0; tile < packed_tiles(p); tile++) {
        const int64_t at = first_of_tile(p, tile), rows = first_of_tile(p, tile + 1) - at;
        const float *from = x + loop->tap[p->tap] + p->first + at;
        float *to = p->values + tile * PACKED_TILE;
        if (p->first + at + READ <= loop->inputs)
            pack_tile(loop, p, from, rows, true, to);
        else
            pack_tile(loop, p, from, rows, false, to);
    }
}

/* All tiles of the inputs and a block of outputs. `dw`: of the first input. */
static void packed_block(const cnn_conv_loop *loop, const packed_positions *p, int flags, float *dw) {
    const cnn_conv_loop packed = {.rows = 1,
                                  .columns = p->rows * p->columns,
                                  .x_column = TILE_ROWS,
                                  .y_column = PACKED_OUTPUTS,
                                  .w_row = loop->w_row};
    for (int64_t tile = 0; tile < packed_tiles(p); tile++) {
        const int64_t at = first_of_tile(p, tile), rows = first_of_tile(p, tile + 1) - at;
        const weights_tile here = {.loop = &packed,
                                   .x = p->values + tile * PACKED_TILE,
                                   .dy = p->gradients,
                                   .dw = dw + at * loop->w_row,
                                   .flags = flags,
                                   .last = VEC};
        for (int64_t row = rows; row < 2 * rows; row++) /* of the next tile */
            UNROLL_LOOP(int o = 0; o < PACKED_OUTPUTS; o += LINE)
                __builtin_prefetch(here.dw + row * loop->w_row + o, 1);
        weights_instances[rows - 1][TILE_VECTORS - 1][true][true](&here);
    }
}

/* All taps, inputs and the first `outputs` outputs of a rectangle of positions. */
static void packed_part(const cnn_conv_loop *loop, packed_positions *p, int64_t outputs, const float *x,
                        const float *dy, int flags, float *dw) {
    for (p->tap = 0; p->tap < loop->taps; p->tap++)
        for (p->first = 0; p->first < loop->inputs; p->first += PACKED_INPUTS) {
            p->inputs = cnn_min(PACKED_INPUTS, loop->inputs - p->first);
            pack_inputs(loop, p, x);
            for (int64_t o = 0; o < outputs; o += PACKED_OUTPUTS) {
                pack_gradients(loop, p, dy + o);
                packed_block(loop, p, flags, dw + (p->tap * loop->inputs + p->first) * loop->w_row + o);
            }
        }
}

/* The first `outputs` outputs, whole blocks. */
static void packed_weights(const cnn_conv_loop *given, int64_t outputs, const float *x, const float *dy,
                           int flags, float *dw) {
    const cnn_conv_loop loop = join_rows(given);
    const int64_t columns = cnn_min(loop.columns, PACKED_POSITIONS),
                  rows = cnn_min(loop.rows, PACKED_POSITIONS / columns);
    packed_positions p;
    for (p.row = 0; p.row < loop.rows; p.row += rows)
        for (p.column = 0; p.column < loop.columns; p.column += columns) {
            p.rows = cnn_min(rows, loop.rows - p.row);
            p.columns = cnn_min(columns, loop.columns - p.column);
            packed_part(&loop, &p, outputs, x, dy, flags, dw);
            flags |= CNN_CONV_ACCUMULATE;
        }
}

/* Whether copies are read often enough; less often suffices where gradients come from beyond the second-level cache. */
static bool packing_pays(const cnn_conv_loop *loop) {
    enum {
        MIN_POSITIONS = 32,
        MIN_INPUTS = 5 * TILE_ROWS,
        MIN_INPUTS_OF_FAR = 3 * TILE_ROWS,
        MIN_OUTPUTS = 48,
        CACHED = 1 << 18 /* floats */
    };
    const int64_t positions = loop->rows * loop->columns;
    const int64_t inputs = positions * loop->outputs > CACHED ? MIN_INPUTS_OF_FAR : MIN_INPUTS;
    return positions >= MIN_POSITIONS && loop->inputs >= inputs && loop->outputs >= MIN_OUTPUTS;
}

#endif
