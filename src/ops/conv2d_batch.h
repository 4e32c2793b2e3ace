/* The op by which the plan may replace a convolution on maps of few pixels, in batches of several images. */
#ifndef CNN_OPS_CONV2D_BATCH_H
#define CNN_OPS_CONV2D_BATCH_H

#include "ops/op.h"

/* A step of this op has the convolution's options, shapes and parameters. Forward gives the bits of cnn_op_conv2d. */
extern const cnn_op cnn_op_conv2d_batch;

/* Whether the maps are so small that direct sums are faster than Winograd's algorithm, and over the batch faster than
 * image by image. */
bool cnn_conv2d_batch_pays(const cnn_conv2d_options *conv, const cnn_shape *input, const cnn_shape *output);

#endif
