/* The reference's activations: the formulas of cnn.h in double precision, and their derivatives. */
#ifndef CNN_KERNELS_ACTIVATION_REF_H
#define CNN_KERNELS_ACTIVATION_REF_H

#include "kernels/activation/loop.h"

#include <math.h>

typedef struct curve_point {
    double value, slope;
} curve_point;

static double logistic(double x) {
    return 1 / (1 + exp(-x));
}

static curve_point elu_at(double x, double alpha, double scale) {
    return x > 0 ? (curve_point){scale * x, scale}
                 : (curve_point){scale * alpha * expm1(x), scale * alpha * exp(x)};
}

/* What lies on a limit counts as beyond it: the slope there is 0. Not-a-number stays. */
static curve_point limited(curve_point point, double least, double most) {
    if (point.value <= least)
        return (curve_point){least, 0};
    return point.value < most ? point : (curve_point){point.value >= most ? most : point.value, 0};
}

static curve_point hard_swish_at(double x) {
    const double gate = limited((curve_point){x / 6 + 0.5, 0}, 0, 1).value;
    return (curve_point){x * gate, x > -3 ? (x < 3 ? x / 3 + 0.5 : 1) : 0};
}

static curve_point curve_at(const cnn_activation_function *curve, double x) {
    const double alpha = curve->alpha, beta = curve->beta;
    switch (curve->kind) {
    case CNN_KERNEL_SIGMOID:
        return (curve_point){logistic(x), logistic(x) * logistic(-x)};
    case CNN_KERNEL_TANH:
        return (curve_point){tanh(x), 1 / (cosh(x) * cosh(x))};
    case CNN_KERNEL_LEAKY_RELU:
        return x > 0 ? (curve_point){x, 1} : (curve_point){alpha * x, alpha};
    case CNN_KERNEL_ELU:
        return elu_at(x, alpha, 1);
    case CNN_KERNEL_SELU:
        return elu_at(x, alpha, beta);
    case CNN_KERNEL_HARD_SIGMOID:
        return limited((curve_point){(float)(alpha * x + beta), alpha}, 0, 1); /* as the value is kept */
    case CNN_KERNEL_HARD_SWISH:
        return hard_swish_at(x);
    case CNN_KERNEL_CLIP:
        return limited((curve_point){x, 1}, alpha, beta);
    case CNN_KERNEL_SOFTPLUS:
        return (curve_point){x > 0 ? x + log1p(exp(-x)) : log1p(exp(x)), logistic(x)};
    case CNN_KERNEL_SOFTSIGN:
        return (curve_point){x / (1 + fabs(x)), 1 / ((1 + fabs(x)) * (1 + fabs(x)))};
    case CNN_KERNEL_THRESHOLDED_RELU:
        return x <= alpha ? (curve_point){0, 0} : (curve_point){x, x > alpha};
    case CNN_KERNEL_SWISH:
        return (curve_point){x * logistic(x), logistic(x) * (1 + x * logistic(-x))};
    case CNN_KERNEL_ABS:
        return (curve_point){fabs(x), (x > 0) - (x < 0)};
    case CNN_KERNEL_NEG:
        return (curve_point){-x, -1};
    case CNN_KERNEL_EXP:
        return (curve_point){exp(x), exp(x)};
    case CNN_KERNEL_LOG:
        return (curve_point){log(x), 1 / x};
    case CNN_KERNEL_SQRT:
        return (curve_point){sqrt(x), 0.5 / sqrt(x)};
    case CNN_KERNEL_NO_ACTIVATION:
        break;
    }
    return (curve_point){NAN, NAN};
}

static void activate(const cnn_activation_function *curve, int64_t count, const float *x, float *y) {
    for (int64_t i = 0; i < count; i++)
        y[i] = (float)curve_at(curve, x[i]).value;
}

static void activate_backward(const cnn_activation_function *curve, int64_t count, const float *x,
                              const float *y, const float *dy, float *dx) {
    for (int64_t i = 0; i < count; i++) {
        const double slope =
            curve->kind == CNN_KERNEL_EXP ? y[i] : curve_at(curve, x[i]).slope; /* y: or infinity */
        dx[i] = (float)(dy[i] * slope);
    }
}

#endif
