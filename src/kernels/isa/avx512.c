/* The kernels in AVX-512; convolutions of few outputs go by half its width.
 * processor: x86-64
 * flags: -mavx512f -mavx512bw -mavx512vl -mavx512dq -mfma */
#include "kernels/vec/avx512.h"

#include "kernels/isa/avx512_half.h"
#define HALF_WIDTH                                                                                           \
    { 8, cnn_avx512_half_conv, cnn_avx512_half_conv_weights }
#include "kernels/isa/templates.h"

KERNEL_TABLE(avx512);
