/* The transforms of Winograd's convolutions, tile by tile: winograd/axis.h draws and defines them. */
#ifndef CNN_KERNELS_WINOGRAD_TEMPLATE_H
#define CNN_KERNELS_WINOGRAD_TEMPLATE_H

#include "base/numbers.h"
#include "kernels/isa/tile.h"
#include "kernels/winograd/axis.h"
#include "kernels/winograd/loop.h"

#include <stddef.h>

/* ---- Inputs ----------------------------------------------------------------------------------------- */

/* The rows of the transform that belong to a pair: for k < points the values at point k and at its opposite, for k = points those
 * at 0 and at infinity. */
TILE_INLINE int first_of(const winograd_axis *const axis, const int k) {
    return k < axis->points ? 2 * k + 1 : 0;
}
TILE_INLINE int second_of(const winograd_axis *const axis, const int k) {
    return k < axis->points ? 2 * k + 2 : 2 * axis->points + 1;
}

/* Pair k of B^T d, from the values d of a patch along an axis. */
TILE_INLINE void input_pair(const winograd_axis *const axis, const int k, const vec *d, vec *first,
                            vec *second) {
    if (k == axis->points) {
        *first = every_second(axis->all, axis->points, d);
        *second = every_second(axis->all, axis->points, d + 1);
        return;
    }
    const vec even = every_second(axis->others[k], axis->points - 1, d + 2);
    const vec odd = every_second(axis->others[k], axis->points - 1, d + 1);
    *first = add_scaled(axis->point[k], odd, even);
    *second = add_scaled(-axis->point[k], odd, even);
}

/* A row of B^T d, times B, into six planes. */
TILE_INLINE void input_row(const vec d[6], float *v, int64_t plane) {
    UNROLL_LOOP(int k = 0; k <= axis_4.points; k++) {
        vec first, second;
        input_pair(&axis_4, k, d, &first, &second);
        vec_store(v + first_of(&axis_4, k) * plane, first);
        vec_store(v + second_of(&axis_4, k) * plane, second);
    }
}

/* A patch at `x`, six columns wide, into plane (i, j) of `v`. Two rows of the transform at a time, so that they stay in
 * registers: reading the patch once more for each two costs less than storing what lies between. */
TILE_INLINE void input_tile(const cnn_winograd_loop *loop, const winograd_axis *const axis, const float *x,
                            float *v) {
    UNROLL_LOOP(int k = 0; k <= axis->points; k++) {
        vec first[6], second[6];
        UNROLL_FOR(column, 6) {
            vec d[MAX_HEIGHT + 2];
            UNROLL_FOR(row, axis->outputs + 2)
                d[row] = vec_load(x + row * loop->image_row + column * loop->pixel);
            input_pair(axis, k, d, &first[column], &second[column]);
        }
        input_row(first, v + 6 * first_of(axis, k) * loop->plane, loop->plane);
        input_row(second, v + 6 * second_of(axis, k) * loop->plane, loop->plane);
    }
}

/* All tiles, row by row. */
TILE_INLINE void input_tiles(const cnn_winograd_loop *loop, const winograd_axis *const axis, const float *x,
                             float *v) {
    for (int64_t row = 0; row < loop->tile_rows; row++)
        for (int64_t column = 0; column < loop->tile_columns; column++, v += loop->tile) {
            const float *patch = x + axis->outputs * row * loop->image_row + 4 * column * loop->pixel;
            for (int64_t c = 0; c < loop->channels; c += VEC)
                input_tile(loop, axis, patch + c, v + c);
        }
}

static void kernel_winograd_input(const cnn_winograd_loop *loop, const float *x, float *v) {
    WITH_AXIS(input_tiles, loop, x, v);
}

/* ---- Weights ---------------------------------------------------------------------------------------- */

/* G g: three weights of a kernel's row or column into as many as a patch has values along the axis. */
TILE_INLINE void weight_transform(const winograd_axis *const axis, const vec g[3], vec *t) {
    t[0] = vec_mul(vec_set((float)(1 / axis->all[0])), g[0]);
    UNROLL_FOR(k, axis->points) {
        const double point = axis->point[k];
        const vec scale = vec_set((float)weight_scale(axis, k));
        const vec even = add_scaled(point * point, g[2], g[0]);
        const vec odd = vec_mul(vec_set((float)point), g[1]);
        t[2 * k + 1] = vec_mul(scale, vec_add(even, odd));
        t[2 * k + 2] = vec_mul(scale, vec_sub(even, odd));
    }
    t[2 * axis->points + 1] = g[2];
}

/* A vector of 3x3 kernels, their elements `tap` apart, into vectors for all planes: G g G^T. */
TILE_INLINE void transform_kernels(const winograd_axis *const axis, const float *w, int64_t tap,
                                   vec *planes) {
    vec half[MAX_HEIGHT + 2][3];
    UNROLL_FOR(j, 3) {
        vec t[MAX_HEIGHT + 2];
        weight_transform(
            axis,
            (const vec[]){vec_load(w + j * tap), vec_load(w + (3 + j) * tap), vec_load(w + (6 + j) * tap)},
            t);
        UNROLL_FOR(i, axis->outputs + 2)
            half[i][j] = t[i];
    }
    UNROLL_FOR(i, axis->outputs + 2)
        weight_transform(&axis_4, half[i], planes + 6 * i);
}

enum { MAX_PLANES = 6 * (MAX_HEIGHT + 2) };

/* Neighbouring inputs lie side by side in w, neighbouring outputs in u: VEC x VEC kernels are transposed. */
TILE_INLINE void transform_transposed(const cnn_winograd_weights_loop *loop, const winograd_axis *const axis,
                                      const float *w, float *u) {
    vec planes[VEC][MAX_PLANES];
    for (int64_t o = 0; o < VEC; o++)
        transform_kernels(axis, w + o * loop->output_step, loop->tap, planes[o]);
    for (int64_t p = 0; p < 6 * (axis->outputs + 2); p++) {
        vec block[VEC];
        for (int64_t o = 0; o < VEC; o++)
            block[o] = planes[o][p];
        vec_transpose(block);
        for (int64_t c = 0; c < VEC; c++)
            vec_store(u + p * loop->plane + c * loop->row, block[c]);
    }
}

/* Neighbouring outputs lie side by side in both. */
TILE_INLINE void transform_straight(const cnn_winograd_weights_loop *loop, const winograd_axis *const axis,
                                    const float *w, float *u) {
    vec planes[MAX_PLANES];
    transform_kernels(axis, w, loop->tap, planes);
    for (int64_t p = 0; p < 6 * (axis->outputs + 2); p++)
        vec_store(u + p * loop->plane, planes[p]);
}

/* All kernels, in whichever way they lie. */
TILE_INLINE void transform_weights(const cnn_winograd_weights_loop *loop, const winograd_axis *const axis,
                                   const float *w, float *u) {
    const bool transposed = loop->output_step != 1;
    for (int64_t c = 0; c < loop->inputs; c += transposed ? VEC : 1)
        for (int64_t o = 0; o < loop->outputs; o += VEC) {
            const float *kernels = w + c * loop->input_step + o * loop->output_step;
            float *to = u + c * loop->row + o;
            if (transposed)
                transform_transposed(loop, axis, kernels, to);
            else
                transform_straight(loop, axis, kernels, to);
        }
}

static void kernel_winograd_weights(const cnn_winograd_weights_loop *loop, const float *w, float *u) {
    WITH_AXIS(transform_weights, loop, w, u);
}

/* ---- Outputs --------------------------------------------------------------------------------------- */

/* One row of products, `plane` floats apart, into m A: what two of the four columns of outputs have of it, 0 and 2 or
 * (odd) 1 and 3. */
TILE_INLINE void output_row(const float *m, int64_t plane, const int odd, vec t[2]) {
    const float *second = m + 3 * plane; /* two pointers and one stride reach all six */
    OPAQUE(second);
    const vec near = add_scaled(odd ? -1 : 1, vec_load(m + 2 * plane), vec_load(m + plane));
    const vec far = add_scaled(odd ? -1 : 1, vec_load(second + plane), vec_load(second));
    if (odd) {
        t[0] = vec_fma(vec_set((float)FAR), far, vec_mul(vec_set((float)NEAR), near));
        t[1] = vec_fma(vec_set((float)(FAR * FAR * FAR)), far,
                       vec_fma(vec_set((float)(NEAR * NEAR * NEAR)), near, vec_load(second + 2 * plane)));
    } else {
        t[0] = vec_add(vec_add(vec_load(m), near), far);
        t[1] = vec_fma(vec_set((float)(FAR * FAR)), far, vec_mul(vec_set((float)(NEAR * NEAR)), near));
    }
}

/* Add to two columns of outputs what the rows of products at a point and at its opposite give. */
TILE_INLINE void add_opposite_rows(const float *m, int64_t plane, const double point, const int height,
                                   const int odd, vec y[MAX_HEIGHT][4]) {
    vec at[2], opposite[2];
    output_row(m, plane, odd, at);
    output_row(m + 6 * plane, plane, odd, opposite);
    UNROLL_FOR(k, 2) {
        const vec sum = vec_add(at[k], opposite[k]), difference = vec_sub(at[k], opposite[k]);
        double power = 1;
        UNROLL_LOOP(int row = 0; row < height; row++, power *= point)
            y[row][2 * k + odd] = add_scaled(power, row % 2 ? difference : sum, y[row][2 * k + odd]);
    }
}

/* The products of one tile into two columns of its outputs with bias: A^T m A, row by row of products. */
TILE_INLINE void output_columns(const float *m, int64_t plane, const winograd_axis *const axis, vec bias,
                                const int odd, vec y[MAX_HEIGHT][4]) {
    const int height = axis->outputs;
    vec first[2], last[2];
    output_row(m, plane, odd, first);
    output_row(m + (height + 1) * 6 * plane, plane, odd, last);
    UNROLL_FOR(k, 2) {
        UNROLL_LOOP(int row = 1; row < height - 1; row++)
            y[row][2 * k + odd] = bias;
        y[0][2 * k + odd] = vec_add(bias, first[k]);
        y[height - 1][2 * k + odd] = vec_add(bias, last[k]);
    }
    UNROLL_FOR(k, axis->points)
        add_opposite_rows(m + (2 * k + 1) * 6 * plane, plane, axis->point[k], height, odd, y);
}

/* Even columns, then odd ones, so that little else than the outputs wants registers. */
TILE_INLINE void output_tile(const float *m, int64_t plane, const winograd_axis *const axis, vec bias,
                             vec y[MAX_HEIGHT][4]) {
    output_columns(m, plane, axis, bias, 0, y);
    output_columns(m, plane, axis, bias, 1, y);
}

/* Of the channels from c on. */
static inline vec bias_at(const float *bias, int64_t c) {
    return bias ? vec_load(bias + c) : vec_set(0);
}

/* What all outputs of a call have in common: their bounds, and whether they are added to what y holds. */
typedef struct output_way {
    vec lower, upper;
    bool adds;
} output_way;

/* The outputs of one tile, of which rows x columns exist. */
TILE_INLINE void write_tile(const cnn_winograd_loop *loop, const winograd_axis *const axis, const float *m,
                            vec bias, output_way way, const int64_t rows, const int64_t columns, float *y) {
    vec tile[MAX_HEIGHT][4];
    output_tile(m, loop->plane, axis, bias, tile);
    UNROLL_FOR(i, axis->outputs)
        UNROLL_FOR(j, 4)
            if (i < rows && j < columns) {
                float *to = y + i * loop->image_row + j * loop->pixel;
                const vec value = way.adds ? vec_add(tile[i][j], vec_load(to)) : tile[i][j];
                vec_store(to, vec_min(way.upper, vec_max(way.lower, value)));
            }
}

/* All tiles; those at the lower and right edge in part. */
TILE_INLINE void output_tiles(const cnn_winograd_loop *loop, const winograd_axis *const axis, const float *m,
                              const float *bias, int flags, float *y) {
    const int height = axis->outputs;
    const output_way way = {lower_bound(flags), upper_bound(flags, loop->limit), flags & CNN_CONV_ADD};
    for (int64_t top = 0; top < loop->rows; top += height)
        for (int64_t left = 0; left < 4 * loop->tile_columns; left += 4, m += loop->tile) {
            const int64_t rows = cnn_min(height, loop->rows - top),
                          columns = cnn_min(4, loop->columns - left);
            float *to = y + top * loop->image_row + left * loop->pixel;
            for (int64_t c = 0; c < loop->channels; c += VEC)
                if (rows == height && columns == 4) /* constants spare the decisions */
                    write_tile(loop, axis, m + c, bias_at(bias, c), way, height, 4, to + c);
                else
                    write_tile(loop, axis, m + c, bias_at(bias, c), way, rows, columns, to + c);
        }
}

static void kernel_winograd_output(const cnn_winograd_loop *loop, const float *m, const float *bias,
                                   int flags, float *y) {
    WITH_AXIS(output_tiles, loop, m, bias, flags, y);
}

/* The largest of a 2x2 window of a tile. */
static inline vec window_maximum(const vec tile[MAX_HEIGHT][4], int i, int j) {
    return vec_max(vec_max(tile[i + 1][j + 1], tile[i + 1][j]), vec_max(tile[i][j + 1], tile[i][j]));
}

/* Its number, row-major: the first of equals. */
static inline vec window_winner(const vec tile[MAX_HEIGHT][4], int i, int j) {
    const vec upper = vec_if_greater(tile[i][j + 1], tile[i][j], vec_set(1), vec_set(0));
    const vec lower = vec_if_greater(tile[i + 1][j + 1], tile[i + 1][j], vec_set(3), vec_set(2));
    return vec_if_greater(vec_max(tile[i + 1][j + 1], tile[i + 1][j]), vec_max(tile[i][j + 1], tile[i][j]),
                          lower, upper);
}

/* The windows of a tile that exist. */
TILE_INLINE void pool_tile(const cnn_winograd_loop *loop, const vec tile[MAX_HEIGHT][4], const int height,
                           int64_t rows, int64_t columns, const bool has_relu, float *y, float *winner) {
    UNROLL_FOR(i, height / 2)
        UNROLL_FOR(j, 2)
            if (i < rows && j < columns) {
                const int64_t at = i * loop->image_row + j * loop->pixel;
                const vec largest = window_maximum(tile, 2 * i, 2 * j);
                vec_store(y + at, has_relu ? vec_max(vec_set(0), largest) : largest);
                if (winner) {
                    const vec number = window_winner(tile, 2 * i, 2 * j);
                    vec_store(winner + at, has_relu ? vec_if_at_most(largest, vec_set(0),
                                                                     vec_set(cnn_pooled_closed), number)
                                                    : number);
                }
            }
}

/* Prefetch the windows one tile further down. They were last used a batch ago, and a store that misses the caches holds up
 * those behind it. */
TILE_INLINE void prefetch_windows_below(const cnn_winograd_loop *loop, const int height, const float *y) {
    UNROLL_LOOP(int i = height / 2; i < height; i++)
        UNROLL_FOR(j, 2)
            __builtin_prefetch(y + i * loop->image_row + j * loop->pixel, 1);
}

/* All tiles, each into its 2x2 windows. */
TILE_INLINE void pooled_tiles(const cnn_winograd_loop *loop, const winograd_axis *const axis, const float *m,
                              const float *bias, int flags, float *y, float *winner) {
    const int height = axis->outputs, windows = height / 2;
    for (int64_t top = 0; top < windows * loop->tile_rows; top += windows)
        for (int64_t left = 0; left < 2 * loop->tile_columns; left += 2, m += loop->tile) {
            const int64_t at = top * loop->image_row + left * loop->pixel;
            for (int64_t c = 0; c < loop->channels; c += VEC) {
                vec tile[MAX_HEIGHT][4];
                prefetch_windows_below(loop, height, y + at + c);
                if (winner)
                    prefetch_windows_below(loop, height, winner + at + c);
                output_tile(m + c, loop->plane, axis, bias_at(bias, c), tile);
                pool_tile(loop, tile, height, loop->rows - top, loop->columns - left, flags & CNN_CONV_RELU,
                          y + at + c, winner ? winner + at + c : NULL);
            }
        }
}

static void kernel_winograd_output_pooled(const cnn_winograd_loop *loop, const float *m, const float *bias,
                                          int flags, float *y, float *winner) {
    if (loop->height == axis_4.outputs)
        pooled_tiles(loop, &axis_4, m, bias, flags, y, winner);
    else
        pooled_tiles(loop, &axis_6, m, bias, flags, y, winner);
}

#endif
