/* Convolutions in bfloat16 (kernels/bf16/number.h): copies of numbers in pairs, and both gradients of a step that trains. */
#ifndef CNN_OPS_CONVOLUTION_BF16_H
#define CNN_OPS_CONVOLUTION_BF16_H

#include "ops/convolution.h"

/* ---- Which sums are of numbers in bfloat16: of convolutions that are not depthwise, whose channels meet nobody ---- */

/* Sum up numbers in bfloat16, forward: from here on a channel of the input is a pair of neighbouring channels of a group. */
void cnn_bf16_pair_up(cnn_convolution *c);
/* Sum up numbers in bfloat16 for the gradient of the input: from here on a channel of the output's gradient is a pair of
 * neighbouring filters of a group, and `prepared` has nothing of forward. */
void cnn_bf16_pair_up_gradient(cnn_convolution *c);
/* Sum up numbers in bfloat16 for the gradient of the weights: from here on a pixel of the padded input holds pairs with the pixel
 * that the next column of the output meets instead, and a pixel of dy holds pairs of two neighbouring columns. */
void cnn_bf16_pair_up_columns(cnn_convolution *c);

/* ---- Copies in pairs ------------------------------------------------------------------------------------- */

/* [pair][row]: the pairs of each of `count` rows of `numbers` floats, at most CNN_BF16_ROWS of them. */
enum { CNN_BF16_ROWS = 64 };
void cnn_bf16_transpose(const cnn_kernels *kernels, const float *rows, int64_t count, int64_t numbers,
                        float *to);
/* Rows `within` of a padded copy whose channels are pairs, those of each group of `numbers` channels of the image; returns `room`. */
const float *cnn_bf16_round_rows(const cnn_convolution *c, const cnn_padded_copy *copy, int64_t numbers,
                                 const float *image, cnn_range within, float *room);

/* Of a loop over an output's positions that over pairs of neighbouring columns, of which a last one may be alone: the pairs of a row
 * of the output lie side by side. */
cnn_conv_loop cnn_bf16_loop_of_pairs(cnn_conv_loop loop);

/* ---- The gradients of a convolution that is not depthwise, whichever way its forward goes --------------------- */

/* Floats that both need of `scratch`, and of `prepared` in a place of their own that is aligned as the whole. */
int64_t cnn_bf16_backward_scratch(const cnn_step *step);
int64_t cnn_bf16_backward_prepared(const cnn_step *step);
/* After every change of the weights. */
void cnn_bf16_backward_prepare(const cnn_step *step, float *prepared);
int64_t cnn_bf16_backward_divisions(const cnn_step *step);
/* The op's backward, of an image or of a part of it. */
void cnn_bf16_backward(const cnn_step *step, const cnn_run *run, cnn_place place, float *prepared);

/* The same for the gradients of weight and bias alone, which are added to those of the place's slice. */
int64_t cnn_bf16_weights_scratch(const cnn_step *step);
int64_t cnn_bf16_weights_prepared(const cnn_step *step);
void cnn_bf16_weights_prepare(const cnn_step *step, float *prepared);
void cnn_bf16_weight_gradients(const cnn_step *step, cnn_place place, float *prepared);

#endif
