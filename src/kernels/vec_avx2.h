/* Vectors of 8 floats: AVX2 with FMA. See vec_avx512.h for the meaning of each name. */
#include <immintrin.h>

typedef __m256 vec;
enum {
    VEC = 8,
    TILE_ROWS = 6,
    TILE_VECTORS = 2,
    POOLED_VECTORS = 1
}; /* 12 sums + 2 weights + 1 input of 16 registers */

static inline __m256i vec_first(int64_t count) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
static inline vec vec_set(float value) {
    return _mm256_set1_ps(value);
}
static inline vec vec_load(const float *from) {
    return _mm256_loadu_ps(from);
}
static inline void vec_store(float *to, vec value) {
    _mm256_storeu_ps(to, value);
}
static inline vec vec_load_part(const float *from, int64_t count) {
    return _mm256_maskload_ps(from, vec_first(count));
}
static inline void vec_store_part(float *to, int64_t count, vec value) {
    _mm256_maskstore_ps(to, vec_first(count), value);
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
static inline vec vec_sqrt(vec a) {
    return _mm256_sqrt_ps(a);
}
static inline vec vec_fma(vec a, vec b, vec c) {
    return _mm256_fmadd_ps(a, b, c);
}
static inline vec vec_max(vec a, vec b) {
    return _mm256_max_ps(a, b);
}
static inline vec vec_if_greater(vec a, vec b, vec yes, vec no) {
    return _mm256_blendv_ps(no, yes, _mm256_cmp_ps(a, b, _CMP_GT_OQ));
}
static inline vec vec_if_equal(vec a, vec b, vec yes, vec no) {
    return _mm256_blendv_ps(no, yes, _mm256_cmp_ps(a, b, _CMP_EQ_OQ));
}
