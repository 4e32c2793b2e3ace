/* Many products of small matrices of the same shape, as Winograd's algorithm wants them: what conv does for one of them with
 * one tap, but with all loops over tiles within one instance. Where inner loops are short, entering them counts. */
#ifndef CNN_KERNELS_PRODUCTS_TEMPLATE_H
#define CNN_KERNELS_PRODUCTS_TEMPLATE_H

#include "base/numbers.h"
#include "kernels/conv/template.h"
#include "kernels/isa/tile.h"
#include "kernels/products/loop.h"

/* Tiles of the same size, below each other and side by side, of one plane after the other. */
typedef struct product_tiles {
    const cnn_products_loop *loop;
    const float *x, *w;
    float *y;
    int64_t tiles;  /* below each other */
    int64_t output; /* the first one */
    int64_t blocks; /* side by side */
} product_tiles;

/* Rows of weights, so many floats apart. */
typedef struct weight_rows {
    const float *first;
    int64_t row;
} weight_rows;

/* Those of the outputs from `output` on, of a plane that begins at w. */
TILE_INLINE weight_rows product_weights(const cnn_products_loop *loop, const float *w, int64_t output) {
    if (loop->w_block == 0)
        return (weight_rows){w + output, loop->w_row};
    const int64_t begin = output - output % loop->w_block;
    return (weight_rows){w + begin * loop->inputs + output - begin,
                         cnn_min(loop->w_block, loop->outputs - begin)};
}

/* One tile of `rows` x `vectors` vectors. `far`: with each line of its rows, one of each row of the next tile is prefetched. */
TILE_INLINE void product_tile(const float *x, int64_t x_row, int64_t inputs, const float *w, int64_t w_row,
                              float *y, int64_t y_row, const int rows, const int vectors, const bool far) {
    const tile_places in_x = in_a_row(x_row, rows);
    vec sum[TILE_ROWS][TILE_VECTORS];
    UNROLL_FOR(r, rows)
        UNROLL_FOR(v, vectors)
            sum[r][v] = vec_set(0);
    const int64_t run = far ? LINE : inputs;
    for (int64_t i = 0; i < inputs; i += run) {
        if (far)
            prefetch_inputs(x + i, in_x, rows);
        multiply_rows(sum, x + i, in_x, cnn_min(run, inputs - i), w + i * w_row, w_row, rows, vectors,
                      far ? FAR_TILE : NEAR_TILE, VEC, ADDED);
    }
    UNROLL_FOR(r, rows)
        UNROLL_FOR(v, vectors)
            vec_store(y + r * y_row + v * VEC, sum[r][v]);
}

/* What one half of the inputs gives: where it is read, and the sums so far. */
typedef struct product_half {
    const float *x, *w;
    vec sum[HALVED_ROWS][TILE_VECTORS];
} product_half;

/* One more input of each row. */
TILE_INLINE void half_input(product_half *half, const product_way way, int64_t x_row, int64_t w_row,
                            const int rows, const int vectors) {
    multiply_input(half->sum, &half->x, x_row, half->w, rows, vectors, false, VEC, way);
    half->w += w_row;
}

/* Half of the inputs each are summed up, side by side: rounding errors grow with the length of a sum. */
TILE_INLINE void halved_tile(const float *x, int64_t x_row, int64_t inputs, const float *w, int64_t w_row,
                             float *y, int64_t y_row, const int rows, const int vectors) {
    const int64_t half = inputs / 2;
    product_half lower = {.x = x, .w = w}, upper = {.x = x + half, .w = w + half * w_row};
    half_input(&lower, FIRST, x_row, w_row, rows, vectors);
    half_input(&upper, FIRST, x_row, w_row, rows, vectors);
    for (int64_t i = 1; i < half; i++) {
        half_input(&lower, ADDED, x_row, w_row, rows, vectors);
        half_input(&upper, ADDED, x_row, w_row, rows, vectors);
    }
    UNROLL_FOR(r, rows)
        UNROLL_FOR(v, vectors)
            vec_store(y + r * y_row + v * VEC, vec_add(lower.sum[r][v], upper.sum[r][v]));
}

typedef enum product_kind { PLAIN, FAR_INPUTS, HALVED } product_kind;

/* All tiles of this size. */
TILE_INLINE void products_run(const product_tiles *t, const int rows, const int vectors,
                              const product_kind kind) {
    const cnn_products_loop *loop = t->loop;
    const int64_t inputs = loop->inputs, x_row = loop->x_row, y_row = loop->y_row;
    for (int64_t plane = 0; plane < loop->planes; plane++)
        for (int64_t block = 0; block < t->blocks; block++) {
            const float *x = t->x + plane * loop->x_plane;
            const int64_t output = t->output + block * vectors * VEC;
            const weight_rows w = product_weights(loop, t->w + plane * loop->w_plane, output);
            float *y = t->y + plane * loop->y_plane + output;
            for (int64_t tile = 0; tile < t->tiles; tile++, x += rows * x_row, y += rows * y_row)
                if (kind == HALVED)
                    halved_tile(x, x_row, inputs, w.first, w.row, y, y_row, rows, vectors);
                else
                    product_tile(x, x_row, inputs, w.first, w.row, y, y_row, rows, vectors,
                                 kind == FAR_INPUTS);
        }
}

#define PRODUCT_INSTANCE(name, rows, vectors, kind)                                                          \
    static void name##_##rows##_##vectors(const product_tiles *t) {                                          \
        products_run(t, rows, vectors, kind);                                                                \
    }
#define PRODUCT_INSTANCES(rows)                                                                              \
    PRODUCT_INSTANCE(product, rows, 1, PLAIN)                                                                \
    PRODUCT_INSTANCE(product, rows, 2, PLAIN)                                                                \
    PRODUCT_INSTANCE(far, rows, 2, FAR_INPUTS)
#define HALVED_INSTANCES(rows)                                                                               \
    PRODUCT_INSTANCE(halved, rows, 1, HALVED)                                                                \
    PRODUCT_INSTANCE(halved, rows, 2, HALVED)
TILE_SIZES(PRODUCT_INSTANCES)
HALVED_SIZES(HALVED_INSTANCES)

typedef void (*product_instance)(const product_tiles *);
#define PRODUCT_ROW(rows) {product_##rows##_1, product_##rows##_2},
static const product_instance product_instances[TILE_ROWS][TILE_VECTORS] = {TILE_SIZES(PRODUCT_ROW)};
#define FAR_ROW(rows) far_##rows##_2,
static const product_instance far_instances[TILE_ROWS] = {TILE_SIZES(FAR_ROW)};
#define HALVED_ROW(rows) {halved_##rows##_1, halved_##rows##_2},
static const product_instance halved_instances[HALVED_ROWS][TILE_VECTORS] = {HALVED_SIZES(HALVED_ROW)};

/* Tiles of `rows` rows from the first on; a last vector of outputs stands alone. */
static void product_columns(product_tiles tiles, int64_t rows) {
    const bool halved = tiles.loop->halved;
    const product_instance *instances = halved ? halved_instances[rows - 1] : product_instances[rows - 1];
    const int64_t vectors = tiles.loop->outputs / VEC, alone = vectors % TILE_VECTORS;
    int64_t blocks = vectors / TILE_VECTORS;
    if (tiles.loop->far && !halved && blocks > 0) {
        tiles.blocks = 1;
        far_instances[rows - 1](&tiles);
        tiles.output += TILE_VECTORS * VEC;
        blocks--;
    }
    tiles.blocks = blocks;
    instances[TILE_VECTORS - 1](&tiles);
    tiles.output += blocks * TILE_VECTORS * VEC;
    tiles.blocks = alone;
    instances[0](&tiles);
}

/* With a row a plane nothing is used twice, so that memory decides, in whose order conv goes. */
static void product_rows(const cnn_products_loop *loop, const float *x, const float *w, float *y) {
    static const int64_t no_offset[1] = {0};
    const int64_t block = loop->w_block > 0 ? loop->w_block : loop->outputs;
    for (int64_t plane = 0; plane < loop->planes; plane++)
        for (int64_t output = 0; output < loop->outputs; output += block) {
            const weight_rows rows = product_weights(loop, w + plane * loop->w_plane, output);
            const cnn_conv_loop row = {.rows = 1,
                                       .columns = 1,
                                       .taps = 1,
                                       .tap = no_offset,
                                       .inputs = loop->inputs,
                                       .outputs = cnn_min(block, loop->outputs - output),
                                       .w_row = rows.row};
            kernel_conv(&row, x + plane * loop->x_plane, rows.first, NULL, 0,
                        y + plane * loop->y_plane + output);
        }
}

/* As few tiles as possible, whose sizes differ by one at most. */
static void kernel_products(const cnn_products_loop *loop, const float *x, const float *w, float *y) {
    if (loop->rows == 1 && !loop->halved) {
        product_rows(loop, x, w, y);
        return;
    }
    const int64_t max_rows = loop->halved ? HALVED_ROWS : TILE_ROWS;
    const int64_t pieces = (loop->rows + max_rows - 1) / max_rows, rows = loop->rows / pieces;
    const int64_t larger = loop->rows - rows * pieces, begin = larger * (rows + 1);
    const product_tiles tiles = {.loop = loop, .x = x, .w = w, .y = y, .tiles = larger};
    const product_tiles others = {.loop = loop,
                                  .x = x + begin * loop->x_row,
                                  .w = w,
                                  .y = y + begin * loop->y_row,
                                  .tiles = pieces - larger};
    if (larger > 0)
        product_columns(tiles, rows + 1);
    product_columns(others, rows);
}

#endif
