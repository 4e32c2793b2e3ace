/* A tile of sums of the gradients by the weights: `rows` neighbouring rows of dw, one for each tap and input, over all
 * positions. */
#ifndef CNN_KERNELS_CONV_WEIGHTS_TILE_H
#define CNN_KERNELS_CONV_WEIGHTS_TILE_H

#include "kernels/conv/tile.h"

typedef struct weights_tile {
    const cnn_conv_loop *loop;
    const float *x, *dy;
    float *dw;
    int flags;
    int64_t offset[TILE_ROWS]; /* of each row's input from the position's */
    int64_t last;
} weights_tile;

/* together: all rows are of one tap, so that one offset tells the others, which spares as many loads as there
 * are rows. */
TILE_INLINE void weights_run(const weights_tile *t, const int rows, const int vectors, const bool partial,
                             const bool together, const product_way way) {
    const cnn_conv_loop *loop = t->loop;
    float *const dw = t->dw; /* here: the compiler cannot know that what is stored changes neither */
    const int64_t w_row = loop->w_row, last = t->last;
    vec sum[TILE_ROWS][TILE_VECTORS];
    UNROLL_FOR(r, rows)
        UNROLL_FOR(v, vectors)
            sum[r][v] = t->flags & CNN_CONV_ACCUMULATE ? tile_load(dw + r * w_row, v, vectors, partial, last)
                                                       : vec_set(0);
    for (int64_t row = 0; row < loop->rows; row++) {
        const float *x = t->x + row * loop->x_row + t->offset[0], *dy = t->dy + row * loop->y_row;
        for (int64_t column = 0; column < loop->columns;
             column++, x += loop->x_column, dy += loop->y_column) {
            vec gradient[TILE_VECTORS];
            UNROLL_FOR(v, vectors)
                gradient[v] = tile_load(dy, v, vectors, partial, last);
            UNROLL_FOR(r, rows) {
                vec value = vec_set(x[together ? r : t->offset[r] - t->offset[0]]);
                UNROLL_FOR(v, vectors)
                    sum[r][v] = with_product(sum[r][v], value, gradient[v], way);
            }
        }
    }
    UNROLL_FOR(r, rows)
        UNROLL_FOR(v, vectors)
            tile_store(dw + r * w_row, v, vectors, partial, last, sum[r][v]);
}

/* The instances of a kernel for a number of rows, and their row of its table. */
#define WEIGHTS_INSTANCE(kernel, rows, vectors, name, partial, together, way)                                \
    static void kernel##_##rows##_##vectors##_##name(const weights_tile *t) {                                \
        weights_run(t, rows, vectors, partial, together, way);                                               \
    }
#define WEIGHTS_INSTANCES(kernel, rows, way)                                                                 \
    WEIGHTS_INSTANCE(kernel, rows, 1, partial, true, false, way)                                             \
    WEIGHTS_INSTANCE(kernel, rows, 1, whole, false, false, way)                                              \
    WEIGHTS_INSTANCE(kernel, rows, 1, partial_together, true, true, way)                                     \
    WEIGHTS_INSTANCE(kernel, rows, 1, whole_together, false, true, way)                                      \
    WEIGHTS_INSTANCE(kernel, rows, 2, partial, true, false, way)                                             \
    WEIGHTS_INSTANCE(kernel, rows, 2, whole, false, false, way)                                              \
    WEIGHTS_INSTANCE(kernel, rows, 2, partial_together, true, true, way)                                     \
    WEIGHTS_INSTANCE(kernel, rows, 2, whole_together, false, true, way)
#define WEIGHTS_ROW(kernel, rows)                                                                            \
    {{{kernel##_##rows##_1_partial, kernel##_##rows##_1_whole},                                              \
      {kernel##_##rows##_1_partial_together, kernel##_##rows##_1_whole_together}},                           \
     {{kernel##_##rows##_2_partial, kernel##_##rows##_2_whole},                                              \
      {kernel##_##rows##_2_partial_together, kernel##_##rows##_2_whole_together}}},

typedef void (*weights_instance)(const weights_tile *);
/* [vectors - 1][together][whole vectors] */
typedef weights_instance weights_row[TILE_VECTORS][2][2];

/* Rows [first, first + count) of one block of outputs, cut into tiles of nearly equal size, `tile_rows` at most, which is how
 * many rows the table of instances has. */
TILE_INLINE void weights_rows(const weights_tile *tile, int vectors, int64_t first, int64_t count,
                              bool together, const weights_row *instances, const int tile_rows) {
    const cnn_conv_loop *loop = tile->loop;
    const int64_t pieces = (count + tile_rows - 1) / tile_rows;
    for (int64_t piece = 0; piece < pieces; piece++) {
        const int64_t begin = first + count * piece / pieces, end = first + count * (piece + 1) / pieces;
        weights_tile here = *tile;
        here.dw += begin * loop->w_row;
        for (int64_t row = begin; row < end; row++)
            here.offset[row - begin] = loop->tap[row / loop->inputs] + row % loop->inputs;
        instances[end - begin - 1][vectors - 1][together][tile->last == VEC](&here);
    }
}

/* One block of outputs, tap by tap unless a tap has too few rows for a tile. */
TILE_INLINE void weights_block(weights_tile tile, int64_t outputs, const weights_row *instances,
                               const int tile_rows) {
    const cnn_conv_loop *loop = tile.loop;
    const int vectors = (int)((outputs + VEC - 1) / VEC);
    tile.last = outputs - (vectors - 1) * VEC;
    if (2 * loop->inputs < tile_rows)
        weights_rows(&tile, vectors, 0, loop->taps * loop->inputs, false, instances, tile_rows);
    else
        for (int64_t tap = 0; tap < loop->taps; tap++)
            weights_rows(&tile, vectors, tap * loop->inputs, loop->inputs, true, instances, tile_rows);
}

#endif
