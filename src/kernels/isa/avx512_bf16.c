/* Sums in bfloat16 by the instructions that AVX512_BF16 brings. All other kernels are those of AVX-512.
 * table: avx512.c
 * processor: x86-64
 * flags: -mavx512f -mavx512bw -mavx512vl -mavx512dq -mfma -mavx512bf16 */
#include "kernels/isa/avx512_bf16.h"

#include "kernels/vec/avx512.h"

#include "kernels/bf16/template.h"
#include "kernels/bf16/winograd.h"

void cnn_avx512_bf16_conv(const cnn_conv_loop *loop, const float *x, const float *w, const float *bias,
                          int flags, float *y) {
    kernel_bf16_conv(loop, x, w, bias, flags, y);
}

void cnn_avx512_bf16_round(int64_t rows, int64_t count, const float *x, float *y) {
    kernel_bf16_round(rows, count, x, y);
}

void cnn_avx512_bf16_widen(int64_t count, const float *pairs, float *y) {
    kernel_bf16_widen(count, pairs, y);
}

void cnn_avx512_bf16_pair(int64_t rows, int64_t count, int64_t row, const float *first, const float *second,
                          float *y) {
    kernel_bf16_pair(rows, count, row, first, second, y);
}

void cnn_avx512_bf16_conv_weights(const cnn_conv_loop *loop, const float *x, const float *dy, int flags,
                                  float *dw) {
    kernel_bf16_conv_weights(loop, x, dy, flags, dw);
}

void cnn_avx512_bf16_winograd_input(const cnn_winograd_loop *loop, const float *x, float *v) {
    kernel_bf16_winograd_input(loop, x, v);
}

void cnn_avx512_bf16_winograd_output(const cnn_winograd_loop *loop, const float *m, const float *bias,
                                     int flags, float *y) {
    kernel_bf16_winograd_output(loop, m, bias, flags, y);
}
