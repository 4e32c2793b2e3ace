/* Convolutions over vectors of 8 floats that have AVX-512's 32 registers.
 * processor: x86-64
 * flags: -mavx512f -mavx512bw -mavx512vl -mavx512dq -mfma */
#include "kernels/isa/avx512_half.h"

#define VEC_REGISTERS 32
#include "kernels/vec/avx2.h"

#include "kernels/conv/template.h"

void cnn_avx512_half_conv(const cnn_conv_loop *loop, const float *x, const float *w, const float *bias,
                          int flags, float *y) {
    kernel_conv(loop, x, w, bias, flags, y);
}

void cnn_avx512_half_conv_weights(const cnn_conv_loop *loop, const float *x, const float *dy, int flags,
                                  float *dw) {
    kernel_conv_weights(loop, x, dy, flags, dw);
}
