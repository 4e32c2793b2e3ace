/* How much of a tile of sums stays in registers, which limits all that multiply: chosen by VEC_REGISTERS alone (vec/vec.h).
 *
 *   TILE_ROWS x TILE_VECTORS  sums of conv/ and products/, beside TILE_VECTORS weights and one input. Products that sum up two
 *                             halves of the inputs by themselves have HALVED_ROWS x TILE_VECTORS sums for each half
 *   TILE_SIZES(X)             X(1) .. X(TILE_ROWS), one instance each; HALVED_SIZES(X) likewise
 *   PAIR_ROWS, PAIR_SIZES(X)  likewise for bf16/, where inputs and weights may have to be split into halves
 *   DOT_SUMS                  sums of conv/narrow.h, beside one input and one weight
 *   COLUMN_OUTPUTS            sums of two vectors each of conv/columns.h, beside two inputs and one weight: no more than fit, and fewer
 *                             than a vector has elements; COLUMN_SIZES(X) likewise
 *   POOLED_VECTORS            vectors of channels that pooled/ sums up at 9 places, beside one gradient
 *   DEPTHWISE_TWO_ROWS        defined if two rows of depthwise/'s sums find room beside the 3x3 weights
 *
 * Beside them, the file of an instruction set may define HALF_WIDTH (conv/template.h): convolutions over vectors of half the
 * width. */
#ifndef CNN_KERNELS_ISA_PARAMETERS_H
#define CNN_KERNELS_ISA_PARAMETERS_H

#include "kernels/vec/vec.h"

#define TILE_SIZES_3(X)  X(1) X(2) X(3)
#define TILE_SIZES_4(X)  TILE_SIZES_3(X) X(4)
#define TILE_SIZES_6(X)  TILE_SIZES_4(X) X(5) X(6)
#define TILE_SIZES_7(X)  TILE_SIZES_6(X) X(7)
#define TILE_SIZES_12(X) TILE_SIZES_7(X) X(8) X(9) X(10) X(11) X(12)
#define TILE_SIZES_14(X) TILE_SIZES_12(X) X(13) X(14)

#if VEC_REGISTERS == 32
enum { TILE_ROWS = 14, TILE_VECTORS = 2, POOLED_VECTORS = 2, DOT_SUMS = 24 };
#define TILE_SIZES(X)   TILE_SIZES_14(X)
#define HALVED_SIZES(X) TILE_SIZES_7(X)
#define SPLIT_SIZES(X)  TILE_SIZES_12(X)
#define DEPTHWISE_TWO_ROWS
#else
enum { TILE_ROWS = 6, TILE_VECTORS = 2, POOLED_VECTORS = 1, DOT_SUMS = 12 };
#define TILE_SIZES(X)   TILE_SIZES_6(X)
#define HALVED_SIZES(X) TILE_SIZES_3(X)
#define SPLIT_SIZES(X)  TILE_SIZES_4(X)
#endif
enum { HALVED_ROWS = TILE_ROWS / 2 };

#if VEC > 4
enum { COLUMN_OUTPUTS = 6 };
#define COLUMN_SIZES(X) TILE_SIZES_6(X)
#else
enum { COLUMN_OUTPUTS = 3 };
#define COLUMN_SIZES(X) TILE_SIZES_3(X)
#endif

#if defined VEC_SPLITS_PAIRS
enum { PAIR_ROWS = TILE_ROWS - 2, PAIR_REGISTERS = 2 };
#define PAIR_SIZES(X) SPLIT_SIZES(X)
#elif defined VEC_CALLS_PAIRS /* nothing stays in registers over a call */
enum { PAIR_ROWS = 1, PAIR_REGISTERS = 1 };
#define PAIR_SIZES(X) X(1)
#else
enum { PAIR_ROWS = TILE_ROWS, PAIR_REGISTERS = 1 };
#define PAIR_SIZES(X) TILE_SIZES(X)
#endif

_Static_assert(TILE_ROWS *TILE_VECTORS + TILE_VECTORS + 1 <= VEC_REGISTERS,
               "tiles of sums stay in registers");
_Static_assert(PAIR_ROWS *TILE_VECTORS + (TILE_VECTORS + 1) * PAIR_REGISTERS <= VEC_REGISTERS,
               "those of pairs, too");
_Static_assert(DOT_SUMS + 2 <= VEC_REGISTERS && 9 * POOLED_VECTORS + 1 <= VEC_REGISTERS, "so do these");

#endif
