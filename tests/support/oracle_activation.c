/* Activations as their papers give them. */
#include "support/oracle_layer.h"

#include <math.h>

static double clamp(double x, double least, double most) {
    return fmin(most, fmax(least, x));
}

static double activation_value(const cnn_activation_options *options, double x) {
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
    case CNN_ACTIVATION_GELU:
        return x * (1 + erf(x / sqrt(2))) / 2;
    case CNN_ACTIVATION_NONE:
        break;
    }
    return NAN;
}

static void run_relu(const node_run *r) {
    for (int64_t k = 0; k < cnn_shape_elements(r->out); k++)
        r->y[k] = r->x[k] > 0 ? r->x[k] : 0;
}

static void run_activation(const node_run *r) {
    for (int64_t k = 0; k < cnn_shape_elements(r->out); k++)
        r->y[k] = activation_value(&r->node->options.activation, r->x[k]);
}

static void run_prelu(const node_run *r) {
    const int64_t area = r->node->options.prelu.shared ? cnn_shape_elements(r->out)
                                                       : cnn_shape_elements(r->out) / r->out->dim[0];
    for (int64_t k = 0; k < cnn_shape_elements(r->out); k++)
        r->y[k] = r->x[k] > 0 ? r->x[k] : r->weight[k / area] * r->x[k];
}

ORACLE(relu, run_relu)
ORACLE(prelu, run_prelu, {"prelu", "prelu"}, {"prelu shared", "conv 19 1x1\nprelu shared"},
       {"prelu wide", "conv 19 1x1\nprelu"}, {"prelu of a flattened map", "flatten\nprelu\ndense 9\nprelu"},
       {"prelu of a vector", "flatten\ndense 9\nprelu shared"})
ORACLE(sigmoid, run_activation, {"sigmoid", "sigmoid"})
ORACLE(tanh, run_activation, {"tanh", "tanh"},
       {"activations of one layer", "conv 4 1x1 name trunk\nsigmoid name gate\ntanh from trunk\nadd gate"})
ORACLE(leakyrelu, run_activation, {"leakyrelu", "leakyrelu"}, {"leakyrelu negative", "leakyrelu -0.3"})
ORACLE(elu, run_activation, {"elu", "elu"}, {"elu alpha", "elu 0.6"})
ORACLE(selu, run_activation, {"selu", "selu"}, {"selu options", "selu alpha 1.2 gamma 0.7"})
ORACLE(hardsigmoid, run_activation, {"hardsigmoid", "hardsigmoid"},
       {"hardsigmoid steep", "hardsigmoid 0.7 0.4"})
ORACLE(hardswish, run_activation, {"hardswish", "hardswish"})
ORACLE(clip, run_activation, {"clip", "clip -0.2 0.3"}, {"clip at zero", "clip 0 6"})
ORACLE(softplus, run_activation, {"softplus", "softplus"})
ORACLE(softsign, run_activation, {"softsign", "softsign"})
ORACLE(thresholdedrelu, run_activation, {"thresholdedrelu", "thresholdedrelu 0.1"})
ORACLE(swish, run_activation, {"swish", "swish"},
       {"activation after flatten", "flatten\nswish\ndense 7\ntanh\ndense 5\nsigmoid"})
ORACLE(abs, run_activation, {"abs", "abs"})
ORACLE(neg, run_activation, {"neg", "neg"})
ORACLE(exp, run_activation, {"exp", "exp"})
ORACLE(log, run_activation, {"log", "softplus\nlog"})
ORACLE(sqrt, run_activation, {"sqrt", "exp\nsqrt"})
ORACLE(gelu, run_activation, {"gelu", "gelu"})
