/* Blocks of outputs, tile by tile. */
#ifndef CNN_KERNELS_CONV_BLOCK_H
#define CNN_KERNELS_CONV_BLOCK_H

#include "base/numbers.h"
#include "kernels/conv/loop.h"
#include "kernels/conv/tile.h"
#include "kernels/isa/tile.h"

/* Fewer weights of a block stay in the first cache beside its tiles' inputs. */
enum { FEW_WEIGHTS = 4096 };

/* How many lines of the weights behind these, where a caller that goes block by block has the next ones, have to be prefetched
 * with each line of inputs, so that the last tile finds all of them done. Many weights come from far, and few tiles cannot wait for
 * them: 14 positions of AVX-512 read 128 bytes within 14 cycles. Where tiles are many, the first one does not matter;
 * few weights are cached. */
TILE_INLINE int64_t lines_ahead(const cnn_conv_loop *loop, int64_t tiles, int64_t weights) {
    enum { MAX_TILES = 32 };
    const bool by_block = loop->w_row == loop->outputs && loop->outputs <= TILE_VECTORS * VEC;
    const bool pays = by_block && tiles > 0 && tiles <= MAX_TILES && weights >= FEW_WEIGHTS;
    return pays ? cnn_ceil_div(loop->outputs, tiles) : 0;
}

/* What the tiles of a block prefetch. */
TILE_INLINE tile_kind kind_of(const conv_tile *tile, int64_t weights) {
    if (tile->last < VEC)
        return PARTIAL_TILE;
    if (tile->flags & CNN_CONV_FAR || tile->ahead_lines > 0)
        return FAR_TILE;
    return weights < FEW_WEIGHTS ? CACHED_TILE : NEAR_TILE;
}

/* So many tiles of so many rows, from `tile` on, which moves behind them. */
TILE_INLINE void run_tiles(conv_tile *tile, int64_t tiles, int64_t size, int vectors,
                           const conv_row *instances) {
    tile->tiles = tiles;
    if (tiles > 0)
        instances[size - 1][vectors - 1][tile->kind](tile);
}

/* A row of the loop, cut into tiles of nearly equal size. */
TILE_INLINE void conv_one_row(conv_tile *tile, int vectors, const conv_row *instances, const int tile_rows) {
    const cnn_conv_loop *loop = tile->loop;
    const int64_t pieces = cnn_ceil_div(loop->columns, tile_rows), size = loop->columns / pieces;
    const int64_t larger = loop->columns - size * pieces;
    const float *x = tile->x;
    float *y = tile->y;
    tile->in_x = in_a_row(loop->x_column, size + 1);
    tile->in_y = in_a_row(loop->y_column, size + 1);
    run_tiles(tile, larger, size + 1, vectors, instances);
    tile->in_x = in_a_row(loop->x_column, size);
    tile->in_y = in_a_row(loop->y_column, size);
    run_tiles(tile, pieces - larger, size, vectors, instances);
    tile->x = x + loop->x_row;
    tile->y = y + loop->y_row;
}

/* Rows that are no longer than a tile, one a tile. */
TILE_INLINE void conv_short_rows(conv_tile *tile, int64_t rows, int vectors, const conv_row *instances) {
    const cnn_conv_loop *loop = tile->loop;
    tile->in_x = (tile_places){loop->x_column, RUN_ROWS * loop->x_column, loop->x_row};
    tile->in_y = (tile_places){loop->y_column, RUN_ROWS * loop->y_column, loop->y_row};
    run_tiles(tile, rows, loop->columns, vectors, instances);
}

/* Rows that are as long as a run, two a tile, which they fill together. */
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
    const int vectors = (int)cnn_ceil_div(outputs, VEC);
    const int64_t weights = loop->taps * loop->inputs * outputs;
    const int64_t pairs = loop->columns == RUN_ROWS && tile_rows == TILE_ROWS ? loop->rows / 2 : 0;
    const int64_t single = loop->rows - 2 * pairs, in_row = cnn_ceil_div(loop->columns, tile_rows);
    tile.last = outputs - (vectors - 1) * VEC;
    tile.ahead = tile.w + loop->taps * loop->inputs * loop->w_row;
    tile.ahead_lines = lines_ahead(loop, pairs + single * in_row, weights);
    tile.ahead_rows = cnn_ceil_div(tile_rows, cnn_max(1, lines_of_inputs(loop)));
    tile.kind = kind_of(&tile, weights);
    conv_row_pairs(&tile, pairs, vectors, instances);
    if (in_row == 1) {
        conv_short_rows(&tile, single, vectors, instances);
        return;
    }
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
