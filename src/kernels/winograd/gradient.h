/* The gradient of the weights by Winograd's F(4x4, 3x3): the transposes of forward's transforms, around products of tiles. */
#ifndef CNN_KERNELS_WINOGRAD_GRADIENT_H
#define CNN_KERNELS_WINOGRAD_GRADIENT_H

#include "kernels/isa/tile.h"
#include "kernels/winograd/loop.h"
#include "kernels/winograd/axis.h"

/* One row of A dy: gradients by four outputs into those by six products. */
static inline void output_gradient_transform(const vec dy[4], vec dm[6]) {
    const vec near_even = vec_fma(vec_set((float)(NEAR * NEAR)), dy[2], dy[0]);
    const vec far_even = vec_fma(vec_set((float)(FAR * FAR)), dy[2], dy[0]);
    const vec near_odd =
        vec_fma(vec_set((float)(NEAR * NEAR * NEAR)), dy[3], vec_mul(vec_set((float)NEAR), dy[1]));
    const vec far_odd =
        vec_fma(vec_set((float)(FAR * FAR * FAR)), dy[3], vec_mul(vec_set((float)FAR), dy[1]));
    dm[0] = dy[0];
    dm[1] = vec_add(near_even, near_odd);
    dm[2] = vec_sub(near_even, near_odd);
    dm[3] = vec_add(far_even, far_odd);
    dm[4] = vec_sub(far_even, far_odd);
    dm[5] = dy[3];
}

/* The 4x4 outputs at `dy`, of which only rows x columns exist, into plane (i, j) of `dm`. */
TILE_INLINE void output_gradient_tile(const cnn_winograd_loop *loop, const float *dy, const int64_t rows,
                                      const int64_t columns, float *dm) {
    const int64_t plane = loop->plane;
    vec half[6][4];
    UNROLL_FOR(column, 4) {
        vec gradients[4], t[6];
        UNROLL_FOR(row, 4)
            gradients[row] = row < rows && column < columns
                                 ? vec_load(dy + row * loop->image_row + column * loop->pixel)
                                 : vec_set(0);
        output_gradient_transform(gradients, t);
        for (int row = 0; row < 6; row++)
            half[row][column] = t[row];
    }
    for (int row = 0; row < 6; row++) {
        vec t[6];
        output_gradient_transform(half[row], t);
        for (int column = 0; column < 6; column++)
            vec_store(dm + (row * 6 + column) * plane, t[column]);
    }
}

static void kernel_winograd_output_gradient(const cnn_winograd_loop *loop, const float *dy, float *dm) {
    for (int64_t top = 0; top < 4 * loop->tile_rows; top += 4)
        for (int64_t left = 0; left < 4 * loop->tile_columns; left += 4, dm += loop->tile) {
            const int64_t rows = loop->rows - top, columns = loop->columns - left;
            const float *from = dy + top * loop->image_row + left * loop->pixel;
            for (int64_t c = 0; c < loop->channels; c += VEC)
                if (rows >= 4 && columns >= 4) /* constants spare the decisions */
                    output_gradient_tile(loop, from + c, 4, 4, dm + c);
                else
                    output_gradient_tile(loop, from + c, rows, columns, dm + c);
        }
}

/* G^T u: six gradients by transformed weights into three by weights. */
static inline void weight_gradient_transform(const vec u[6], vec g[3]) {
    const vec near_scale = vec_set((float)weight_scale(&axis_4, 0));
    const vec far_scale = vec_set((float)weight_scale(&axis_4, 1));
    const vec near_sum = vec_mul(near_scale, vec_add(u[1], u[2]));
    const vec near_difference = vec_mul(near_scale, vec_sub(u[1], u[2]));
    const vec far_sum = vec_mul(far_scale, vec_add(u[3], u[4]));
    const vec far_difference = vec_mul(far_scale, vec_sub(u[3], u[4]));
    g[0] = vec_add(vec_add(u[0], near_sum), far_sum);
    g[1] = vec_fma(vec_set((float)FAR), far_difference, vec_mul(vec_set((float)NEAR), near_difference));
    g[2] =
        vec_fma(vec_set((float)(FAR * FAR)), far_sum, vec_fma(vec_set((float)(NEAR * NEAR)), near_sum, u[5]));
}

/* A vector of 3x3 kernels: dw += G^T u G. */
static inline void weight_gradient_kernels(const cnn_winograd_weights_loop *loop, const float *du,
                                           float *dw) {
    vec half[3][6];
    for (int column = 0; column < 6; column++) {
        vec u[6], g[3];
        for (int row = 0; row < 6; row++)
            u[row] = vec_load(du + (row * 6 + column) * loop->plane);
        weight_gradient_transform(u, g);
        for (int row = 0; row < 3; row++)
            half[row][column] = g[row];
    }
    for (int row = 0; row < 3; row++) {
        vec g[3];
        weight_gradient_transform(half[row], g);
        for (int column = 0; column < 3; column++) {
            float *to = dw + (3 * row + column) * loop->tap;
            vec_store(to, vec_add(vec_load(to), g[column]));
        }
    }
}

static void kernel_winograd_weight_gradient(const cnn_winograd_weights_loop *loop, const float *du,
                                            float *dw) {
    for (int64_t c = 0; c < loop->inputs; c++)
        for (int64_t o = 0; o < loop->outputs; o += VEC)
            weight_gradient_kernels(loop, du + c * loop->row + o, dw + c * loop->input_step + o);
}

#endif
