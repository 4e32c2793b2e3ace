/* Compiled with the flags of isa/avx512.c. */
#include "kernels/isa/avx512_half.h"

#include "kernels/vec/avx2.h"

/* 28 sums, 2 weights and 1 input in 32 registers. */
enum { TILE_ROWS = 14, TILE_VECTORS = 2, POOLED_VECTORS = 2, DOT_SUMS = 24 };
#define TILE_SIZES(X) TILE_SIZES_14(X)
#include "kernels/isa/tile.h"
static const half_kernels half_width = {0};
#include "kernels/conv/narrow.h"
#include "kernels/conv/template.h"

void cnn_avx512_half_conv(const cnn_conv_loop *loop, const float *x, const float *w, const float *bias,
                          int flags, float *y) {
    kernel_conv(loop, x, w, bias, flags, y);
}

void cnn_avx512_half_conv_weights(const cnn_conv_loop *loop, const float *x, const float *dy, int flags,
                                  float *dw) {
    kernel_conv_weights(loop, x, dy, flags, dw);
}
