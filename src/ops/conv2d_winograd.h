/* The op by which the plan may replace a convolution: 3x3, stride 1, whole vectors of channels. */
#ifndef CNN_OPS_CONV2D_WINOGRAD_H
#define CNN_OPS_CONV2D_WINOGRAD_H

#include "ops/op.h"

/* A step of this op has the convolution's options, shapes and parameters. */
extern const cnn_op cnn_op_conv2d_winograd;

bool cnn_conv2d_winograd_fits(const cnn_conv2d_options *conv, const cnn_shape *input);
/* Whether it is faster than direct sums, where it fits. */
bool cnn_conv2d_winograd_pays(const cnn_conv2d_options *conv, const cnn_shape *input,
                              const cnn_shape *output);

#endif
