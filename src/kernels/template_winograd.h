/* Winograd's convolution F(4x4, 3x3) (Lavin and Gray 2015, arXiv:1509.09308): the transforms of inputs, weights and
 * outputs. Between them stand 36 small matrix products, the kernel `products`. Channels come in whole
 * vectors. */
#include "kernels/kernels.h"

#define NEAR CNN_WINOGRAD_NEAR
#define FAR  CNN_WINOGRAD_FAR

/* One row of B^T d: six values of the input into six of its transform. */
static inline void input_transform(const vec d[6], vec t[6]) {
    const vec squares = vec_set(-(float)(NEAR * NEAR + FAR * FAR));
    const vec near = vec_set((float)NEAR), minus_near = vec_set(-(float)NEAR);
    const vec far = vec_set((float)FAR), minus_far = vec_set(-(float)FAR);
    const vec even1 = vec_fma(vec_set(-(float)(FAR * FAR)), d[2], d[4]);
    const vec odd1 = vec_fma(near, d[3], vec_mul(minus_far, d[1]));
    const vec even2 = vec_fma(vec_set(-(float)(NEAR * NEAR)), d[2], d[4]);
    const vec odd2 = vec_fma(far, d[3], vec_mul(minus_near, d[1]));
    t[0] = vec_fma(squares, d[2], vec_add(d[0], d[4]));
    t[1] = vec_add(even1, odd1);
    t[2] = vec_sub(even1, odd1);
    t[3] = vec_add(even2, odd2);
    t[4] = vec_sub(even2, odd2);
    t[5] = vec_fma(squares, d[3], vec_add(d[1], d[5]));
}

/* A 6x6 patch at `x` into plane (i, j) of `v`, `plane` floats apart. */
static inline void input_tile(const cnn_winograd_loop *loop, const float *x, float *v, int64_t plane) {
    vec half[6][6];
    for (int column = 0; column < 6; column++) {
        vec d[6], t[6];
        for (int row = 0; row < 6; row++)
            d[row] = vec_load(x + row * loop->image_row + column * loop->pixel);
        input_transform(d, t);
        for (int row = 0; row < 6; row++)
            half[row][column] = t[row];
    }
    for (int row = 0; row < 6; row++) {
        vec t[6];
        input_transform(half[row], t);
        for (int column = 0; column < 6; column++)
            vec_store(v + (row * 6 + column) * plane, t[column]);
    }
}

static void kernel_winograd_input(const cnn_winograd_loop *loop, const float *x, float *v) {
    const int64_t plane = loop->plane;
    for (int64_t row = 0; row < loop->tile_rows; row++)
        for (int64_t column = 0; column < loop->tile_columns; column++, v += loop->channels) {
            const float *patch = x + 4 * (row * loop->image_row + column * loop->pixel);
            for (int64_t c = 0; c < loop->channels; c += VEC)
                input_tile(loop, patch + c, v + c, plane);
        }
}

/* G g: three weights of a kernel's row or column into six. */
static inline void weight_transform(const vec g[3], vec t[6]) {
    const vec near_scale = vec_set((float)(1 / (2 * NEAR * NEAR * (NEAR * NEAR - FAR * FAR))));
    const vec far_scale = vec_set((float)(1 / (2 * FAR * FAR * (FAR * FAR - NEAR * NEAR))));
    const vec near_even = vec_fma(vec_set((float)(NEAR * NEAR)), g[2], g[0]);
    const vec far_even = vec_fma(vec_set((float)(FAR * FAR)), g[2], g[0]);
    const vec near_odd = vec_mul(vec_set((float)NEAR), g[1]), far_odd = vec_mul(vec_set((float)FAR), g[1]);
    t[0] = g[0]; /* over (NEAR FAR)^2, which is 1 */
    t[1] = vec_mul(near_scale, vec_add(near_even, near_odd));
    t[2] = vec_mul(near_scale, vec_sub(near_even, near_odd));
    t[3] = vec_mul(far_scale, vec_add(far_even, far_odd));
    t[4] = vec_mul(far_scale, vec_sub(far_even, far_odd));
    t[5] = g[2];
}

/* A vector of 3x3 kernels, their elements `tap` apart, into 36 vectors. */
static inline void transform_kernels(const float *w, int64_t tap, vec planes[36]) {
    vec half[6][3];
    for (int j = 0; j < 3; j++) {
        vec t[6];
        weight_transform(
            (const vec[]){vec_load(w + j * tap), vec_load(w + (3 + j) * tap), vec_load(w + (6 + j) * tap)},
            t);
        for (int i = 0; i < 6; i++)
            half[i][j] = t[i];
    }
    for (int i = 0; i < 6; i++)
        weight_transform(half[i], planes + 6 * i);
}

/* Neighbouring inputs lie side by side in w, neighbouring outputs in u: VEC x VEC kernels are turned. */
static void transform_turned(const cnn_winograd_weights_loop *loop, const float *w, float *u) {
    vec planes[VEC][36];
    for (int64_t o = 0; o < VEC; o++)
        transform_kernels(w + o * loop->output_step, loop->tap, planes[o]);
    for (int64_t p = 0; p < 36; p++) {
        vec block[VEC];
        for (int64_t o = 0; o < VEC; o++)
            block[o] = planes[o][p];
        vec_transpose(block);
        for (int64_t c = 0; c < VEC; c++)
            vec_store(u + p * loop->plane + c * loop->row, block[c]);
    }
}

static void kernel_winograd_weights(const cnn_winograd_weights_loop *loop, const float *w, float *u) {
    const bool turned = loop->output_step != 1;
    for (int64_t c = 0; c < loop->inputs; c += turned ? VEC : 1)
        for (int64_t o = 0; o < loop->outputs; o += VEC) {
            const float *kernels = w + c * loop->input_step + o * loop->output_step;
            float *to = u + c * loop->row + o;
            if (turned) {
                transform_turned(loop, kernels, to);
                continue;
            }
            vec planes[36];
            transform_kernels(kernels, loop->tap, planes);
            for (int64_t p = 0; p < 36; p++)
                vec_store(to + p * loop->plane, planes[p]);
        }
}

/* ---- Gradients of the weights: the transforms' transposes ------------------------------------------- */

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
    UNROLL for (int column = 0; column < 4; column++) {
        vec gradients[4], t[6];
        UNROLL for (int row = 0; row < 4; row++) gradients[row] =
            row < rows && column < columns ? vec_load(dy + row * loop->image_row + column * loop->pixel)
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
        for (int64_t left = 0; left < 4 * loop->tile_columns; left += 4, dm += loop->channels) {
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
    const vec near_scale = vec_set((float)(1 / (2 * NEAR * NEAR * (NEAR * NEAR - FAR * FAR))));
    const vec far_scale = vec_set((float)(1 / (2 * FAR * FAR * (FAR * FAR - NEAR * NEAR))));
    const vec near_sum = vec_mul(near_scale, vec_add(u[1], u[2]));
    const vec near_difference = vec_mul(near_scale, vec_sub(u[1], u[2]));
    const vec far_sum = vec_mul(far_scale, vec_add(u[3], u[4]));
    const vec far_difference = vec_mul(far_scale, vec_sub(u[3], u[4]));
    g[0] = vec_add(vec_add(u[0], near_sum), far_sum);
    g[1] = vec_fma(vec_set((float)FAR), far_difference, vec_mul(vec_set((float)NEAR), near_difference));
    g[2] =
        vec_fma(vec_set((float)(FAR * FAR)), far_sum, vec_fma(vec_set((float)(NEAR * NEAR)), near_sum, u[5]));
}

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

/* ---- Outputs --------------------------------------------------------------------------------------- */

/* One row of products, `plane` floats apart, into m A: what the four columns of outputs have of it. */
TILE_INLINE void output_row(const float *m, int64_t plane, vec t[4]) {
    const float *second = m + 3 * plane; /* two pointers and one stride reach all six */
    OPAQUE(second);
    const vec near_sum = vec_add(vec_load(m + plane), vec_load(m + 2 * plane));
    const vec near_difference = vec_sub(vec_load(m + plane), vec_load(m + 2 * plane));
    const vec far_sum = vec_add(vec_load(second), vec_load(second + plane));
    const vec far_difference = vec_sub(vec_load(second), vec_load(second + plane));
    t[0] = vec_add(vec_add(vec_load(m), near_sum), far_sum);
    t[1] = vec_fma(vec_set((float)FAR), far_difference, vec_mul(vec_set((float)NEAR), near_difference));
    t[2] = vec_fma(vec_set((float)(FAR * FAR)), far_sum, vec_mul(vec_set((float)(NEAR * NEAR)), near_sum));
    t[3] =
        vec_fma(vec_set((float)(FAR * FAR * FAR)), far_difference,
                vec_fma(vec_set((float)(NEAR * NEAR * NEAR)), near_difference, vec_load(second + 2 * plane)));
}

/* Add to the outputs what the rows of products at a point and at its opposite give. */
TILE_INLINE void add_opposite_rows(const float *m, int64_t plane, const double point, vec y[4][4]) {
    vec at[4], opposite[4];
    output_row(m, plane, at);
    output_row(m + 6 * plane, plane, opposite);
    UNROLL for (int column = 0; column < 4; column++) {
        const vec sum = vec_add(at[column], opposite[column]);
        const vec difference = vec_sub(at[column], opposite[column]);
        y[0][column] = vec_add(sum, y[0][column]);
        y[1][column] = vec_fma(vec_set((float)point), difference, y[1][column]);
        y[2][column] = vec_fma(vec_set((float)(point * point)), sum, y[2][column]);
        y[3][column] = vec_fma(vec_set((float)(point * point * point)), difference, y[3][column]);
    }
}

/* The products of one tile, from planes `plane` floats apart, into 4x4 outputs with bias: A^T m A, row by row of products, so
 * that little else than the outputs wants registers. */
TILE_INLINE void output_tile(const float *m, int64_t plane, vec bias, vec y[4][4]) {
    vec first[4], last[4];
    output_row(m, plane, first);
    output_row(m + 30 * plane, plane, last);
    UNROLL for (int column = 0; column < 4; column++) {
        y[0][column] = vec_add(bias, first[column]);
        y[1][column] = bias;
        y[2][column] = bias;
        y[3][column] = vec_add(bias, last[column]);
    }
    add_opposite_rows(m + 6 * plane, plane, NEAR, y);
    add_opposite_rows(m + 18 * plane, plane, FAR, y);
}

static inline vec bias_at(const float *bias, int64_t c) {
    return bias ? vec_load(bias + c) : vec_set(0);
}

/* One tile, of which rows x columns outputs exist. */
TILE_INLINE void output_part(const cnn_winograd_loop *loop, const float *m, vec bias, vec least, vec most,
                             const int64_t rows, const int64_t columns, float *y) {
    vec tile[4][4];
    output_tile(m, loop->plane, bias, tile);
    UNROLL for (int i = 0; i < 4; i++) UNROLL for (int j = 0; j < 4; j++) if (i < rows && j < columns)
        vec_store(y + i * loop->image_row + j * loop->pixel, vec_min(most, vec_max(least, tile[i][j])));
}

static void kernel_winograd_output(const cnn_winograd_loop *loop, const float *m, const float *bias,
                                   int flags, float *y) {
    const vec least = least_of(flags), most = most_of(flags, loop->most);
    for (int64_t top = 0; top < loop->rows; top += 4)
        for (int64_t left = 0; left < 4 * loop->tile_columns; left += 4, m += loop->channels) {
            const int64_t rows = at_most(4, loop->rows - top), columns = at_most(4, loop->columns - left);
            float *to = y + top * loop->image_row + left * loop->pixel;
            for (int64_t c = 0; c < loop->channels; c += VEC)
                if (rows == 4 && columns == 4) /* constants spare the decisions */
                    output_part(loop, m + c, bias_at(bias, c), least, most, 4, 4, to + c);
                else
                    output_part(loop, m + c, bias_at(bias, c), least, most, rows, columns, to + c);
        }
}

/* The largest of a 2x2 window of a tile. */
static inline vec window_maximum(const vec tile[4][4], int i, int j) {
    return vec_max(vec_max(tile[i + 1][j + 1], tile[i + 1][j]), vec_max(tile[i][j + 1], tile[i][j]));
}

/* Its number, row-major: the first of equals. */
static inline vec window_winner(const vec tile[4][4], int i, int j) {
    const vec upper = vec_if_greater(tile[i][j + 1], tile[i][j], vec_set(1), vec_set(0));
    const vec lower = vec_if_greater(tile[i + 1][j + 1], tile[i + 1][j], vec_set(3), vec_set(2));
    return vec_if_greater(vec_max(tile[i + 1][j + 1], tile[i + 1][j]), vec_max(tile[i][j + 1], tile[i][j]),
                          lower, upper);
}

/* The windows of a tile that exist. */
TILE_INLINE void pool_tile(const cnn_winograd_loop *loop, const vec tile[4][4], int64_t rows, int64_t columns,
                           const bool has_relu, float *y, float *winner) {
    UNROLL for (int i = 0; i < 2; i++) UNROLL for (int j = 0; j < 2; j++) if (i < rows && j < columns) {
        const int64_t at = i * loop->image_row + j * loop->pixel;
        const vec largest = window_maximum(tile, 2 * i, 2 * j);
        vec_store(y + at, has_relu ? vec_max(vec_set(0), largest) : largest);
        if (winner) {
            const vec number = window_winner(tile, 2 * i, 2 * j);
            vec_store(winner + at,
                      has_relu ? vec_if_at_most(largest, vec_set(0), vec_set(cnn_pooled_closed), number)
                               : number);
        }
    }
}

/* Ask for the windows one tile further down. They were last used a batch ago, and a store that misses the caches holds up
 * those behind it. */
TILE_INLINE void expect_stores(const cnn_winograd_loop *loop, const float *y) {
    UNROLL for (int i = 2; i < 4; i++) UNROLL for (int j = 0; j < 2; j++)
        __builtin_prefetch(y + i * loop->image_row + j * loop->pixel, 1);
}

static void kernel_winograd_output_pooled(const cnn_winograd_loop *loop, const float *m, const float *bias,
                                          int flags, float *y, float *winner) {
    for (int64_t top = 0; top < 2 * loop->tile_rows; top += 2)
        for (int64_t left = 0; left < 2 * loop->tile_columns; left += 2, m += loop->channels) {
            const int64_t at = top * loop->image_row + left * loop->pixel;
            for (int64_t c = 0; c < loop->channels; c += VEC) {
                vec tile[4][4];
                expect_stores(loop, y + at + c);
                if (winner)
                    expect_stores(loop, winner + at + c);
                output_tile(m + c, loop->plane, bias_at(bias, c), tile);
                pool_tile(loop, tile, loop->rows - top, loop->columns - left, flags & CNN_CONV_RELU,
                          y + at + c, winner ? winner + at + c : NULL);
            }
        }
}
