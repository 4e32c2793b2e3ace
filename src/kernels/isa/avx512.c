/* The kernels for one instruction set: only this file is compiled with its flags. */
#include "kernels/kernels.h"

#include "kernels/isa/avx512_half.h"
#include "kernels/vec/avx512.h"

/* 28 sums, 2 weights and 1 input in 32 registers. */
enum { TILE_ROWS = 14, TILE_VECTORS = 2, POOLED_VECTORS = 2, DOT_SUMS = 24 };
#define TILE_SIZES(X)   TILE_SIZES_14(X)
#define HALVED_SIZES(X) TILE_SIZES_7(X)
#include "kernels/isa/tile.h"
static const half_kernels half_width = {8, cnn_avx512_half_conv, cnn_avx512_half_conv_weights};
#include "kernels/conv/narrow.h"
#include "kernels/conv/template.h"
#include "kernels/products/template.h"
#include "kernels/sparse/template.h"
#include "kernels/pool/template.h"
#include "kernels/channels/template.h"
#include "kernels/depthwise/tile.h"
#include "kernels/depthwise/two_rows.h"
#include "kernels/depthwise/template.h"
#include "kernels/elements/template.h"
#include "kernels/activation/template.h"
#include "kernels/pair/template.h"
#include "kernels/slopes/template.h"
#include "kernels/winograd/template.h"
#include "kernels/winograd/gradient.h"
#include "kernels/pooled/template.h"

extern const cnn_kernels cnn_kernels_avx512;

#define KERNEL_ENTRY(name, arguments) .name = kernel_##name,
const cnn_kernels cnn_kernels_avx512 = {.name = "avx512", CNN_KERNEL_LIST(KERNEL_ENTRY)};
