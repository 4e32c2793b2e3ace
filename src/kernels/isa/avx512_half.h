/* Convolutions over vectors of 8 floats with AVX-512's 32 registers, for the wider kernels of isa/avx512.c. */
#ifndef CNN_KERNELS_ISA_AVX512_HALF_H
#define CNN_KERNELS_ISA_AVX512_HALF_H

#include "kernels/conv/loop.h"

void cnn_avx512_half_conv(const cnn_conv_loop *loop, const float *x, const float *w, const float *bias,
                          int flags, float *y);
void cnn_avx512_half_conv_weights(const cnn_conv_loop *loop, const float *x, const float *dy, int flags,
                                  float *dw);

#endif
