#include "arrays/half.h"

#include <math.h>
#include <string.h>

bool cnn_type_is_half(int64_t number) {
    return number == CNN_HALF_FLOAT16 || number == CNN_HALF_BFLOAT16;
}

bool cnn_type_held(int64_t number, cnn_type *type) {
    const bool known = cnn_type_known(number);
    *type = known ? (cnn_type)number : CNN_TYPE_FLOAT32;
    return known || cnn_type_is_half(number);
}

/* ---- Widening -------------------------------------------------------------------------------------- */

/* One sign, five bits of exponent, ten of fraction. */
static float from_float16(uint16_t bits) {
    const int exponent = bits >> 10 & 31, fraction = bits & 1023;
    float size = ldexpf((float)(1024 + fraction), exponent - 25);
    if (exponent == 0)
        size = ldexpf((float)fraction, -24);
    if (exponent == 31)
        size = fraction ? NAN : INFINITY;
    return bits >> 15 ? -size : size;
}

/* The upper half of a float32. */
static float from_bfloat16(uint16_t bits) {
    const uint32_t whole = (uint32_t)bits << 16;
    float real;
    memcpy(&real, &whole, sizeof real);
    return real;
}

void cnn_halves_widen(int64_t number, const cnn_array *bits, cnn_array *reals) {
    const uint16_t *from = bits->data;
    float *to = reals->data;
    for (int64_t i = 0; i < reals->elements; i++)
        to[i] = number == CNN_HALF_FLOAT16 ? from_float16(from[i]) : from_bfloat16(from[i]);
}

/* ---- Rounding -------------------------------------------------------------------------------------- */

/* Binary digits of a number, the exponent of the smallest one, and what is rounded to infinity. */
typedef struct format {
    int digits, smallest;
    float limit;
} format;

static float rounded(const format *f, float real) {
    int exponent;
    if (isnan(real) || fabsf(real) >= f->limit)
        return isnan(real) ? real : copysignf(INFINITY, real);
    frexpf(real, &exponent);
    exponent = exponent - f->digits < f->smallest ? f->smallest : exponent - f->digits;
    return (float)ldexp(rint(ldexp((double)real, -exponent)), exponent);
}

void cnn_halves_round(int64_t number, cnn_array *reals) {
    const format formats[] = {{11, -24, 65520}, {8, -133, 0x1.ffp127F}};
    float *values = reals->data;
    if (!cnn_type_is_half(number) || reals->type != CNN_TYPE_FLOAT32)
        return;
    for (int64_t i = 0; i < reals->elements; i++)
        values[i] = rounded(&formats[number == CNN_HALF_BFLOAT16], values[i]);
}
