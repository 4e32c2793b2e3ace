/* All kernels over the vectors that the file of an instruction set chose: every family, in an order in which none needs a later
 * one. Such a file includes its header of vec/ (and may define HALF_WIDTH, conv/template.h), then this one, and ends in
 * KERNEL_TABLE(name). */
#ifndef CNN_KERNELS_ISA_TEMPLATES_H
#define CNN_KERNELS_ISA_TEMPLATES_H

#include "kernels/conv/template.h"
#include "kernels/bf16/template.h"
#include "kernels/bf16/winograd.h"
#include "kernels/products/template.h"
#include "kernels/sparse/template.h"
#include "kernels/pool/template.h"
#include "kernels/bf16/pool.h"
#include "kernels/channels/template.h"
#include "kernels/depthwise/template.h"
#include "kernels/elements/template.h"
#include "kernels/activation/template.h"
#include "kernels/pair/template.h"
#include "kernels/slopes/template.h"
#include "kernels/winograd/template.h"
#include "kernels/winograd/gradient.h"
#include "kernels/pooled/template.h"
#include "kernels/optimizers/template.h"

#include "kernels/kernels.h"

#define KERNEL_ENTRY(name, arguments) .name = kernel_##name,
#define KERNEL_TABLE(set)                                                                                    \
    extern const cnn_kernels cnn_kernels_##set;                                                              \
    const cnn_kernels cnn_kernels_##set = {                                                                  \
        .name = #set, .conv_outputs = TILE_VECTORS * VEC, CNN_KERNEL_LIST(KERNEL_ENTRY)}

#endif
