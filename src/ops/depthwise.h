/* A convolution in which every channel stands alone, of one image, without a padded copy: where taps fall beside the
 * image, only the others are summed. Weights: [taps][channels]. */
#ifndef CNN_OPS_DEPTHWISE_H
#define CNN_OPS_DEPTHWISE_H

#include "ops/convolution.h"

/* What cnn_convolution_... of the same names do, from plain images. */
void cnn_depthwise_forward(const cnn_convolution *c, const float *x, const float *weights, const float *bias,
                           int flags, float *y);
void cnn_depthwise_weight_gradient(const cnn_convolution *c, const float *x, const float *dy, int flags,
                                   float *dw);
void cnn_depthwise_input_gradient(const cnn_convolution *c, const float *dy, const float *weights,
                                  const float *bias, int flags, float *dx);

#endif
