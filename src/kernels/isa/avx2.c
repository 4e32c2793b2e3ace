/* The kernels in AVX2 with FMA.
 * processor: x86-64
 * flags: -mavx2 -mfma */
#include "kernels/vec/avx2.h"

#include "kernels/isa/templates.h"

KERNEL_TABLE(avx2);
