/* Accounts of layers that take one value of each input, or blend a few. */
#include "inspect/explain.h"
#include "inspect/reach.h"
#include "ops/resize2d.h"

#include <math.h>

/* The only value of input k that output `at` looks at; in the padding it is -1. */
static int64_t only_index(const cnn_subject *subject, int k, cnn_spot at,
                          cnn_reach (*reach)(const cnn_question *question)) {
    const cnn_question question = {.net = subject->net, .node = subject->node, .input = k, .at = at};
    const cnn_reach found = reach(&question);
    return cnn_spot_index(cnn_question_shape(&question),
                          (cnn_spot){found.channels.first, found.first[0], found.first[1]});
}

static double value_at(const cnn_subject *subject, int k, int64_t index) {
    return cnn_subject_value(subject, k, index);
}

/* The value of input 0 at the same place, noted as the only term. */
static double same_value(const cnn_subject *subject, cnn_spot at, cnn_tally *tally) {
    const int64_t index = only_index(subject, 0, at, cnn_reach_same);
    const double value = value_at(subject, 0, index);
    cnn_tally_add(tally, 0, index, value, -1, 1);
    return value;
}

void cnn_explain_add(const cnn_subject *subject, cnn_spot at, cnn_tally *tally) {
    for (int k = 0; k < subject->node->inputs; k++) {
        const int64_t index = only_index(subject, k, at, cnn_reach_same);
        cnn_tally_add(tally, k, index, value_at(subject, k, index), -1, 1);
    }
    cnn_tally_is_sum(tally, "sum of the inputs");
}

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

void cnn_explain_pair(const cnn_subject *subject, cnn_spot at, cnn_tally *tally) {
    const cnn_pair_kind kind = subject->node->options.pair.kind;
    double value[2];
    for (int k = 0; k < 2; k++) {
        const int64_t index = only_index(subject, k, at, cnn_reach_same);
        value[k] = value_at(subject, k, index);
        cnn_tally_add(tally, k, index, value[k], -1, 1);
    }
    const double result = pair_value(kind, value[0], value[1]);
    const bool exact = kind == CNN_PAIR_MAX || kind == CNN_PAIR_MIN;
    cnn_tally_is_function(tally, pair_formulas[kind], result,
                          kind == CNN_PAIR_SUB ? fabs(value[0]) + fabs(value[1]) : fabs(result),
                          exact ? 0 : 1);
}

/* ---- Moving values --------------------------------------------------------------------------------- */

/* Concatenation and flattening: of all inputs one has the value. */
void cnn_explain_copy(const cnn_subject *subject, cnn_spot at, cnn_tally *tally) {
    const bool joins = subject->node->op->joins_channels, flattens = subject->node->op->kind == CNN_VIEW;
    cnn_reach (*const reach)(const cnn_question *) = joins      ? cnn_reach_concatenated
                                                     : flattens ? cnn_reach_flattened
                                                                : cnn_reach_same;
    double value = 0;
    for (int k = 0; k < subject->node->inputs; k++) {
        const cnn_question question = {.net = subject->net, .node = subject->node, .input = k, .at = at};
        const cnn_reach found = reach(&question);
        if (found.channels.end == found.channels.first)
            continue;
        const int64_t index = only_index(subject, k, at, reach);
        value = value_at(subject, k, index);
        cnn_tally_add(tally, k, index, value, -1, 1);
    }
    cnn_tally_is_function(tally, "the input", value, fabs(value), 0);
}

void cnn_explain_padded(const cnn_subject *subject, cnn_spot at, cnn_tally *tally) {
    const int64_t index = only_index(subject, 0, at, cnn_reach_padded);
    const double filling = (double)(float)subject->node->options.pad2d.value;
    const double value = index < 0 ? filling : value_at(subject, 0, index);
    cnn_tally_add(tally, 0, index, value, -1, 1);
    cnn_tally_is_function(tally, index < 0 ? "the padding's value" : "the input", value, fabs(value), 0);
}

/* The inputs that an axis blends and their weights, in single precision as the engine has them. */
static cnn_resize2d_taps taps_along(const cnn_subject *subject, int axis, int64_t at) {
    const cnn_resize2d_options *resize = &subject->node->options.resize2d;
    const cnn_resize2d_axis sizes = {
        cnn_node_input_shape(subject->net, subject->node, 0)->dim[1 + axis],
        subject->node->output.dim[1 + axis],
    };
    if (resize->mode == CNN_INTERPOLATION_LINEAR)
        return cnn_resize2d_taps_of(resize, axis, sizes, at);
    const int64_t nearest = cnn_resize2d_nearest(resize, axis, sizes, at);
    return (cnn_resize2d_taps){{nearest, nearest}, {1, 0}};
}

void cnn_explain_resized(const cnn_subject *subject, cnn_spot at, cnn_tally *tally) {
    const cnn_shape *shape = cnn_node_input_shape(subject->net, subject->node, 0);
    const cnn_resize2d_taps y = taps_along(subject, 0, at.row), x = taps_along(subject, 1, at.column);
    for (int corner = 0; corner < 4; corner++) {
        const double weight = (double)y.weight[corner / 2] * (double)x.weight[corner % 2];
        const int64_t index =
            cnn_spot_index(shape, (cnn_spot){at.channel, y.index[corner / 2], x.index[corner % 2]});
        if (weight != 0)
            cnn_tally_add(tally, 0, index, subject->input[0][index], -1, weight);
    }
    cnn_tally_is_sum(tally, "sum of input x share");
    tally->roundings++; /* a share is a product itself */
}

/* ---- Activations ----------------------------------------------------------------------------------- */

void cnn_explain_relu(const cnn_subject *subject, cnn_spot at, cnn_tally *tally) {
    const double value = same_value(subject, at, tally), result = value > 0 ? value : 0;
    cnn_tally_is_function(tally, "max(0, input)", result, result, 0);
}

/* One slope for all, or one for each channel. */
void cnn_explain_prelu(const cnn_subject *subject, cnn_spot at, cnn_tally *tally) {
    const int64_t index = only_index(subject, 0, at, cnn_reach_same);
    const int64_t slope = subject->node->options.prelu.shared ? 0 : at.channel;
    const double value = value_at(subject, 0, index);
    if (value < 0)
        cnn_tally_add(tally, 0, index, value, slope, cnn_subject_parameter(subject, 0, slope));
    else
        cnn_tally_add(tally, 0, index, value, -1, 1);
    cnn_tally_is_sum(tally, "input x slope where the input is negative, else the input");
}

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
 * what may cancel. */
void cnn_explain_activation(const cnn_subject *subject, cnn_spot at, cnn_tally *tally) {
    enum { ROUNDINGS = 16 };
    const cnn_activation_options *options = &subject->node->options.activation;
    const double value = same_value(subject, at, tally), result = curve(options, value);
    double summands = 0;
    if (options->kind == CNN_ACTIVATION_HARD_SIGMOID)
        summands = fmin(fabs(options->alpha * value) + fabs(options->beta), 4);
    if (options->kind == CNN_ACTIVATION_HARD_SWISH)
        summands = fmin(fabs(value), 4);
    cnn_tally_is_function(tally, curve_formulas[options->kind], result, fabs(result) + summands, ROUNDINGS);
}
