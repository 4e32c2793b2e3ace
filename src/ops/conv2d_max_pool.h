/* The fused op by which the plan may replace a convolution and the max pooling after it. */
#ifndef CNN_OPS_CONV2D_MAX_POOL_H
#define CNN_OPS_CONV2D_MAX_POOL_H

#include "ops/op.h"

/* A step of this op has the convolution's options and parameters and the pooling's output shape; the weight's
 * order must have outputs_first. */
extern const cnn_op cnn_op_conv2d_max_pool;

bool cnn_conv2d_max_pool_fits(const cnn_conv2d_options *conv, const cnn_shape *input,
                              const cnn_pool2d_options *pool);

#endif
