/* A depthwise convolution of one image, without a padded copy: taps that fall beside the image are skipped. Weights:
 * [taps][channels]. */
#ifndef CNN_OPS_DEPTHWISE_H
#define CNN_OPS_DEPTHWISE_H

#include "ops/convolution.h"

/* Like the functions cnn_convolution_... of the same names, but on images without padding. */
void cnn_depthwise_forward(const cnn_convolution *c, const float *x, const float *weights, const float *bias,
                           int flags, float *y);
void cnn_depthwise_weight_gradient(const cnn_convolution *c, const float *x, const float *dy, int flags,
                                   float *dw);
void cnn_depthwise_input_gradient(const cnn_convolution *c, const float *dy, const float *weights,
                                  const float *bias, int flags, float *dx);

#endif
