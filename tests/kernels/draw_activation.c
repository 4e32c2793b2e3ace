/* Random calls of the activations: each kind over the values that occur, and those that comparisons, overflow
 * and cancellation get wrong. */
#include "kernels/draw.h"

#include <float.h>
#include <math.h>

static const cnn_kernel_activation kinds[] = {
#define KIND(kind, word) kind,
    CNN_KERNEL_ACTIVATIONS(KIND)
#undef KIND
};

static void draw_function(kernel_case *c) {
    c->activation.kind = kinds[cnn_random_below(&c->random, sizeof kinds / sizeof kinds[0])];
    c->activation.alpha = fabsf(kernel_case_value(c));
    c->activation.beta = c->activation.alpha + fabsf(kernel_case_value(c));
}

/* Most about 0, some over the whole range of exp, some special. */
static float draw_argument(kernel_case *c) {
    static const float special[] = {0.0f, -0.0f,   INFINITY, -INFINITY, NAN,   1e-42f,     -1e-42f,
                                    3.0f, -3.0f,   FLT_MAX,  -FLT_MAX,  89.0f, -104.0f,    FLT_MIN,
                                    1.0f, -1e-10f, 1e-20f,   1e6f,      -1e6f, 0.70710678f};
    const double place = 2 * cnn_random_uniform(&c->random) - 1;
    switch (cnn_random_below(&c->random, 8)) {
    case 0:
        return special[cnn_random_below(&c->random, sizeof special / sizeof special[0])];
    case 1:
        return (float)(110 * place);
    case 2:
        return (float)exp(80 * place);
    case 3:
        return (float)(1e-3 * place);
    default:
        return (float)(6 * place);
    }
}

static float *draw_arguments(kernel_case *c) {
    c->count = kernel_case_size(c, 131) * kernel_case_between(c, 1, 8);
    float *x = kernel_case_add(c, c->count, false);
    for (int64_t i = 0; i < c->count; i++)
        x[i] = draw_argument(c);
    return x;
}

/* Rounding is relative to the result; only hardsigmoid adds up what may cancel, and gelu takes exp of x^2 / 2, which is
 * rounded. The least numbers lose bits. */
static float error_scale(const cnn_activation_function *function, float x, float y) {
    const float summands =
        function->kind == CNN_KERNEL_HARD_SIGMOID ? fabsf(function->alpha * x) + function->beta : 0;
    const float exponent = function->kind == CNN_KERNEL_GELU ? 2 + fminf(x * x / 2, 100) : 0;
    return fabsf(y) * (1 + exponent) + fminf(summands, 4) + 1e-36f;
}

static void call_activate(const kernel_case *c, const cnn_kernels *kernels, float *const b[], bool absolute) {
    const float *x = absolute ? c->buffer[0].start : b[0];
    kernels->activate(&c->activation, c->count, x, b[1]);
    for (int64_t i = 0; absolute && i < c->count; i++)
        b[1][i] = error_scale(&c->activation, x[i], b[1][i]);
}

void kernel_draw_activate(kernel_case *c) {
    c->call = call_activate;
    c->terms = 3;
    draw_function(c);
    draw_arguments(c);
    kernel_case_add(c, c->count, true);
}

/* Derivatives cancel where a function turns (swish) or levels off: rounding is relative to the largest. */
static void call_activate_backward(const kernel_case *c, const cnn_kernels *kernels, float *const b[],
                                   bool absolute) {
    const float *x = absolute ? c->buffer[0].start : b[0];
    kernels->activate_backward(&c->activation, c->count, x, b[1], b[2], b[3]);
    for (int64_t i = 0; absolute && i < c->count; i++)
        b[3][i] = fabsf(b[3][i]) + fabsf(b[2][i]) * (1 + c->activation.alpha * c->activation.beta);
}

void kernel_draw_activate_backward(kernel_case *c) {
    c->call = call_activate_backward;
    c->terms = 4;
    draw_function(c);
    const float *x = draw_arguments(c);
    cnn_kernels_reference.activate(&c->activation, c->count, x, kernel_case_add(c, c->count, false));
    kernel_case_add_random(c, c->count, false);
    kernel_case_add(c, c->count, true);
}
