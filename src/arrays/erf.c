#include "arrays/erf.h"

#include "base/numbers.h"

#include <math.h>

enum { CHUNK = 512 }; /* values that stay in the first-level cache */

/* Its series, for |x| < 1: 2 / sqrt(pi) times (-1)^n / (n! (2 n + 1)). */
static float near_zero(float x) {
    static const float c[] = {1.12837917F,    -0.376126389F,    0.112837917F,    -0.0268661706F,
                              0.00522397762F, -0.000854832702F, 0.000120553330F, -1.49256504e-5F,
                              1.64621144e-6F, -1.63658447e-7F};
    const float square = x * x;
    float sum = c[9];
    for (int n = 8; n >= 0; n--)
        sum = sum * square + c[n];
    return x * sum;
}

/* Abramowitz and Stegun, 7.1.26, for |x|; `e` is exp(-x^2). */
static float far_from_zero(float x, float e) {
    const float t = 1 / (1 + 0.3275911F * x);
    const float sum =
        (((1.061405429F * t - 1.453152027F) * t + 1.421413741F) * t - 0.284496736F) * t + 0.254829592F;
    return 1 - sum * t * e;
}

static void erf_of_chunk(const cnn_kernels *kernels, int64_t count, const float *x, float *y) {
    static const cnn_activation_function exponential = {.kind = CNN_KERNEL_EXP};
    float e[CHUNK];
    for (int64_t i = 0; i < count; i++)
        e[i] = -x[i] * x[i];
    kernels->activate(&exponential, count, e, e);
    for (int64_t i = 0; i < count; i++) {
        const float size = fabsf(x[i]), far = far_from_zero(size, e[i]), near = near_zero(size);
        y[i] = copysignf(size >= 1 ? far : near, x[i]);
    }
}

void cnn_erf(const cnn_kernels *kernels, int64_t count, const float *x, float *y) {
    for (int64_t i = 0; i < count; i += CHUNK)
        erf_of_chunk(kernels, cnn_min(CHUNK, count - i), x + i, y + i);
}
