/* The transforms of Winograd's F(2x2, 3x3) for sums in bfloat16, with the points 0, 1, -1 and infinity: they only add and subtract,
 * each time with one rounding, so that every instruction set gives the same bits.
 *
 *     along an axis of a patch:    d0 - d2   d1 + d2   d2 - d1   d3 - d1
 *     along an axis of products:   (m0 + m1) + m2      (m1 - m2) + m3
 *
 * rows first, then columns. */
#ifndef CNN_KERNELS_BF16_WINOGRAD_H
#define CNN_KERNELS_BF16_WINOGRAD_H

#include "base/numbers.h"
#include "kernels/bf16/loop.h"
#include "kernels/isa/tile.h"

TILE_INLINE void square_input(const vec d[4], vec t[4]) {
    t[0] = vec_sub(d[0], d[2]);
    t[1] = vec_add(d[1], d[2]);
    t[2] = vec_sub(d[2], d[1]);
    t[3] = vec_sub(d[3], d[1]);
}

/* The two rows of a patch's four whose difference or sum is row i of the transform. */
TILE_INLINE vec square_row(const cnn_winograd_loop *loop, const float *x, const int i) {
    const int first[] = {0, 1, 2, 3}, second[] = {2, 2, 1, 1};
    const vec a = vec_load(x + first[i] * loop->image_row), b = vec_load(x + second[i] * loop->image_row);
    return i == 1 ? vec_add(a, b) : vec_sub(a, b);
}

/* Row i of the transform of a patch, of a vector of channels. */
TILE_INLINE void square_values(const cnn_winograd_loop *loop, const float *x, const int i, vec v[4]) {
    vec d[4];
    UNROLL_FOR(column, 4)
        d[column] = square_row(loop, x + column * loop->pixel, i);
    square_input(d, v);
}

/* Up to two vectors of channels of a patch, rounded to one of pairs in each plane. `both`: there are two. */
TILE_INLINE void square_patch(const cnn_winograd_loop *loop, const float *x, const bool both, float *v) {
    UNROLL_FOR(i, 4) {
        vec first[4], second[4] = {vec_set(0), vec_set(0), vec_set(0), vec_set(0)};
        square_values(loop, x, i, first);
        if (both)
            square_values(loop, x + VEC, i, second);
        UNROLL_FOR(j, 4)
            store_some(v + (4 * i + j) * loop->plane, both ? VEC : VEC / 2,
                       vec_bf16_round(first[j], second[j]));
    }
}

static void kernel_bf16_winograd_input(const cnn_winograd_loop *loop, const float *x, float *v) {
    for (int64_t row = 0; row < loop->tile_rows; row++)
        for (int64_t column = 0; column < loop->tile_columns; column++, v += loop->tile) {
            const float *patch = x + 2 * row * loop->image_row + 2 * column * loop->pixel;
            int64_t c = 0;
            for (; c + 2 * VEC <= loop->channels; c += 2 * VEC)
                square_patch(loop, patch + c, true, v + c / 2);
            if (c < loop->channels)
                square_patch(loop, patch + c, false, v + c / 2);
        }
}

TILE_INLINE void square_output(const vec m[4], vec y[2]) {
    y[0] = vec_add(vec_add(m[0], m[1]), m[2]);
    y[1] = vec_add(vec_sub(m[1], m[2]), m[3]);
}

/* The 2x2 outputs of a tile, before the bias. */
TILE_INLINE void square_outputs(const float *m, int64_t plane, vec y[2][2]) {
    vec rows[2][4];
    UNROLL_FOR(j, 4) {
        vec column[4], two[2];
        UNROLL_FOR(i, 4)
            column[i] = vec_load(m + (4 * i + j) * plane);
        square_output(column, two);
        rows[0][j] = two[0];
        rows[1][j] = two[1];
    }
    square_output(rows[0], y[0]);
    square_output(rows[1], y[1]);
}

/* The tile's outputs, from channel c on: two vectors of them at most, and what they are written to. */
typedef struct square_tile {
    const cnn_winograd_loop *loop;
    const float *m, *bias; /* bias may be NULL */
    float *y;
    int flags;
    bool below, right; /* whether the tile's second row and second column are outputs */
} square_tile;

/* With the bias, of a vector of channels. */
TILE_INLINE void square_sums(const square_tile *t, int64_t c, vec y[2][2]) {
    const vec start = t->bias ? vec_load(t->bias + c) : vec_set(0);
    square_outputs(t->m + c, t->loop->plane, y);
    UNROLL_FOR(i, 2)
        UNROLL_FOR(j, 2)
            y[i][j] = vec_add(y[i][j], start);
}

/* Up to two vectors at channel c of an output: with what is added to them, and bounded. `both`: there are two. */
TILE_INLINE void square_store(const square_tile *t, float *y, vec first, vec second, const bool both) {
    const vec lower = lower_bound(t->flags), upper = upper_bound(t->flags, t->loop->limit);
    const bool pairs = t->flags & CNN_CONV_PAIRS;
    if (t->flags & CNN_CONV_ADD) {
        vec part = vec_set(0);
        if (pairs)
            first = vec_add(first, vec_bf16_widen(load_some(y, both ? VEC : VEC / 2), &part));
        else
            first = vec_add(first, vec_load(y));
        if (both)
            second = vec_add(second, pairs ? part : vec_load(y + VEC));
    }
    first = vec_min(upper, vec_max(lower, first));
    second = vec_min(upper, vec_max(lower, second));
    if (pairs)
        store_some(y, both ? VEC : VEC / 2, vec_bf16_round(first, second));
    else
        vec_store(y, first);
    if (!pairs && both)
        vec_store(y + VEC, second);
}

TILE_INLINE void square_channels(const square_tile *t, int64_t c, const bool both) {
    const cnn_winograd_loop *loop = t->loop;
    vec first[2][2], second[2][2];
    square_sums(t, c, first);
    if (both)
        square_sums(t, c + VEC, second);
    UNROLL_FOR(i, 2)
        UNROLL_FOR(j, 2)
            if ((i == 0 || t->below) && (j == 0 || t->right))
                square_store(t,
                             t->y + i * loop->image_row + j * loop->pixel + c / cnn_numbers_written(t->flags),
                             first[i][j], both ? second[i][j] : vec_set(0), both);
}

static void kernel_bf16_winograd_output(const cnn_winograd_loop *loop, const float *m, const float *bias,
                                        int flags, float *y) {
    square_tile t = {.loop = loop, .m = m, .bias = bias, .flags = flags};
    for (int64_t top = 0; top < loop->rows; top += 2)
        for (int64_t left = 0; left < 2 * loop->tile_columns; left += 2, t.m += loop->tile) {
            int64_t c = 0;
            t.y = y + top * loop->image_row + left * loop->pixel;
            t.below = top + 1 < loop->rows;
            t.right = left + 1 < loop->columns;
            for (; c + 2 * VEC <= loop->channels; c += 2 * VEC)
                square_channels(&t, c, true);
            if (c < loop->channels)
                square_channels(&t, c, false);
        }
}

#endif
