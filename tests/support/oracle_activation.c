/* Activations as their papers give them. */
#include "support/oracle.h"

#include <math.h>

static double clamp(double x, double least, double most) {
    return fmin(most, fmax(least, x));
}

double oracle_activation(const cnn_activation_options *options, double x) {
    const double alpha = options->alpha, beta = options->beta;
    switch (options->kind) {
    case CNN_ACTIVATION_SIGMOID:
        return 1 / (1 + exp(-x));
    case CNN_ACTIVATION_TANH:
        return (exp(x) - exp(-x)) / (exp(x) + exp(-x));
    case CNN_ACTIVATION_LEAKY_RELU:
        return x < 0 ? alpha * x : x;
    case CNN_ACTIVATION_ELU:
        return x < 0 ? alpha * (exp(x) - 1) : x;
    case CNN_ACTIVATION_SELU:
        return beta * (x < 0 ? alpha * (exp(x) - 1) : x);
    case CNN_ACTIVATION_HARD_SIGMOID:
        return clamp(alpha * x + beta, 0, 1);
    case CNN_ACTIVATION_HARD_SWISH:
        return x * clamp(x + 3, 0, 6) / 6;
    case CNN_ACTIVATION_CLIP:
        return clamp(x, alpha, beta);
    case CNN_ACTIVATION_SOFTPLUS:
        return log(1 + exp(x));
    case CNN_ACTIVATION_SOFTSIGN:
        return x / (1 + fabs(x));
    case CNN_ACTIVATION_THRESHOLDED_RELU:
        return x > alpha ? x : 0;
    case CNN_ACTIVATION_SWISH:
        return x / (1 + exp(-x));
    case CNN_ACTIVATION_ABS:
        return fabs(x);
    case CNN_ACTIVATION_NEG:
        return -x;
    case CNN_ACTIVATION_EXP:
        return exp(x);
    case CNN_ACTIVATION_LOG:
        return log(x);
    case CNN_ACTIVATION_SQRT:
        return sqrt(x);
    case CNN_ACTIVATION_NONE:
        break;
    }
    return NAN;
}
