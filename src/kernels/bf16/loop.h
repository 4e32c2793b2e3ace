/* Sums of products of numbers in bfloat16 (bf16/number.h), which lie in pairs. */
#ifndef CNN_KERNELS_BF16_LOOP_H
#define CNN_KERNELS_BF16_LOOP_H

#include "kernels/conv/loop.h"
#include "kernels/pool/loop.h"
#include "kernels/winograd/loop.h"

/* bf16_conv   as conv, where x and w hold pairs: an input stands for two numbers, w[(t, i)][o] for the two weights that they
 *             meet. Each output is one sum that begins with y, the bias or 0, tap by tap, input by input, by cnn_bf16_dot: the
 *             same bits from every table, however the positions and outputs are cut. What CNN_CONV_ADD adds is added by
 *             cnn_bf16_add. CNN_CONV_FAR as in conv; with CNN_CONV_PAIRS, outputs are an even number
 * bf16_round  the pairs of each of `rows` runs of `count` floats, one run after the other on both sides; where count is odd, the
 *             last pair of a run ends with 0
 * bf16_widen  the reverse, which is exact: the first `count` numbers of the pairs
 * bf16_max_pool  y = the window's maximum (pool/loop.h), where a channel of the loop is a pair: of its first numbers, and of its second
 * bf16_pair   the pairs of first[i] and second[i], either of which may be NULL: zeros; of `rows` runs of `count` of them, `row`
 *             floats apart, one after the other in y
 * bf16_conv_weights
 *             as conv_weights, where x and dy hold pairs: a position stands for two, of which each dw gets both products.
 *             Each dw is one sum, position by position, by cnn_bf16_dot: the same bits from every table
 *
 * Winograd's F(2x2, 3x3) (bf16/winograd.h), whose tiles of 2x2 outputs have patches of 4x4 inputs, 16 planes; channels are a
 * multiple of CNN_POOLED_BLOCK, loop.height does not count:
 *
 * bf16_winograd_input   v[plane][tile][pair] = the pairs of the transform of each tile's patch of x; loop.tile and .plane count pairs
 * bf16_winograd_output  y = the transformed products + bias (may be NULL), + y if CNN_CONV_ADD; then max(0, y) if CNN_CONV_RELU; with
 *                       CNN_CONV_PAIRS loop.image_row and .pixel count pairs */
#define CNN_BF16_KERNELS(X)                                                                                  \
    X(bf16_conv,                                                                                             \
      (const cnn_conv_loop *loop, const float *x, const float *w, const float *bias, int flags, float *y))   \
    X(bf16_conv_weights, (const cnn_conv_loop *loop, const float *x, const float *dy, int flags, float *dw)) \
    X(bf16_round, (int64_t rows, int64_t count, const float *x, float *y))                                   \
    X(bf16_widen, (int64_t count, const float *pairs, float *y))                                             \
    X(bf16_max_pool, (const cnn_pool_loop *loop, const float *x, float *y))                                  \
    X(bf16_pair,                                                                                             \
      (int64_t rows, int64_t count, int64_t row, const float *first, const float *second, float *y))         \
    X(bf16_winograd_input, (const cnn_winograd_loop *loop, const float *x, float *v))                        \
    X(bf16_winograd_output,                                                                                  \
      (const cnn_winograd_loop *loop, const float *m, const float *bias, int flags, float *y))

#endif
