/* The transforms of Winograd's convolution, forward and for the gradient of its weights. */
#ifndef CNN_KERNELS_WINOGRAD_LOOP_H
#define CNN_KERNELS_WINOGRAD_LOOP_H

#include "kernels/flags.h"
#include "kernels/pooled/loop.h"

#include <stdint.h>

/* The points of Winograd's polynomials are 0, infinity and with both signs NEAR and FAR along four outputs, 1 along two, TALL_NEAR,
 * 1 and TALL_FAR along six. With the paper's, 1 and 2, rounding errors would be four to five times as large
 * (docs/performance.md); with a product of 1 a part of the factors is 1. */
#define CNN_WINOGRAD_NEAR      (2.0 / 3)
#define CNN_WINOGRAD_FAR       (3.0 / 2)
#define CNN_WINOGRAD_TALL_NEAR (4.0 / 7)
#define CNN_WINOGRAD_TALL_FAR  (7.0 / 4)

/* Winograd's F(height x 4, 3x3): an image cut into tiles of height x 4 output positions, each from a patch of the input that is
 * two larger both ways. The transforms lie in as many planes of [tile][channel] as a patch has positions. Channels are a
 * multiple of CNN_POOLED_BLOCK. */
typedef struct cnn_winograd_loop {
    int64_t height; /* of a tile: 2, 4 or 6; pooled 4 or 6; for gradients 4 */
    int64_t tile_rows, tile_columns;
    int64_t channels;      /* of the image at hand */
    int64_t tile;          /* floats from one tile to the next in a plane, >= channels */
    int64_t image_row;     /* floats from one of its rows to the next */
    int64_t pixel;         /* and from one position to the next, >= channels */
    int64_t plane;         /* and from one plane to the next */
    int64_t rows, columns; /* of the output, pooled or not: what lies beyond is not written */
    float limit;           /* winograd_output, with CNN_CONV_LIMIT */
} cnn_winograd_loop;

/* The 3x3 weights of `inputs` x `outputs` kernels, element (i, j) of which lies at
 * w[(3 i + j) * tap + input * input_step + output * output_step]; one of the two steps is 1. Both counts are
 * multiples of CNN_POOLED_BLOCK. Their transforms lie in a plane for each position of a patch, `plane` floats apart, of
 * [input][output], whose rows are `row` floats apart. tap may be negative. */
typedef struct cnn_winograd_weights_loop {
    int64_t height; /* as above */
    int64_t inputs, outputs;
    int64_t tap, input_step, output_step;
    int64_t plane, row;
} cnn_winograd_weights_loop;

/* winograd_input            v[plane][tile][channel] = the transform of each tile's patch of x
 * winograd_weights          u[plane][input][output] = the transform of each 3x3 kernel
 * winograd_output_gradient  dm[plane][tile][channel] = the gradient by the products from that by the outputs, dy
 * winograd_weight_gradient  dw += the gradient by the 3x3 kernels from that by their transforms, du, which lies as u does;
 *                           loop.output_step is 1
 * winograd_output           y = the transformed products + bias (may be NULL), and y if CNN_CONV_ADD; then max(0, y) if
 *                           CNN_CONV_RELU
 * winograd_output_pooled    the same, then the largest of each 2x2 window and (unless winner is NULL) its number there (0 .. 3;
 *                           with CNN_CONV_RELU cnn_pooled_closed where the largest is not positive) */
#define CNN_WINOGRAD_KERNELS(X)                                                                              \
    X(winograd_input, (const cnn_winograd_loop *loop, const float *x, float *v))                             \
    X(winograd_weights, (const cnn_winograd_weights_loop *loop, const float *w, float *u))                   \
    X(winograd_output_gradient, (const cnn_winograd_loop *loop, const float *dy, float *dm))                 \
    X(winograd_weight_gradient, (const cnn_winograd_weights_loop *loop, const float *du, float *dw))         \
    X(winograd_output,                                                                                       \
      (const cnn_winograd_loop *loop, const float *m, const float *bias, int flags, float *y))               \
    X(winograd_output_pooled, (const cnn_winograd_loop *loop, const float *m, const float *bias, int flags,  \
                               float *y, float *winner))

#endif
