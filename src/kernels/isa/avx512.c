/* The kernels in AVX-512; convolutions of few outputs go by half its width. A second table has the processor's own sums in
 * bfloat16, where the compiler knows them.
 * processor: x86-64
 * flags: -mavx512f -mavx512bw -mavx512vl -mavx512dq -mfma */
#include "kernels/vec/avx512.h"

#include "kernels/isa/avx512_half.h"
#define HALF_WIDTH                                                                                           \
    { 8, cnn_avx512_half_conv, cnn_avx512_half_conv_weights }
#include "kernels/isa/templates.h"

KERNEL_TABLE(avx512);

#ifdef CNN_AVX512_BF16
#include "kernels/isa/avx512_bf16.h"
#define kernel_bf16_conv            cnn_avx512_bf16_conv
#define kernel_bf16_conv_weights    cnn_avx512_bf16_conv_weights
#define kernel_bf16_round           cnn_avx512_bf16_round
#define kernel_bf16_widen           cnn_avx512_bf16_widen
#define kernel_bf16_pair            cnn_avx512_bf16_pair
#define kernel_bf16_winograd_input  cnn_avx512_bf16_winograd_input
#define kernel_bf16_winograd_output cnn_avx512_bf16_winograd_output
KERNEL_TABLE(avx512_bf16);
#endif
