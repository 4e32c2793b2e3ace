/* The op by which the plan may replace a convolution in bfloat16: 3x3, stride 1, whole vectors of channels. */
#ifndef CNN_OPS_CONV2D_BF16_WINOGRAD_H
#define CNN_OPS_CONV2D_BF16_WINOGRAD_H

#include "ops/op.h"

/* A step of this op has the convolution's options, shapes and parameters. */
extern const cnn_op cnn_op_conv2d_bf16_winograd;

/* Whether it can be used, and has enough channels to be faster than direct sums. */
bool cnn_conv2d_bf16_winograd_pays(const cnn_conv2d_options *conv, const cnn_shape *input);

#endif
