/* Layers that take the value of each input at the same place. */
#include "inspect/reach.h"

#include <math.h>

static void explain_add(const cnn_subject *subject, cnn_spot at, cnn_tally *tally) {
    for (int k = 0; k < subject->node->inputs; k++) {
        const int64_t index = cnn_reach_only_index(subject, k, at, cnn_reach_same);
        cnn_tally_add(tally, k, index, cnn_subject_value(subject, k, index), -1, 1);
    }
    cnn_tally_is_sum(tally, "sum of the inputs");
}

const cnn_inspected_kind cnn_inspected_add = {.reach = cnn_reach_same, .account = explain_add};

/* ---- Pairs ----------------------------------------------------------------------------------------- */

static const char *const pair_formulas[] = {
#define FORMULA(kind, word, formula) [kind] = formula,
    CNN_PAIR_LIST(FORMULA)
#undef FORMULA
};

static double pair_value(cnn_pair_kind kind, double a, double b) {
    switch (kind) {
    case CNN_PAIR_MUL:
        return a * b;
    case CNN_PAIR_SUB:
        return a - b;
    case CNN_PAIR_DIV:
        return a / b;
    case CNN_PAIR_MAX:
        return b > a ? b : a;
    case CNN_PAIR_MIN:
        return b < a ? b : a;
    case CNN_PAIR_NONE:
        break;
    }
    return NAN;
}

static void explain_pair(const cnn_subject *subject, cnn_spot at, cnn_tally *tally) {
    const cnn_pair_kind kind = subject->node->options.pair.kind;
    double value[2];
    for (int k = 0; k < 2; k++) {
        const int64_t index = cnn_reach_only_index(subject, k, at, cnn_reach_same);
        value[k] = cnn_subject_value(subject, k, index);
        cnn_tally_add(tally, k, index, value[k], -1, 1);
    }
    const double result = pair_value(kind, value[0], value[1]);
    const bool exact = kind == CNN_PAIR_MAX || kind == CNN_PAIR_MIN;
    cnn_tally_is_function(tally, pair_formulas[kind], result,
                          kind == CNN_PAIR_SUB ? fabs(value[0]) + fabs(value[1]) : fabs(result),
                          exact ? 0 : 1);
}

#define INSPECTED(kind, name, ...)                                                                           \
    const cnn_inspected_kind cnn_inspected_##name = {.reach = cnn_reach_same, .account = explain_pair};
CNN_PAIR_LIST(INSPECTED)
#undef INSPECTED

/* ---- ReLU and PReLU -------------------------------------------------------------------------------- */

/* The value of input 0 at the same place, noted as the only term. */
static double same_value(const cnn_subject *subject, cnn_spot at, cnn_tally *tally) {
    const int64_t index = cnn_reach_only_index(subject, 0, at, cnn_reach_same);
    const double value = cnn_subject_value(subject, 0, index);
    cnn_tally_add(tally, 0, index, value, -1, 1);
    return value;
}

static void explain_relu(const cnn_subject *subject, cnn_spot at, cnn_tally *tally) {
    const double value = same_value(subject, at, tally), result = value > 0 ? value : 0;
    cnn_tally_is_function(tally, "max(0, input)", result, result, 0);
}

const cnn_inspected_kind cnn_inspected_relu = {.reach = cnn_reach_same, .account = explain_relu};

static int64_t channel_of_slope(const cnn_net *net, const cnn_node *node, int k, int64_t index) {
    (void)net, (void)k;
    return node->options.prelu.shared ? -1 : index;
}

/* One slope for all, or one for each channel. */
static void explain_prelu(const cnn_subject *subject, cnn_spot at, cnn_tally *tally) {
    const int64_t index = cnn_reach_only_index(subject, 0, at, cnn_reach_same);
    const int64_t slope = subject->node->options.prelu.shared ? 0 : at.channel;
    const double value = cnn_subject_value(subject, 0, index);
    if (value < 0)
        cnn_tally_add(tally, 0, index, value, slope, cnn_subject_parameter(subject, 0, slope));
    else
        cnn_tally_add(tally, 0, index, value, -1, 1);
    cnn_tally_is_sum(tally, "input x slope where the input is negative, else the input");
}

const cnn_inspected_kind cnn_inspected_prelu = {
    .reach = cnn_reach_same, .account = explain_prelu, .channel = channel_of_slope};

/* ---- Activations ----------------------------------------------------------------------------------- */

static double logistic(double x) {
    return 1 / (1 + exp(-x));
}

static double between(double x, double least, double most) {
    return x < least ? least : x > most ? most : x;
}

/* f(x) in double precision; alpha and beta are single ones, as the engine has them. */
static double curve(const cnn_activation_options *options, double x) {
    const double alpha = (double)(float)options->alpha, beta = (double)(float)options->beta;
    switch (options->kind) {
    case CNN_ACTIVATION_SIGMOID:
        return logistic(x);
    case CNN_ACTIVATION_TANH:
        return tanh(x);
    case CNN_ACTIVATION_LEAKY_RELU:
        return x > 0 ? x : alpha * x;
    case CNN_ACTIVATION_ELU:
        return x > 0 ? x : alpha * expm1(x);
    case CNN_ACTIVATION_SELU:
        return beta * (x > 0 ? x : alpha * expm1(x));
    case CNN_ACTIVATION_HARD_SIGMOID:
        return between(alpha * x + beta, 0, 1);
    case CNN_ACTIVATION_HARD_SWISH:
        return x * between(x / 6 + 0.5, 0, 1);
    case CNN_ACTIVATION_CLIP:
        return between(x, alpha, beta);
    case CNN_ACTIVATION_SOFTPLUS:
        return fmax(x, 0) + log1p(exp(-fabs(x)));
    case CNN_ACTIVATION_SOFTSIGN:
        return x / (1 + fabs(x));
    case CNN_ACTIVATION_THRESHOLDED_RELU:
        return x > alpha ? x : 0;
    case CNN_ACTIVATION_SWISH:
        return x * logistic(x);
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
        return 0.5 * x * erfc(-x * sqrt(0.5));
    case CNN_ACTIVATION_NONE:
        break;
    }
    return NAN;
}

static const char *const curve_formulas[] = {
#define FORMULA(kind, word, formula) [kind] = formula,
    CNN_ACTIVATION_LIST(FORMULA)
#undef FORMULA
};

/* The kernels' polynomials err by a few units in the last place of the result; only hardsigmoid and hardswish add up
 * what may cancel, and gelu takes exp of x^2 / 2, which is rounded. */
static void explain_activation(const cnn_subject *subject, cnn_spot at, cnn_tally *tally) {
    enum { ROUNDINGS = 16 };
    const cnn_activation_options *options = &subject->node->options.activation;
    const double value = same_value(subject, at, tally), result = curve(options, value);
    double summands = 0;
    if (options->kind == CNN_ACTIVATION_HARD_SIGMOID)
        summands = fmin(fabs(options->alpha * value) + fabs(options->beta), 4);
    if (options->kind == CNN_ACTIVATION_HARD_SWISH)
        summands = fmin(fabs(value), 4);
    if (options->kind == CNN_ACTIVATION_GELU)
        summands = fabs(result) * fmin(value * value / 2, 100);
    cnn_tally_is_function(tally, curve_formulas[options->kind], result, fabs(result) + summands, ROUNDINGS);
}

#define INSPECTED(kind, name, ...)                                                                           \
    const cnn_inspected_kind cnn_inspected_##name = {.reach = cnn_reach_same, .account = explain_activation};
CNN_ACTIVATION_LIST(INSPECTED)
#undef INSPECTED
