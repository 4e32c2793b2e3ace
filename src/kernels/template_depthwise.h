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

enum { FEW_COLUMNS = 3 };

/* Tiles and sums run along rows. At a narrow border they had better run along columns: the same loop with its axes
 * turned. The number of rows must not matter, because it turns the order of the sums, too, and several threads may
 * share the rows. */
static cnn_depthwise_loop along_a_line(const cnn_depthwise_loop *loop) {
    cnn_depthwise_loop turned = *loop;
    if (loop->columns > FEW_COLUMNS)
        return turned;
    turned.rows = loop->columns;
    turned.columns = loop->rows;
    turned.x_row = loop->x_column;
    turned.x_column = loop->x_row;
    turned.y_row = loop->y_column;
    turned.y_column = loop->y_row;
    for (int axis = 0; axis < 2; axis++) {
        turned.taps[axis] = loop->taps[1 - axis];
        turned.x_tap[axis] = loop->x_tap[1 - axis];
        turned.w_tap[axis] = loop->w_tap[1 - axis];
    }
    return turned;
}

/* ---- depthwise ------------------------------------------------------------------------------------- */

enum { DEPTHWISE_POSITIONS = 7, DEPTHWISE_TAPS = 5 };

typedef struct depthwise_tile {
    const cnn_depthwise_loop *loop;
    const float *x, *w, *bias;
    float *y;
    int flags;
    int64_t channels; /* 1 .. VEC */
} depthwise_tile;

TILE_INLINE void depthwise_start(const depthwise_tile *t, vec *sum, const int positions, const bool partial) {
    const vec start = t->bias ? channels_load(t->bias, t->channels, partial) : vec_set(0);
    UNROLL for (int p = 0; p < positions; p++) sum[p] = start;
}

TILE_INLINE void depthwise_finish(const depthwise_tile *t, const vec *sum, const int positions,
                                  const bool partial) {
    const vec least = least_of(t->flags), most = most_of(t->flags, t->loop->most);
    float *y = t->y;
    UNROLL for (int p = 0; p < positions; p++, y += t->loop->y_column)
        channels_store(y, t->channels, partial, vec_min(most, vec_max(least, sum[p])));
}

/* `positions` neighbouring ones of one row, any taps. */
TILE_INLINE void depthwise_any(const depthwise_tile *t, const int positions, const bool partial) {
    const cnn_depthwise_loop *loop = t->loop;
    vec sum[DEPTHWISE_POSITIONS];
    depthwise_start(t, sum, positions, partial);
    for (int64_t i = 0; i < loop->taps[0]; i++)
        for (int64_t j = 0; j < loop->taps[1]; j++) {
            const float *x = t->x + i * loop->x_tap[0] + j * loop->x_tap[1];
            const vec weight =
                channels_load(t->w + i * loop->w_tap[0] + j * loop->w_tap[1], t->channels, partial);
            UNROLL for (int p = 0; p < positions; p++, x += loop->x_column) sum[p] =
                vec_fma(weight, channels_load(x, t->channels, partial), sum[p]);
        }
    depthwise_finish(t, sum, positions, partial);
}

/* The same where neighbouring positions are `stride` taps apart and each row has so many taps: an input that several
 * positions meet is read once. Reading is what limits these sums. */
TILE_INLINE void depthwise_slide(const depthwise_tile *t, const int positions, const int taps,
                                 const int stride, const bool partial) {
    const cnn_depthwise_loop *loop = t->loop;
    vec sum[DEPTHWISE_POSITIONS];
    depthwise_start(t, sum, positions, partial);
    for (int64_t i = 0; i < loop->taps[0]; i++) {
        const float *x = t->x + i * loop->x_tap[0], *w = t->w + i * loop->w_tap[0];
        vec weight[DEPTHWISE_TAPS];
        UNROLL for (int j = 0; j < taps; j++) weight[j] =
            channels_load(w + j * loop->w_tap[1], t->channels, partial);
        UNROLL for (int q = 0; q < (positions - 1) * stride + taps; q++) {
            const vec value = vec_keep(channels_load(x, t->channels, partial));
            UNROLL for (int j = 0; j < taps;
                        j++) if (q >= j && (q - j) % stride == 0 && (q - j) / stride < positions)
                sum[(q - j) / stride] = vec_fma(weight[j], value, sum[(q - j) / stride]);
            x += loop->x_tap[1];
            OPAQUE(x);
        }
    }
    depthwise_finish(t, sum, positions, partial);
}

/* taps 0: any. */
TILE_INLINE void depthwise_run(const depthwise_tile *t, const int positions, const int taps, const int stride,
                               const bool partial) {
    if (taps)
        depthwise_slide(t, positions, taps, stride, partial);
    else
        depthwise_any(t, positions, partial);
}

/* `tiles` of them, one after another along a row. */
TILE_INLINE void depthwise_tiles(depthwise_tile t, int64_t tiles, const int positions, const int taps,
                                 const int stride, const bool partial) {
    for (int64_t tile = 0; tile < tiles; tile++) {
        depthwise_run(&t, positions, taps, stride, partial);
        t.x += positions * t.loop->x_column;
        t.y += positions * t.loop->y_column;
    }
}

#define DEPTHWISE_INSTANCE(positions, taps, stride)                                                          \
    static void depthwise_##taps##_##stride##_##positions(const depthwise_tile *t, int64_t tiles) {          \
        if (t->channels == VEC)                                                                              \
            depthwise_tiles(*t, tiles, positions, taps, stride, false);                                      \
        else                                                                                                 \
            depthwise_tiles(*t, tiles, positions, taps, stride, true);                                       \
    }
#define DEPTHWISE_EVERY(X, taps, stride)                                                                     \
    X(1, taps, stride)                                                                                       \
    X(2, taps, stride)                                                                                       \
    X(3, taps, stride) X(4, taps, stride) X(5, taps, stride) X(6, taps, stride) X(7, taps, stride)
DEPTHWISE_EVERY(DEPTHWISE_INSTANCE, 0, 0)
DEPTHWISE_EVERY(DEPTHWISE_INSTANCE, 3, 1)
DEPTHWISE_EVERY(DEPTHWISE_INSTANCE, 3, 2)
DEPTHWISE_EVERY(DEPTHWISE_INSTANCE, 5, 1)
DEPTHWISE_EVERY(DEPTHWISE_INSTANCE, 5, 2)

typedef void (*depthwise_instance)(const depthwise_tile *, int64_t tiles);
#define DEPTHWISE_CELL(positions, taps, stride) depthwise_##taps##_##stride##_##positions,
#define DEPTHWISE_VARIANT(taps, stride)                                                                      \
    {                                                                                                        \
        taps, stride, {                                                                                      \
            DEPTHWISE_EVERY(DEPTHWISE_CELL, taps, stride)                                                    \
        }                                                                                                    \
    }
typedef struct depthwise_variant {
    int64_t taps, stride;
    depthwise_instance instance[DEPTHWISE_POSITIONS];
} depthwise_variant;
/* The last is for all others. */
static const depthwise_variant depthwise_variants[] = {DEPTHWISE_VARIANT(3, 1), DEPTHWISE_VARIANT(3, 2),
                                                       DEPTHWISE_VARIANT(5, 1), DEPTHWISE_VARIANT(5, 2),
                                                       DEPTHWISE_VARIANT(0, 0)};

static const depthwise_variant *depthwise_variant_for(const cnn_depthwise_loop *loop) {
    const depthwise_variant *variant = depthwise_variants;
    while (variant->taps &&
           (variant->taps != loop->taps[1] || variant->stride * loop->x_tap[1] != loop->x_column))
        variant++;
    return variant;
}

/* All positions of the tile's channels, each row cut into tiles of nearly equal size: the longer ones first. */
static void depthwise_block(const depthwise_tile *block) {
    const cnn_depthwise_loop *loop = block->loop;
    const depthwise_variant *variant = depthwise_variant_for(loop);
    const int64_t tiles = (loop->columns + DEPTHWISE_POSITIONS - 1) / DEPTHWISE_POSITIONS;
    const int64_t shorter = loop->columns / tiles, longer = loop->columns % tiles;
    for (int64_t row = 0; row < loop->rows; row++) {
        depthwise_tile tile = *block;
        tile.x += row * loop->x_row;
        tile.y += row * loop->y_row;
        if (longer)
            variant->instance[shorter](&tile, longer);
        tile.x += longer * (shorter + 1) * loop->x_column;
        tile.y += longer * (shorter + 1) * loop->y_column;
        variant->instance[shorter - 1](&tile, tiles - longer);
    }
}

static void turn_taps(cnn_depthwise_loop *loop, const float **x, const float **w) {
    const int64_t last = loop->taps[1] - 1;
    *x += last * loop->x_tap[1];
    *w += last * loop->w_tap[1];
    loop->x_tap[1] = -loop->x_tap[1];
    loop->w_tap[1] = -loop->w_tap[1];
}

/* A vector of channels after the other, each through the whole image: the few rows that neighbouring outputs share
 * then stay in the first-level cache, however many channels there are. */
static void kernel_depthwise(const cnn_depthwise_loop *given, const float *x, const float *w,
                             const float *bias, int flags, float *y) {
    cnn_depthwise_loop loop = along_a_line(given);
    if (loop.taps[1] > 0 && loop.x_tap[1] < 0) /* the taps of a row from the other end on */
        turn_taps(&loop, &x, &w);
    for (int64_t c = 0; c < loop.channels; c += VEC)
        depthwise_block(&(depthwise_tile){.loop = &loop,
                                          .x = x + c,
                                          .w = w + c,
                                          .bias = bias ? bias + c : NULL,
                                          .y = y + c,
                                          .flags = flags,
                                          .channels = at_most(VEC, loop.channels - c)});
}

/* ---- depthwise_weights ----------------------------------------------------------------------------- */

enum { GATHER_ROWS = 3, GATHER_COLUMNS = 5 }; /* taps whose sums are held in registers at a time */

typedef struct gather_tile {
    const cnn_depthwise_loop *loop;
    const float *x, *dy;
    float *dw;        /* of the tile's first tap */
    int64_t channels; /* 1 .. VEC */
} gather_tile;

/* rows x columns taps over all positions: few constants, so that addresses need few registers. */
TILE_INLINE void gather_run(const gather_tile *t, const int rows, const int columns, const bool partial) {
    const cnn_depthwise_loop *loop = t->loop;
    const int64_t x_tap[2] = {loop->x_tap[0], loop->x_tap[1]}, count = t->channels;
    vec sum[GATHER_ROWS][GATHER_COLUMNS];
    UNROLL for (int i = 0; i < rows; i++) UNROLL for (int j = 0; j < columns; j++) sum[i][j] =
        channels_load(t->dw + i * loop->w_tap[0] + j * loop->w_tap[1], count, partial);
    for (int64_t row = 0; row < loop->rows; row++) {
        const float *x = t->x + row * loop->x_row, *dy = t->dy + row * loop->y_row;
        for (int64_t column = 0; column < loop->columns;
             column++, x += loop->x_column, dy += loop->y_column) {
            const vec gradient = channels_load(dy, count, partial);
            UNROLL for (int i = 0; i < rows; i++) UNROLL for (int j = 0; j < columns; j++) sum[i][j] =
                vec_fma(gradient, channels_load(x + i * x_tap[0] + j * x_tap[1], count, partial), sum[i][j]);
        }
    }
    UNROLL for (int i = 0; i < rows; i++) UNROLL for (int j = 0; j < columns; j++)
        channels_store(t->dw + i * loop->w_tap[0] + j * loop->w_tap[1], count, partial, sum[i][j]);
}

#define GATHER_INSTANCE(rows, columns)                                                                       \
    static void gather_##rows##_##columns(const gather_tile *t) {                                            \
        if (t->channels == VEC)                                                                              \
            gather_run(t, rows, columns, false);                                                             \
        else                                                                                                 \
            gather_run(t, rows, columns, true);                                                              \
    }
#define EVERY_GATHER_COLUMN(X, rows) X(rows, 1) X(rows, 2) X(rows, 3) X(rows, 4) X(rows, 5)
EVERY_GATHER_COLUMN(GATHER_INSTANCE, 1)
EVERY_GATHER_COLUMN(GATHER_INSTANCE, 2)
EVERY_GATHER_COLUMN(GATHER_INSTANCE, 3)

typedef void (*gather_instance)(const gather_tile *);
#define GATHER_CELL(rows, columns) gather_##rows##_##columns,
static const gather_instance gather_instances[GATHER_ROWS][GATHER_COLUMNS] = {
    {EVERY_GATHER_COLUMN(GATHER_CELL, 1)},
    {EVERY_GATHER_COLUMN(GATHER_CELL, 2)},
    {EVERY_GATHER_COLUMN(GATHER_CELL, 3)},
};

/* All taps, in blocks that registers can hold. */
static void gather_taps(const gather_tile *all) {
    const cnn_depthwise_loop *loop = all->loop;
    for (int64_t i = 0; i < loop->taps[0]; i += GATHER_ROWS)
        for (int64_t j = 0; j < loop->taps[1]; j += GATHER_COLUMNS) {
            const int64_t rows = at_most(GATHER_ROWS, loop->taps[0] - i);
            const int64_t columns = at_most(GATHER_COLUMNS, loop->taps[1] - j);
            gather_tile tile = *all;
            tile.x += i * loop->x_tap[0] + j * loop->x_tap[1];
            tile.dw += i * loop->w_tap[0] + j * loop->w_tap[1];
            gather_instances[rows - 1][columns - 1](&tile);
        }
}

static void kernel_depthwise_weights(const cnn_depthwise_loop *given, const float *x, const float *dy,
                                     float *dw) {
    const cnn_depthwise_loop loop = along_a_line(given);
    for (int64_t c = 0; c < loop.channels; c += VEC)
        gather_taps(&(gather_tile){&loop, x + c, dy + c, dw + c, at_most(VEC, loop.channels - c)});
}
