/* The reference's activations: the formulas of cnn.h in double precision, and their derivatives. */
#ifndef CNN_KERNELS_ACTIVATION_REF_H
#define CNN_KERNELS_ACTIVATION_REF_H

#include "kernels/activation/loop.h"

#include <math.h>

typedef struct activation_point {
    double value, derivative;
} activation_point;

static double logistic(double x) {
    return 1 / (1 + exp(-x));
}

static activation_point elu_at(double x, double alpha, double scale) {
    return x > 0 ? (activation_point){scale * x, scale}
                 : (activation_point){scale * alpha * expm1(x), scale * alpha * exp(x)};
}

/* What lies on a limit counts as beyond it: the derivative there is 0. Not-a-number stays. */
static activation_point limited(activation_point point, double lower, double upper) {
    if (point.value <= lower)
        return (activation_point){lower, 0};
    return point.value < upper ? point : (activation_point){point.value >= upper ? upper : point.value, 0};
}

static activation_point hard_swish_at(double x) {
    const double gate = limited((activation_point){x / 6 + 0.5, 0}, 0, 1).value;
    return (activation_point){x * gate, x > -3 ? (x < 3 ? x / 3 + 0.5 : 1) : 0};
}

/* x times the share of a normal distribution that lies below x. */
static activation_point gelu_at(double x) {
    static const double root_half = 0.70710678118654752440, root_2_pi = 2.50662827463100050242;
    const double below = 0.5 * erfc(-x * root_half);
    return (activation_point){x * below, below + x * exp(-0.5 * x * x) / root_2_pi};
}

static activation_point activation_at(const cnn_activation_function *function, double x) {
    const double alpha = function->alpha, beta = function->beta;
    switch (function->kind) {
    case CNN_KERNEL_SIGMOID:
        return (activation_point){logistic(x), logistic(x) * logistic(-x)};
    case CNN_KERNEL_TANH:
        return (activation_point){tanh(x), 1 / (cosh(x) * cosh(x))};
    case CNN_KERNEL_LEAKY_RELU:
        return x > 0 ? (activation_point){x, 1} : (activation_point){alpha * x, alpha};
    case CNN_KERNEL_ELU:
        return elu_at(x, alpha, 1);
    case CNN_KERNEL_SELU:
        return elu_at(x, alpha, beta);
    case CNN_KERNEL_HARD_SIGMOID:
        return limited((activation_point){(float)(alpha * x + beta), alpha}, 0, 1); /* as the value is kept */
    case CNN_KERNEL_HARD_SWISH:
        return hard_swish_at(x);
    case CNN_KERNEL_CLIP:
        return limited((activation_point){x, 1}, alpha, beta);
    case CNN_KERNEL_SOFTPLUS:
        return (activation_point){x > 0 ? x + log1p(exp(-x)) : log1p(exp(x)), logistic(x)};
    case CNN_KERNEL_SOFTSIGN:
        return (activation_point){x / (1 + fabs(x)), 1 / ((1 + fabs(x)) * (1 + fabs(x)))};
    case CNN_KERNEL_THRESHOLDED_RELU:
        return x <= alpha ? (activation_point){0, 0} : (activation_point){x, x > alpha};
    case CNN_KERNEL_SWISH:
        return (activation_point){x * logistic(x), logistic(x) * (1 + x * logistic(-x))};
    case CNN_KERNEL_ABS:
        return (activation_point){fabs(x), (x > 0) - (x < 0)};
    case CNN_KERNEL_NEG:
        return (activation_point){-x, -1};
    case CNN_KERNEL_EXP:
        return (activation_point){exp(x), exp(x)};
    case CNN_KERNEL_LOG:
        return (activation_point){log(x), 1 / x};
    case CNN_KERNEL_SQRT:
        return (activation_point){sqrt(x), 0.5 / sqrt(x)};
    case CNN_KERNEL_GELU:
        return gelu_at(x);
    case CNN_KERNEL_NO_ACTIVATION:
        break;
    }
    return (activation_point){NAN, NAN};
}

static void activate(const cnn_activation_function *function, int64_t count, const float *x, float *y) {
    for (int64_t i = 0; i < count; i++)
        y[i] = (float)activation_at(function, x[i]).value;
}

static void activate_backward(const cnn_activation_function *function, int64_t count, const float *x,
                              const float *y, const float *dy, float *dx) {
    for (int64_t i = 0; i < count; i++) {
        const double derivative = function->kind == CNN_KERNEL_EXP
                                      ? y[i]
                                      : activation_at(function, x[i]).derivative; /* y: or infinity */
        dx[i] = (float)(dy[i] * derivative);
    }
}

#endif
