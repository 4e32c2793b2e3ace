/* The op by which the plan may replace a dense layer in inference: sums of numbers in bfloat16. */
#ifndef CNN_OPS_DENSE_BF16_H
#define CNN_OPS_DENSE_BF16_H

#include "ops/op.h"

/* A step of this op has the dense layer's options, shapes and parameters. */
extern const cnn_op cnn_op_dense_bf16;

#endif
