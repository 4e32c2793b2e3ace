/* What max and average pooling share: options, shapes, and the kernels' description of the window. */
#ifndef CNN_OPS_POOL2D_H
#define CNN_OPS_POOL2D_H

#include "ops/op.h"

cnn_status cnn_pool2d_complete(cnn_options *options, cnn_error *error);
cnn_status cnn_pool2d_infer(const char *what, cnn_options *options, const cnn_shape *input, cnn_shape *output,
                            cnn_error *error);
/* infer() of the global poolings: one window, the whole map. */
cnn_status cnn_global_pool2d_infer(cnn_options *options, const cnn_shape *input, cnn_shape *output,
                                   cnn_error *error);
cnn_pool_loop cnn_pool2d_loop(const cnn_step *step);

#endif
