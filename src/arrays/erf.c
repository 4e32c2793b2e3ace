#include "arrays/erf.h"

#include "base/numbers.h"

#include <math.h>

enum { CHUNK = 512 }; /* values that stay in the first-level cache */

/* Its series, for |x| < 1: 2 / sqrt(pi) times (-1)^n / (n! (2 n + 1)). */
static float near_zero(float x) {
    const float s = x * x;
    const float high =
        (((-1.63658447e-7F * s + 1.64621144e-6F) * s - 1.49256504e-5F) * s + 0.00012055333F) * s;
    const float low = (((high - 0.000854832702F) * s + 0.00522397762F) * s - 0.0268661706F) * s;
    return x * (((low + 0.112837917F) * s - 0.376126389F) * s + 1.12837917F);
}

/* Abramowitz and Stegun, 7.1.26, for |x|; `e` is exp(-x^2). */
static float far_from_zero(float x, float e) {
    const float t = 1 / (1 + 0.3275911F * x);
    const float sum =
        (((1.061405429F * t - 1.453152027F) * t + 1.421413741F) * t - 0.284496736F) * t + 0.254829592F;
    return 1 - sum * t * e;
}

/* One loop for each formula: what is calculated only where it is wanted, the compiler does not do in vectors. */
static void erf_of_chunk(const cnn_kernels *kernels, int64_t count, const float *x, float *y) {
    static const cnn_activation_function exponential = {.kind = CNN_KERNEL_EXP};
    float size[CHUNK], near[CHUNK], far[CHUNK] = {0};
    for (int64_t i = 0; i < count; i++) {
        size[i] = fabsf(x[i]);
        far[i] = -x[i] * x[i];
    }
    kernels->activate(&exponential, count, far, far);
    for (int64_t i = 0; i < count; i++)
        far[i] = far_from_zero(size[i], far[i]);
    for (int64_t i = 0; i < count; i++)
        near[i] = near_zero(size[i]);
    for (int64_t i = 0; i < count; i++)
        y[i] = copysignf(size[i] >= 1 ? far[i] : near[i], x[i]);
}

void cnn_erf(const cnn_kernels *kernels, int64_t count, const float *x, float *y) {
    for (int64_t i = 0; i < count; i += CHUNK)
        erf_of_chunk(kernels, cnn_min(CHUNK, count - i), x + i, y + i);
}
