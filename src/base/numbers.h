/* Arithmetic on sizes that C has no function for: the smaller and the larger of two, divisions that round up. */
#ifndef CNN_BASE_NUMBERS_H
#define CNN_BASE_NUMBERS_H

#include <stdint.h>

static inline int64_t cnn_min(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static inline int64_t cnn_max(int64_t a, int64_t b) {
    return a > b ? a : b;
}

/* a / b, rounded up, also where a is negative; b > 0. Does not overflow. */
static inline int64_t cnn_ceil_div(int64_t a, int64_t b) {
    return a > 0 ? (a - 1) / b + 1 : a / b;
}

/* The smallest multiple of `unit` (> 0) that is not below `a`. */
static inline int64_t cnn_round_up(int64_t a, int64_t unit) {
    return cnn_ceil_div(a, unit) * unit;
}

/* a times b for a, b >= 0; INT64_MAX where it is more: for numbers that are shown, not for sizes of memory. */
static inline int64_t cnn_saturated_product(int64_t a, int64_t b) {
    int64_t product;
    return __builtin_mul_overflow(a, b, &product) ? INT64_MAX : product;
}

#endif
