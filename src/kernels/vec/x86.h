/* What the vectors of all instruction sets of x86-64 have in common. */
#ifndef CNN_KERNELS_VEC_X86_H
#define CNN_KERNELS_VEC_X86_H

#include <immintrin.h>

#define VEC_PREFETCHES

/* Tiny numbers are zero, as operands and as results. The instructions of AVX512_BF16 do that by themselves, vec_bf16_add does not. */
static inline unsigned vec_bf16_begin(void) {
    const unsigned before = _mm_getcsr();
    _mm_setcsr(before | _MM_FLUSH_ZERO_ON | _MM_DENORMALS_ZERO_ON);
    return before;
}
static inline void vec_bf16_end(unsigned before) {
    _mm_setcsr(before);
}

#endif
