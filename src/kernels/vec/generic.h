/* Four floats at a time in the compiler's generic vectors, which any processor can run: the fallback for all
 * that have no file of their own. The words are those of vec/vec.h. */
#ifndef CNN_KERNELS_VEC_GENERIC_H
#define CNN_KERNELS_VEC_GENERIC_H

#include "kernels/bf16/number.h"
#include "kernels/vec/eighths.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

typedef float vec __attribute__((vector_size(16)));
typedef int32_t vec_mask __attribute__((vector_size(16)));
#define VEC 4
#ifndef VEC_REGISTERS
#define VEC_REGISTERS 16
#endif

static inline vec vec_set(float value) {
    return (vec){value, value, value, value};
}
static inline vec vec_load_part(const float *from, int64_t count) {
    vec value = {0};
    memcpy(&value, from, (size_t)count * sizeof(float));
    return value;
}
static inline void vec_store_part(float *to, int64_t count, vec value) {
    memcpy(to, &value, (size_t)count * sizeof(float));
}
static inline vec vec_load(const float *from) {
    return vec_load_part(from, VEC);
}
static inline vec vec_keep(vec value) {
    return value;
}
static inline void vec_store(float *to, vec value) {
    vec_store_part(to, VEC, value);
}
static inline vec vec_add(vec a, vec b) {
    return a + b;
}
static inline vec vec_sub(vec a, vec b) {
    return a - b;
}
static inline vec vec_mul(vec a, vec b) {
    return a * b;
}
static inline vec vec_div(vec a, vec b) {
    return a / b;
}
static inline float vec_sum(vec a) {
    return (a[0] + a[2]) + (a[1] + a[3]);
}
static inline vec vec_sqrt(vec a) {
    return (vec){sqrtf(a[0]), sqrtf(a[1]), sqrtf(a[2]), sqrtf(a[3])};
}
static inline vec vec_fma(vec a, vec b, vec c) { /* rounded twice: no processor is asked for a fused one */
    return a * b + c;
}
static inline vec vec_select(vec_mask mask, vec yes, vec no) {
    return (vec)((mask & (vec_mask)yes) | (~mask & (vec_mask)no));
}
static inline vec vec_if_greater(vec a, vec b, vec yes, vec no) {
    return vec_select(a > b, yes, no);
}
static inline vec vec_if_at_most(vec a, vec b, vec yes, vec no) {
    return vec_select(a <= b, yes, no);
}
static inline vec vec_if_equal(vec a, vec b, vec yes, vec no) {
    return vec_select(a == b, yes, no);
}
static inline vec vec_max(vec a, vec b) {
    return vec_if_greater(a, b, a, b);
}
static inline vec vec_min(vec a, vec b) {
    return vec_if_greater(b, a, a, b);
}
typedef uint32_t vec_bits __attribute__((vector_size(16)));
static inline vec vec_power2(vec shifted) {
    static const uint32_t eighths[] = {VEC_EIGHTHS};
    const vec_bits n = (vec_bits)shifted;
    const vec_bits root = {eighths[n[0] & 7], eighths[n[1] & 7], eighths[n[2] & 7], eighths[n[3] & 7]};
    return (vec)(root + (n << 20));
}
static inline vec vec_split(vec x, vec *power) {
    const vec_bits above = (vec_bits)x - 0x3f3504f3;
    *power = __builtin_convertvector((vec_mask)above >> 23, vec);
    return (vec)((above & 0x7fffff) + 0x3f3504f3);
}
static inline unsigned vec_mask_bits(vec_mask mask) {
    return (mask[0] & 1u) | (mask[1] & 2u) | (mask[2] & 4u) | (mask[3] & 8u);
}
static inline unsigned vec_equal_bits(vec a, vec b) {
    return vec_mask_bits(a == b);
}
static inline unsigned vec_unequal_bits(vec a, vec b) {
    return vec_mask_bits(a != b);
}
static inline void vec_store_whole(int32_t *to, vec value) {
    for (int i = 0; i < VEC; i++)
        to[i] = (int32_t)value[i];
}
/* Calls: inlined, their some fifty instructions an element would be repeated wherever they are used. */
#define VEC_CALLS_PAIRS
static __attribute__((noinline)) vec bf16_rounded(vec first, vec second) {
    return (vec){cnn_bf16_pair(first[0], first[1]), cnn_bf16_pair(first[2], first[3]),
                 cnn_bf16_pair(second[0], second[1]), cnn_bf16_pair(second[2], second[3])};
}
static inline vec vec_bf16_round(vec first, vec second) {
    return bf16_rounded(first, second);
}
static inline vec vec_bf16_widen(vec pairs, vec *second) {
    *second = (vec){cnn_bf16_first(pairs[2]), cnn_bf16_second(pairs[2]), cnn_bf16_first(pairs[3]),
                    cnn_bf16_second(pairs[3])};
    return (vec){cnn_bf16_first(pairs[0]), cnn_bf16_second(pairs[0]), cnn_bf16_first(pairs[1]),
                 cnn_bf16_second(pairs[1])};
}
static __attribute__((noinline)) vec bf16_paired(vec first, vec second) {
    for (int i = 0; i < VEC; i++)
        first[i] = cnn_bf16_pair(first[i], second[i]);
    return first;
}
static inline vec vec_bf16_pair(vec first, vec second) {
    return bf16_paired(first, second);
}
static __attribute__((noinline)) vec bf16_added(vec a, vec b, vec sum) {
    for (int i = 0; i < VEC; i++)
        sum[i] = cnn_bf16_dot(a[i], b[i], sum[i]);
    return sum;
}
static inline vec vec_bf16_dot(vec a, vec b, vec sum) {
    return bf16_added(a, b, sum);
}
static inline vec vec_bf16_add(vec a, vec b) {
    for (int i = 0; i < VEC; i++)
        a[i] = cnn_bf16_add(a[i], b[i]);
    return a;
}
static inline unsigned vec_bf16_begin(void) {
    return 0;
}
static inline void vec_bf16_end(unsigned before) {
    (void)before;
}
static inline void vec_transpose(vec rows[VEC]) {
    for (int i = 0; i < VEC; i++)
        for (int j = 0; j < i; j++) {
            const float kept = rows[i][j];
            rows[i][j] = rows[j][i];
            rows[j][i] = kept;
        }
}
static inline vec vec_sums(const vec rows[VEC]) {
    return (vec){vec_sum(rows[0]), vec_sum(rows[1]), vec_sum(rows[2]), vec_sum(rows[3])};
}

#endif
