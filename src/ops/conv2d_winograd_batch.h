/* The op by which the plan may replace a convolution that the op of conv2d_winograd.h fits, in batches of several images. */
#ifndef CNN_OPS_CONV2D_WINOGRAD_BATCH_H
#define CNN_OPS_CONV2D_WINOGRAD_BATCH_H

#include "ops/op.h"

/* A step of this op has the convolution's options, shapes and parameters. */
extern const cnn_op cnn_op_conv2d_winograd_batch;

/* Whether it is the faster one for batches of so many images. */
bool cnn_conv2d_winograd_batch_pays(const cnn_conv2d_options *conv, const cnn_shape *input,
                                    const cnn_shape *output, int64_t images);

#endif
