/* Vectors of 8 floats: AVX2 with FMA. The words are those of vec/vec.h. */
#ifndef CNN_KERNELS_VEC_AVX2_H
#define CNN_KERNELS_VEC_AVX2_H

#include "kernels/vec/eighths.h"
#include "kernels/vec/x86.h"

#include <immintrin.h>
#include <stdint.h>

typedef __m256 vec;
#define VEC 8
#ifndef VEC_REGISTERS
#define VEC_REGISTERS 16
#endif

/* All bits of the first `count` elements, none of the others. */
static inline __m256i vec_first(int64_t count) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
static inline vec vec_set(float value) {
    return _mm256_set1_ps(value);
}
static inline vec vec_load(const float *from) {
    return _mm256_loadu_ps(from);
}
static inline vec vec_keep(vec value) {
    __asm__("" : "+x"(value));
    return value;
}
static inline void vec_store(float *to, vec value) {
    _mm256_storeu_ps(to, value);
}
static inline vec vec_load_part(const float *from, int64_t count) {
    return _mm256_maskload_ps(from, vec_first(count));
}
/* In whole pieces of 4, 2 and 1: a masked store takes some forty instructions' time on AMD's processors. */
static inline void vec_store_part(float *to, int64_t count, vec value) {
    if (count == VEC) {
        vec_store(to, value);
        return;
    }
    __m128 piece = _mm256_castps256_ps128(value);
    if (count & 4) {
        _mm_storeu_ps(to, piece);
        piece = _mm256_extractf128_ps(value, 1);
        to += 4;
    }
    if (count & 2) {
        _mm_storel_pi((__m64 *)(void *)to, piece);
        piece = _mm_movehl_ps(piece, piece);
        to += 2;
    }
    if (count & 1)
        _mm_store_ss(to, piece);
}
static inline vec vec_add(vec a, vec b) {
    return _mm256_add_ps(a, b);
}
static inline vec vec_sub(vec a, vec b) {
    return _mm256_sub_ps(a, b);
}
static inline vec vec_mul(vec a, vec b) {
    return _mm256_mul_ps(a, b);
}
static inline vec vec_div(vec a, vec b) {
    return _mm256_div_ps(a, b);
}
static inline float vec_sum(vec a) {
    const __m128 four = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}
static inline vec vec_sqrt(vec a) {
    return _mm256_sqrt_ps(a);
}
static inline vec vec_fma(vec a, vec b, vec c) {
    return _mm256_fmadd_ps(a, b, c);
}
static inline vec vec_min(vec a, vec b) {
    return _mm256_min_ps(a, b);
}
static inline vec vec_max(vec a, vec b) {
    return _mm256_max_ps(a, b);
}
static inline vec vec_if_greater(vec a, vec b, vec yes, vec no) {
    return _mm256_blendv_ps(no, yes, _mm256_cmp_ps(a, b, _CMP_GT_OQ));
}
static inline vec vec_if_at_most(vec a, vec b, vec yes, vec no) {
    return _mm256_blendv_ps(no, yes, _mm256_cmp_ps(a, b, _CMP_LE_OQ));
}
static inline vec vec_if_equal(vec a, vec b, vec yes, vec no) {
    return _mm256_blendv_ps(no, yes, _mm256_cmp_ps(a, b, _CMP_EQ_OQ));
}
static inline vec vec_power2(vec shifted) {
    const __m256i n = _mm256_castps_si256(shifted);
    const __m256i root = _mm256_permutevar8x32_epi32(_mm256_setr_epi32(VEC_EIGHTHS), n);
    return _mm256_castsi256_ps(_mm256_add_epi32(root, _mm256_slli_epi32(n, 20)));
}
/* The bits of x, seen as a whole number, count the exponent from sqrt(1/2) on. */
static inline vec vec_split(vec x, vec *power) {
    const __m256i root = _mm256_set1_epi32(0x3f3504f3); /* sqrt(1/2) */
    const __m256i above = _mm256_sub_epi32(_mm256_castps_si256(x), root);
    const __m256i fraction = _mm256_and_si256(above, _mm256_set1_epi32(0x7fffff));
    *power = _mm256_cvtepi32_ps(_mm256_srai_epi32(above, 23));
    return _mm256_castsi256_ps(_mm256_add_epi32(fraction, root));
}
static inline unsigned vec_equal_bits(vec a, vec b) {
    return (unsigned)_mm256_movemask_ps(_mm256_cmp_ps(a, b, _CMP_EQ_OQ));
}
static inline unsigned vec_unequal_bits(vec a, vec b) {
    return (unsigned)_mm256_movemask_ps(_mm256_cmp_ps(a, b, _CMP_NEQ_UQ));
}
static inline void vec_store_whole(int32_t *to, vec value) {
    _mm256_storeu_si256((__m256i *)(void *)to, _mm256_cvttps_epi32(value));
}
/* Each number in bfloat16, as whole numbers below 2^16. */
static inline __m256i vec_bf16_bits(vec x) {
    const __m256i bits = _mm256_castps_si256(x);
    const __m256i even = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
    const __m256i rounded = _mm256_add_epi32(bits, _mm256_add_epi32(even, _mm256_set1_epi32(0x7fff)));
    const vec is_nan = _mm256_cmp_ps(x, x, _CMP_UNORD_Q);
    const vec quiet = _mm256_castsi256_ps(_mm256_or_si256(bits, _mm256_set1_epi32(0x400000)));
    const __m256i is_tiny =
        _mm256_cmpeq_epi32(_mm256_and_si256(bits, _mm256_set1_epi32(0x7f800000)), _mm256_setzero_si256());
    const __m256i sign = _mm256_and_si256(bits, _mm256_set1_epi32(INT32_MIN));
    const vec number = _mm256_blendv_ps(_mm256_castsi256_ps(rounded), quiet, is_nan);
    return _mm256_srli_epi32(_mm256_blendv_epi8(_mm256_castps_si256(number), sign, is_tiny), 16);
}
static inline vec vec_bf16_round(vec first, vec second) {
    const __m256i halves = _mm256_packus_epi32(vec_bf16_bits(first), vec_bf16_bits(second));
    return _mm256_castsi256_ps(_mm256_permute4x64_epi64(halves, 0xd8));
}
static inline vec vec_bf16_floats(__m128i numbers) {
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(numbers), 16));
}
static inline vec vec_bf16_widen(vec pairs, vec *second) {
    const __m256i bits = _mm256_castps_si256(pairs);
    *second = vec_bf16_floats(_mm256_extracti128_si256(bits, 1));
    return vec_bf16_floats(_mm256_castsi256_si128(bits));
}
static inline vec vec_bf16_pair(vec first, vec second) {
    const __m256i upper = _mm256_slli_epi32(vec_bf16_bits(second), 16);
    return _mm256_castsi256_ps(_mm256_or_si256(vec_bf16_bits(first), upper));
}
#define VEC_SPLITS_PAIRS
static inline vec vec_bf16_first(vec pairs) {
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_castps_si256(pairs), 16));
}
static inline vec vec_bf16_second(vec pairs) {
    return _mm256_and_ps(pairs, _mm256_castsi256_ps(_mm256_set1_epi32((int)0xffff0000)));
}
static inline vec vec_bf16_dot(vec a, vec b, vec sum) {
    sum = _mm256_fmadd_ps(vec_bf16_second(a), vec_bf16_second(b), sum);
    return _mm256_fmadd_ps(vec_bf16_first(a), vec_bf16_first(b), sum);
}
static inline vec vec_bf16_add(vec a, vec b) {
    return vec_add(a, b);
}
/* First within each 4x4 block, then the blocks. */
static inline void vec_transpose(vec rows[VEC]) {
    vec t[VEC];
    for (int i = 0; i < VEC; i += 4) {
        const __m256d low0 = _mm256_castps_pd(_mm256_unpacklo_ps(rows[i], rows[i + 1]));
        const __m256d low1 = _mm256_castps_pd(_mm256_unpacklo_ps(rows[i + 2], rows[i + 3]));
        const __m256d high0 = _mm256_castps_pd(_mm256_unpackhi_ps(rows[i], rows[i + 1]));
        const __m256d high1 = _mm256_castps_pd(_mm256_unpackhi_ps(rows[i + 2], rows[i + 3]));
        t[i] = _mm256_castpd_ps(_mm256_unpacklo_pd(low0, low1));
        t[i + 1] = _mm256_castpd_ps(_mm256_unpackhi_pd(low0, low1));
        t[i + 2] = _mm256_castpd_ps(_mm256_unpacklo_pd(high0, high1));
        t[i + 3] = _mm256_castpd_ps(_mm256_unpackhi_pd(high0, high1));
    }
    for (int i = 0; i < 4; i++) {
        rows[i] = _mm256_permute2f128_ps(t[i], t[i + 4], 0x20);
        rows[i + 4] = _mm256_permute2f128_ps(t[i], t[i + 4], 0x31);
    }
}
static inline vec vec_sums(const vec rows[VEC]) {
    vec fours[2];
    for (int i = 0; i < 2; i++)
        fours[i] = _mm256_hadd_ps(_mm256_hadd_ps(rows[4 * i], rows[4 * i + 1]),
                                  _mm256_hadd_ps(rows[4 * i + 2], rows[4 * i + 3]));
    return _mm256_add_ps(_mm256_permute2f128_ps(fours[0], fours[1], 0x20),
                         _mm256_permute2f128_ps(fours[0], fours[1], 0x31));
}

#endif
