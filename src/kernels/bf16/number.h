/* Numbers in bfloat16 - the upper half of a float: its sign, its exponent, seven bits of its fraction - and the sums of their
 * products, as Intel defines the instructions VCVTNE2PS2BF16 and VDPBF16PS ("Intel 64 and IA-32 Architectures Software
 * Developer's Manual", volume 2): rounded to the nearest, of two equally near ones to the even one; numbers below FLT_MIN are zero
 * of their sign, before an operation and after it.
 *
 * Two neighbouring numbers lie in the place of one float, a pair, the first in the lower half of its bits. A pair travels as a
 * float, with which nobody calculates. */
#ifndef CNN_KERNELS_BF16_NUMBER_H
#define CNN_KERNELS_BF16_NUMBER_H

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

static inline uint32_t cnn_float_bits(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static inline float cnn_float_of_bits(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* The nearest number in bfloat16, as 16 bits. Not-a-number stays that. */
static inline uint32_t cnn_bf16_bits(float value) {
    const uint32_t bits = cnn_float_bits(value);
    if (isnan(value))
        return bits >> 16 | 0x40;
    if (fabsf(value) < FLT_MIN)
        return bits >> 16 & 0x8000;
    return (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}

static inline float cnn_bf16_pair(float first, float second) {
    return cnn_float_of_bits(cnn_bf16_bits(first) | cnn_bf16_bits(second) << 16);
}
static inline float cnn_bf16_first(float pair) {
    return cnn_float_of_bits(cnn_float_bits(pair) << 16);
}
static inline float cnn_bf16_second(float pair) {
    return cnn_float_of_bits(cnn_float_bits(pair) & 0xffff0000);
}

/* sum + a b, rounded once, for a and b that are numbers in bfloat16. Their product, and all of the sum that can decide how it is
 * rounded, fits a double. What is tiny is decided after rounding to 24 bits: half a bit below FLT_MIN. */
static inline float cnn_bf16_add_product(float sum, float a, float b) {
    static const double tiny = 0x1.fffffefp-127;
    const double start = fabsf(sum) < FLT_MIN ? copysign(0, (double)sum) : (double)sum;
    const double exact = (double)a * (double)b + start;
    return fabs(exact) < tiny ? (float)copysign(0, exact) : (float)exact;
}

/* a + b, by the same rules. */
static inline float cnn_bf16_add(float a, float b) {
    return cnn_bf16_add_product(a, fabsf(b) < FLT_MIN ? copysignf(0, b) : b, 1);
}

/* The sum and both products of two pairs: first that of the second numbers, as the processor does it. */
static inline float cnn_bf16_dot(float a, float b, float sum) {
    sum = cnn_bf16_add_product(sum, cnn_bf16_second(a), cnn_bf16_second(b));
    return cnn_bf16_add_product(sum, cnn_bf16_first(a), cnn_bf16_first(b));
}

#endif
