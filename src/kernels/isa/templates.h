/* Every family's template, in order: one includes nothing that comes after it. Before, the file of an instruction set
 * includes its vectors and isa/tile.h and defines
 *     TILE_ROWS, TILE_VECTORS, TILE_SIZES, HALVED_SIZES   how many sums stay in registers (isa/tile.h)
 *     POOLED_VECTORS, DOT_SUMS                            likewise in pooled/ and conv/
 *     half_width                                          convolutions over vectors of half the width, if there are any
 *     DEPTHWISE_PAIRS                                     if registers hold two rows of sums beside the weights
 */
#ifndef CNN_KERNELS_ISA_TEMPLATES_H
#define CNN_KERNELS_ISA_TEMPLATES_H

#include "kernels/conv/narrow.h"
#include "kernels/conv/template.h"
#include "kernels/products/template.h"
#include "kernels/sparse/template.h"
#include "kernels/pool/template.h"
#include "kernels/channels/template.h"
#include "kernels/depthwise/tile.h"
#ifdef DEPTHWISE_PAIRS
#include "kernels/depthwise/two_rows.h"
#endif
#include "kernels/depthwise/template.h"
#include "kernels/elements/template.h"
#include "kernels/activation/template.h"
#include "kernels/pair/template.h"
#include "kernels/slopes/template.h"
#include "kernels/winograd/template.h"
#include "kernels/winograd/gradient.h"
#include "kernels/pooled/template.h"

#endif
