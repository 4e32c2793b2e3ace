/* The kernels for any processor, in the compiler's generic vectors. */
#include "kernels/kernels.h"

#include "kernels/vec/generic.h"

/* 12 sums, 2 weights and 1 input in 16 registers. */
enum { TILE_ROWS = 6, TILE_VECTORS = 2, POOLED_VECTORS = 1, DOT_SUMS = 12 };
#define TILE_SIZES(X)   TILE_SIZES_6(X)
#define HALVED_SIZES(X) TILE_SIZES_3(X)
#include "kernels/isa/tile.h"
static const half_kernels half_width = {0};
#include "kernels/conv/narrow.h"
#include "kernels/conv/template.h"
#include "kernels/products/template.h"
#include "kernels/sparse/template.h"
#include "kernels/pool/template.h"
#include "kernels/channels/template.h"
#include "kernels/depthwise/tile.h"
#include "kernels/depthwise/template.h"
#include "kernels/elements/template.h"
#include "kernels/activation/template.h"
#include "kernels/pair/template.h"
#include "kernels/slopes/template.h"
#include "kernels/winograd/template.h"
#include "kernels/winograd/gradient.h"
#include "kernels/pooled/template.h"

extern const cnn_kernels cnn_kernels_scalar;

#define KERNEL_ENTRY(name, arguments) .name = kernel_##name,
const cnn_kernels cnn_kernels_scalar = {.name = "scalar", CNN_KERNEL_LIST(KERNEL_ENTRY)};
