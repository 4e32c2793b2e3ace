/* The reference of sums in bfloat16. */
#ifndef CNN_KERNELS_BF16_REF_H
#define CNN_KERNELS_BF16_REF_H

#include "kernels/bf16/loop.h"
#include "kernels/bf16/number.h"
#include "kernels/conv/ref.h"
#include "kernels/pool/ref.h"

static float bf16_sum(const cnn_conv_loop *loop, const float *x, const float *w, int64_t o, float sum) {
    for (int64_t t = 0; t < loop->taps; t++)
        for (int64_t i = 0; i < loop->inputs; i++)
            sum = cnn_bf16_dot(x[loop->tap[t] + i], w[(t * loop->inputs + i) * loop->w_row + o], sum);
    return sum;
}

/* Number `half` of a pair. */
static float bf16_half(float pair, int64_t half) {
    return half ? cnn_bf16_second(pair) : cnn_bf16_first(pair);
}

/* Output o of a row of them, which may be pairs. */
static float bf16_output(const float *y, int64_t o, int flags) {
    return flags & CNN_CONV_PAIRS ? bf16_half(y[o / 2], o % 2) : y[o];
}

static void set_bf16_output(float *y, int64_t o, int flags, float value) {
    if (!(flags & CNN_CONV_PAIRS))
        y[o] = value;
    else if (o % 2)
        y[o / 2] = cnn_bf16_pair(cnn_bf16_first(y[o / 2]), value);
    else
        y[o / 2] = cnn_bf16_pair(value, cnn_bf16_second(y[o / 2]));
}

static void bf16_conv(const cnn_conv_loop *loop, const float *x, const float *w, const float *bias, int flags,
                      float *y) {
    for (int64_t row = 0; row < loop->rows; row++)
        for (int64_t column = 0; column < loop->columns; column++)
            for (int64_t o = 0; o < loop->outputs; o++) {
                float *out = y + output_at(loop, row, column);
                const float before = bf16_output(out, o, flags);
                const float start = flags & CNN_CONV_ACCUMULATE ? before : bias ? bias[o] : 0;
                const float *from = x + row * loop->x_row + column * loop->x_column;
                const float sum = bf16_sum(loop, from, w, o, start);
                set_bf16_output(
                    out, o, flags,
                    bounded(flags & CNN_CONV_ADD ? cnn_bf16_add(sum, before) : sum, flags, loop->limit));
            }
}

static void bf16_round(int64_t rows, int64_t count, const float *x, float *y) {
    for (int64_t row = 0; row < rows; row++, x += count)
        for (int64_t i = 0; i < count; i += 2)
            *y++ = cnn_bf16_pair(x[i], i + 1 < count ? x[i + 1] : 0);
}

static void bf16_widen(int64_t count, const float *pairs, float *y) {
    for (int64_t i = 0; i < count; i++)
        y[i] = bf16_half(pairs[i / 2], i % 2);
}

static float window_maximum(const cnn_pool_loop *loop, const float *x, int64_t row, int64_t column, int64_t c,
                            int64_t half) {
    float largest = -INFINITY;
    for (int64_t number = 0; number < window_size(loop); number++) {
        const int64_t at = window_element(loop, row, column, number);
        if (at >= 0 && bf16_half(x[at + c], half) > largest)
            largest = bf16_half(x[at + c], half);
    }
    return largest;
}

static void bf16_max_pool(const cnn_pool_loop *loop, const float *x, float *y) {
    for (int64_t row = 0; row < loop->out_rows; row++)
        for (int64_t column = 0; column < loop->out_columns; column++)
            for (int64_t c = 0; c < loop->channels; c++)
                *y++ = cnn_bf16_pair(window_maximum(loop, x, row, column, c, 0),
                                     window_maximum(loop, x, row, column, c, 1));
}

static void bf16_pair(int64_t rows, int64_t count, int64_t row, const float *first, const float *second,
                      float *y) {
    for (int64_t r = 0; r < rows; r++)
        for (int64_t i = 0; i < count; i++)
            *y++ = cnn_bf16_pair(first ? first[r * row + i] : 0, second ? second[r * row + i] : 0);
}

/* The sum over all positions of what an input, `offset` from each, meets there; dy: the output's gradient at the first one. */
static float bf16_weight_sum(const cnn_conv_loop *loop, const float *x, int64_t offset, const float *dy,
                             float sum) {
    for (int64_t row = 0; row < loop->rows; row++)
        for (int64_t column = 0; column < loop->columns; column++)
            sum = cnn_bf16_dot(x[row * loop->x_row + column * loop->x_column + offset],
                               dy[row * loop->y_row + column * loop->y_column], sum);
    return sum;
}

static void bf16_conv_weights(const cnn_conv_loop *loop, const float *x, const float *dy, int flags,
                              float *dw) {
    for (int64_t t = 0; t < loop->taps; t++)
        for (int64_t i = 0; i < loop->inputs; i++)
            for (int64_t o = 0; o < loop->outputs; o++) {
                float *to = dw + (t * loop->inputs + i) * loop->w_row + o;
                *to =
                    bf16_weight_sum(loop, x, loop->tap[t] + i, dy + o, flags & CNN_CONV_ACCUMULATE ? *to : 0);
            }
}

/* Along one axis of a patch. */
static void square_input(const float d[4], float t[4]) {
    t[0] = d[0] - d[2];
    t[1] = d[1] + d[2];
    t[2] = d[2] - d[1];
    t[3] = d[3] - d[1];
}

/* The transform of the patch at `x`, of one channel. */
static void square_patch(const cnn_winograd_loop *loop, const float *x, float v[4][4]) {
    float rows[4][4]; /* [row of the transform][column of the patch] */
    for (int64_t j = 0; j < 4; j++) {
        float d[4], t[4];
        for (int64_t i = 0; i < 4; i++)
            d[i] = x[i * loop->image_row + j * loop->pixel];
        square_input(d, t);
        for (int64_t i = 0; i < 4; i++)
            rows[i][j] = t[i];
    }
    for (int64_t i = 0; i < 4; i++)
        square_input(rows[i], v[i]);
}

static void bf16_winograd_input(const cnn_winograd_loop *loop, const float *x, float *v) {
    for (int64_t row = 0; row < loop->tile_rows; row++)
        for (int64_t column = 0; column < loop->tile_columns; column++, v += loop->tile)
            for (int64_t c = 0; c < loop->channels; c += 2) {
                const float *patch = x + 2 * row * loop->image_row + 2 * column * loop->pixel + c;
                float first[4][4], second[4][4];
                square_patch(loop, patch, first);
                square_patch(loop, patch + 1, second);
                for (int64_t p = 0; p < 16; p++)
                    v[p * loop->plane + c / 2] = cnn_bf16_pair(first[p / 4][p % 4], second[p / 4][p % 4]);
            }
}

/* One output of a tile, number (i, j). */
static float square_output(const cnn_winograd_loop *loop, const float *m, int i, int j) {
    float along[4];
    for (int64_t column = 0; column < 4; column++) {
        const float *from = m + column * loop->plane;
        const int64_t row = 4 * loop->plane;
        along[column] =
            i == 0 ? from[0] + from[row] + from[2 * row] : from[row] - from[2 * row] + from[3 * row];
    }
    return j == 0 ? along[0] + along[1] + along[2] : along[1] - along[2] + along[3];
}

static void bf16_winograd_output(const cnn_winograd_loop *loop, const float *m, const float *bias, int flags,
                                 float *y) {
    for (int64_t row = 0; row < loop->rows; row++)
        for (int64_t column = 0; column < loop->columns; column++)
            for (int64_t c = 0; c < loop->channels; c++) {
                const float *from = m + (row / 2 * loop->tile_columns + column / 2) * loop->tile + c;
                float *out = y + row * loop->image_row + column * loop->pixel;
                const float sum = square_output(loop, from, row % 2, column % 2) + (bias ? bias[c] : 0);
                const float part = flags & CNN_CONV_ADD ? bf16_output(out, c, flags) : 0;
                set_bf16_output(out, c, flags,
                                bounded(flags & CNN_CONV_ADD ? sum + part : sum, flags, loop->limit));
            }
}

#endif
