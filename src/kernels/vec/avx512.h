/* Vectors of 16 floats: AVX-512. The words are those of vec/vec.h. */
#ifndef CNN_KERNELS_VEC_AVX512_H
#define CNN_KERNELS_VEC_AVX512_H

#include "kernels/vec/eighths.h"
#include "kernels/vec/x86.h"

#include <immintrin.h>
#include <stdint.h>

typedef __m512 vec;
#define VEC 16
#ifndef VEC_REGISTERS
#define VEC_REGISTERS 32
#endif

static inline vec vec_set(float value) {
    return _mm512_set1_ps(value);
}
static inline vec vec_load(const float *from) {
    return _mm512_loadu_ps(from);
}
static inline vec vec_keep(vec value) {
    __asm__("" : "+v"(value));
    return value;
}
static inline void vec_store(float *to, vec value) {
    _mm512_storeu_ps(to, value);
}
static inline vec vec_load_part(const float *from, int64_t count) {
    return _mm512_maskz_loadu_ps((__mmask16)((1u << count) - 1), from);
}
static inline void vec_store_part(float *to, int64_t count, vec value) {
    _mm512_mask_storeu_ps(to, (__mmask16)((1u << count) - 1), value);
}
static inline vec vec_add(vec a, vec b) {
    return _mm512_add_ps(a, b);
}
static inline vec vec_sub(vec a, vec b) {
    return _mm512_sub_ps(a, b);
}
static inline vec vec_mul(vec a, vec b) {
    return _mm512_mul_ps(a, b);
}
static inline vec vec_div(vec a, vec b) {
    return _mm512_div_ps(a, b);
}
static inline float vec_sum(vec a) {
    return _mm512_reduce_add_ps(a);
}
static inline vec vec_sqrt(vec a) {
    return _mm512_sqrt_ps(a);
}
static inline vec vec_fma(vec a, vec b, vec c) {
    return _mm512_fmadd_ps(a, b, c);
}
static inline vec vec_min(vec a, vec b) {
    return _mm512_min_ps(a, b);
}
static inline vec vec_max(vec a, vec b) {
    return _mm512_max_ps(a, b);
}
static inline vec vec_if_greater(vec a, vec b, vec yes, vec no) {
    return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(a, b, _CMP_GT_OQ), no, yes);
}
static inline vec vec_if_at_most(vec a, vec b, vec yes, vec no) {
    return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(a, b, _CMP_LE_OQ), no, yes);
}
static inline vec vec_if_equal(vec a, vec b, vec yes, vec no) {
    return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ), no, yes);
}
static inline vec vec_power2(vec shifted) {
    const __m512i n = _mm512_castps_si512(shifted);
    const __m512i root = _mm512_permutexvar_epi32(n, _mm512_broadcast_i64x4(_mm256_setr_epi32(VEC_EIGHTHS)));
    return _mm512_castsi512_ps(_mm512_add_epi32(root, _mm512_slli_epi32(n, 20)));
}
/* The bits of x, seen as a whole number, count the exponent from sqrt(1/2) on. */
static inline vec vec_split(vec x, vec *power) {
    const __m512i root = _mm512_set1_epi32(0x3f3504f3); /* sqrt(1/2) */
    const __m512i above = _mm512_sub_epi32(_mm512_castps_si512(x), root);
    const __m512i fraction = _mm512_and_si512(above, _mm512_set1_epi32(0x7fffff));
    *power = _mm512_cvtepi32_ps(_mm512_srai_epi32(above, 23));
    return _mm512_castsi512_ps(_mm512_add_epi32(fraction, root));
}
/* A mask as bits, element 0 lowest. The empty instruction keeps GCC 12 from merging the conversion with a comparison: it
 * then takes the mask register's upper half to be zero, spills two bytes of it and reads four again. */
static inline unsigned mask_bits(__mmask16 mask) {
    __asm__("" : "+k"(mask));
    return mask;
}
static inline unsigned vec_equal_bits(vec a, vec b) {
    return mask_bits(_mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ));
}
static inline unsigned vec_unequal_bits(vec a, vec b) {
    return mask_bits(_mm512_cmp_ps_mask(a, b, _CMP_NEQ_UQ));
}
static inline void vec_store_whole(int32_t *to, vec value) {
    _mm512_storeu_si512(to, _mm512_cvttps_epi32(value));
}
static inline vec vec_bf16_floats(__m256i numbers) {
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(numbers), 16));
}
static inline vec vec_bf16_widen(vec pairs, vec *second) {
    const __m512i bits = _mm512_castps_si512(pairs);
    *second = vec_bf16_floats(_mm512_extracti64x4_epi64(bits, 1));
    return vec_bf16_floats(_mm512_castsi512_si256(bits));
}
static inline vec vec_bf16_add(vec a, vec b) {
    return vec_add(a, b);
}
#ifdef __AVX512BF16__
static inline vec vec_bf16_round(vec first, vec second) {
    return (vec)_mm512_cvtne2ps_pbh(second, first);
}
static inline __m512i vec_bf16_bits(vec x) {
    return _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(x));
}
static inline vec vec_bf16_dot(vec a, vec b, vec sum) {
    return _mm512_dpbf16_ps(sum, (__m512bh)a, (__m512bh)b);
}
#else
/* Each number in bfloat16, as whole numbers below 2^16. */
static inline __m512i vec_bf16_bits(vec x) {
    const __m512i bits = _mm512_castps_si512(x);
    const __m512i even = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
    const __m512i rounded = _mm512_add_epi32(bits, _mm512_add_epi32(even, _mm512_set1_epi32(0x7fff)));
    const __m512i number = _mm512_mask_or_epi32(rounded, _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q), bits,
                                                _mm512_set1_epi32(0x400000));
    const __mmask16 is_tiny = _mm512_testn_epi32_mask(bits, _mm512_set1_epi32(0x7f800000));
    const __m512i all = _mm512_mask_and_epi32(number, is_tiny, bits, _mm512_set1_epi32(INT32_MIN));
    return _mm512_srli_epi32(all, 16);
}
static inline vec vec_bf16_round(vec first, vec second) {
    const __m256i lower = _mm512_cvtepi32_epi16(vec_bf16_bits(first));
    return _mm512_castsi512_ps(
        _mm512_inserti64x4(_mm512_castsi256_si512(lower), _mm512_cvtepi32_epi16(vec_bf16_bits(second)), 1));
}
#define VEC_SPLITS_PAIRS
static inline vec vec_bf16_first(vec pairs) {
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_castps_si512(pairs), 16));
}
static inline vec vec_bf16_second(vec pairs) {
    return _mm512_castsi512_ps(
        _mm512_and_si512(_mm512_castps_si512(pairs), _mm512_set1_epi32((int)0xffff0000)));
}
static inline vec vec_bf16_dot(vec a, vec b, vec sum) {
    sum = _mm512_fmadd_ps(vec_bf16_second(a), vec_bf16_second(b), sum);
    return _mm512_fmadd_ps(vec_bf16_first(a), vec_bf16_first(b), sum);
}
#endif
static inline vec vec_bf16_pair(vec first, vec second) {
    const __m512i upper = _mm512_slli_epi32(vec_bf16_bits(second), 16);
    return _mm512_castsi512_ps(_mm512_or_si512(vec_bf16_bits(first), upper));
}
/* First within each 4x4 block, then the blocks. */
static inline void vec_transpose(vec rows[VEC]) {
    vec t[VEC];
    for (int i = 0; i < VEC; i += 4) {
        const __m512d low0 = _mm512_castps_pd(_mm512_unpacklo_ps(rows[i], rows[i + 1]));
        const __m512d low1 = _mm512_castps_pd(_mm512_unpacklo_ps(rows[i + 2], rows[i + 3]));
        const __m512d high0 = _mm512_castps_pd(_mm512_unpackhi_ps(rows[i], rows[i + 1]));
        const __m512d high1 = _mm512_castps_pd(_mm512_unpackhi_ps(rows[i + 2], rows[i + 3]));
        t[i] = _mm512_castpd_ps(_mm512_unpacklo_pd(low0, low1));
        t[i + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(low0, low1));
        t[i + 2] = _mm512_castpd_ps(_mm512_unpacklo_pd(high0, high1));
        t[i + 3] = _mm512_castpd_ps(_mm512_unpackhi_pd(high0, high1));
    }
    for (int i = 0; i < 4; i++) {
        const vec even0 = _mm512_shuffle_f32x4(t[i], t[i + 4], 0x88),
                  odd0 = _mm512_shuffle_f32x4(t[i], t[i + 4], 0xdd);
        const vec even1 = _mm512_shuffle_f32x4(t[i + 8], t[i + 12], 0x88);
        const vec odd1 = _mm512_shuffle_f32x4(t[i + 8], t[i + 12], 0xdd);
        rows[i] = _mm512_shuffle_f32x4(even0, even1, 0x88);
        rows[i + 8] = _mm512_shuffle_f32x4(even0, even1, 0xdd);
        rows[i + 4] = _mm512_shuffle_f32x4(odd0, odd1, 0x88);
        rows[i + 12] = _mm512_shuffle_f32x4(odd0, odd1, 0xdd);
    }
}
/* At each stage a vector holds the partial sums of twice as many rows. */
static inline vec vec_sums(const vec rows[VEC]) {
    vec pairs[8], fours[4], eights[2];
    for (int i = 0; i < 8; i++)
        pairs[i] = _mm512_add_ps(_mm512_unpacklo_ps(rows[2 * i], rows[2 * i + 1]),
                                 _mm512_unpackhi_ps(rows[2 * i], rows[2 * i + 1]));
    for (int i = 0; i < 4; i++) {
        const __m512d a = _mm512_castps_pd(pairs[2 * i]), b = _mm512_castps_pd(pairs[2 * i + 1]);
        fours[i] = _mm512_add_ps(_mm512_castpd_ps(_mm512_unpacklo_pd(a, b)),
                                 _mm512_castpd_ps(_mm512_unpackhi_pd(a, b)));
    }
    for (int i = 0; i < 2; i++)
        eights[i] = _mm512_add_ps(_mm512_shuffle_f32x4(fours[2 * i], fours[2 * i + 1], 0x88),
                                  _mm512_shuffle_f32x4(fours[2 * i], fours[2 * i + 1], 0xdd));
    return _mm512_add_ps(_mm512_shuffle_f32x4(eights[0], eights[1], 0x88),
                         _mm512_shuffle_f32x4(eights[0], eights[1], 0xdd));
}

#endif
