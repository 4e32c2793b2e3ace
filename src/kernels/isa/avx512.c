/* The kernels for one instruction set: only this file is compiled with its flags. */
#include "kernels/kernels.h"

#include "kernels/isa/avx512_half.h"
#include "kernels/vec/avx512.h"

/* 28 sums, 2 weights and 1 input in 32 registers. */
enum { TILE_ROWS = 14, TILE_VECTORS = 2, POOLED_VECTORS = 2, DOT_SUMS = 24 };
#define TILE_SIZES(X)   TILE_SIZES_14(X)
#define HALVED_SIZES(X) TILE_SIZES_7(X)
#define DEPTHWISE_PAIRS
#include "kernels/isa/tile.h"
static const half_kernels half_width = {8, cnn_avx512_half_conv, cnn_avx512_half_conv_weights};
#include "kernels/isa/templates.h"

extern const cnn_kernels cnn_kernels_avx512;

#define KERNEL_ENTRY(name, arguments) .name = kernel_##name,
const cnn_kernels cnn_kernels_avx512 = {.name = "avx512", CNN_KERNEL_LIST(KERNEL_ENTRY)};
