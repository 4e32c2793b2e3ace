/* The kernels for one instruction set: only this file is compiled with its flags. */
#include "kernels/kernels.h"

#include "kernels/vec/avx2.h"

/* 12 sums, 2 weights and 1 input in 16 registers. */
enum { TILE_ROWS = 6, TILE_VECTORS = 2, POOLED_VECTORS = 1, DOT_SUMS = 12 };
#define TILE_SIZES(X)   TILE_SIZES_6(X)
#define HALVED_SIZES(X) TILE_SIZES_3(X)
#include "kernels/isa/tile.h"
static const half_kernels half_width = {0};
#include "kernels/isa/templates.h"

extern const cnn_kernels cnn_kernels_avx2;

#define KERNEL_ENTRY(name, arguments) .name = kernel_##name,
const cnn_kernels cnn_kernels_avx2 = {.name = "avx2", CNN_KERNEL_LIST(KERNEL_ENTRY)};
