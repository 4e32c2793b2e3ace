/* Vectors of 16 floats: AVX-512. The kernels are written once over the names of this file; vec_avx2.h and
 * vec_scalar.h define the same names. */
#include <immintrin.h>

typedef __m512 vec;
enum {
    VEC = 16,
    TILE_ROWS = 14,
    TILE_VECTORS = 2,
    POOLED_VECTORS = 2
}; /* 28 sums + 2 weights + 1 input of 32 registers */

static inline vec vec_set(float value) {
    return _mm512_set1_ps(value);
}
static inline vec vec_load(const float *from) {
    return _mm512_loadu_ps(from);
}
static inline void vec_store(float *to, vec value) {
    _mm512_storeu_ps(to, value);
}
/* The first `count` elements, 1 .. VEC; nothing beyond them is touched, the others read as 0. */
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
static inline vec vec_sqrt(vec a) {
    return _mm512_sqrt_ps(a);
}
static inline vec vec_fma(vec a, vec b, vec c) { /* a b + c */
    return _mm512_fmadd_ps(a, b, c);
}
static inline vec vec_max(vec a, vec b) { /* b when either is not a number */
    return _mm512_max_ps(a, b);
}
static inline vec vec_if_greater(vec a, vec b, vec yes, vec no) { /* a > b ? yes : no */
    return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(a, b, _CMP_GT_OQ), no, yes);
}
static inline vec vec_if_equal(vec a, vec b, vec yes, vec no) {
    return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ), no, yes);
}
