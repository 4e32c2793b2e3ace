/* Sums in bfloat16 by the processor's own instructions, for isa/avx512.c's second table. */
#ifndef CNN_KERNELS_ISA_AVX512_BF16_H
#define CNN_KERNELS_ISA_AVX512_BF16_H

#include "kernels/bf16/loop.h"

void cnn_avx512_bf16_conv(const cnn_conv_loop *loop, const float *x, const float *w, const float *bias,
                          int flags, float *y);
void cnn_avx512_bf16_round(int64_t rows, int64_t count, const float *x, float *y);
void cnn_avx512_bf16_widen(int64_t count, const float *pairs, float *y);
void cnn_avx512_bf16_pair(int64_t rows, int64_t count, int64_t row, const float *first, const float *second,
                          float *y);
void cnn_avx512_bf16_conv_weights(const cnn_conv_loop *loop, const float *x, const float *dy, int flags,
                                  float *dw);
void cnn_avx512_bf16_winograd_input(const cnn_winograd_loop *loop, const float *x, float *v);
void cnn_avx512_bf16_winograd_output(const cnn_winograd_loop *loop, const float *m, const float *bias,
                                     int flags, float *y);

#endif
