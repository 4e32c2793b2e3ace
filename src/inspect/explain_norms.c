/* Layers that divide by what other values come to. */
#include "base/numbers.h"
#include "inspect/reach.h"
#include "ops/batch_norm.h"

#include <math.h>

static const char norm_formula[] = "(input - mean) / sqrt(variance + epsilon) x weight + bias";

static const cnn_shape *input_shape(const cnn_subject *subject) {
    return cnn_node_input_shape(subject->net, subject->node, 0);
}

typedef struct moments {
    double mean, variance, epsilon;
} moments;

/* One term: the normalised input, times the weight of its channel; then the bias. */
static void explain_norm(const cnn_subject *subject, cnn_spot at, moments m, cnn_tally *tally) {
    const int64_t index = cnn_spot_index(input_shape(subject), at);
    const double input = subject->input[0][index], inverse = 1 / sqrt(m.variance + m.epsilon);
    const double weight = cnn_subject_parameter(subject, 0, at.channel);
    cnn_tally_figure(tally, "input", input);
    cnn_tally_figure(tally, "mean", m.mean);
    cnn_tally_figure(tally, "variance", m.variance);
    cnn_tally_figure(tally, "epsilon", m.epsilon);
    cnn_tally_add(tally, 0, index, (input - m.mean) * inverse, at.channel, weight);
    cnn_tally_bias(tally, subject, at.channel);
    tally->value_magnitude = (fabs(input) + fabs(m.mean)) * inverse;
    const double bias = tally->account.bias;
    cnn_tally_is_function(tally, norm_formula, tally->sum + bias,
                          tally->value_magnitude * fabs(weight) + fabs(bias), 6);
}

/* Their parameters have a value for each channel. */
static int64_t channel_itself(const cnn_net *net, const cnn_node *node, int k, int64_t index) {
    (void)net, (void)node, (void)k;
    return index;
}

static void explain_batch_norm(const cnn_subject *subject, cnn_spot at, cnn_tally *tally) {
    const moments m = {
        cnn_subject_parameter(subject, CNN_NORM_MEAN, at.channel),
        cnn_subject_parameter(subject, CNN_NORM_VARIANCE, at.channel),
        subject->node->options.batch_norm.epsilon,
    };
    explain_norm(subject, at, m, tally);
}

const cnn_inspected_kind cnn_inspected_batch_norm = {
    .reach = cnn_reach_same, .account = explain_batch_norm, .channel = channel_itself};

/* Of values that lie side by side. */
static moments moments_of(const double *values, int64_t count, double epsilon) {
    moments m = {.epsilon = epsilon};
    for (int64_t i = 0; i < count; i++)
        m.mean += values[i] / (double)count;
    for (int64_t i = 0; i < count; i++)
        m.variance += (values[i] - m.mean) * (values[i] - m.mean) / (double)count;
    return m;
}

/* Of the output's group of `size` channels, whose maps lie side by side. */
static void explain_group(const cnn_subject *subject, cnn_spot at, int64_t size, double epsilon,
                          cnn_tally *tally) {
    const cnn_shape *shape = input_shape(subject);
    const int64_t area = shape->dim[1] * shape->dim[2], first = at.channel / size * size;
    explain_norm(subject, at, moments_of(subject->input[0] + first * area, size * area, epsilon), tally);
}

static void explain_instance_norm(const cnn_subject *subject, cnn_spot at, cnn_tally *tally) {
    explain_group(subject, at, 1, subject->node->options.instance_norm.epsilon, tally);
}

const cnn_inspected_kind cnn_inspected_instance_norm = {
    .reach = cnn_reach_map,
    .account = explain_instance_norm,
    .channel = channel_itself,
    .looks_everywhere = true,
};

static int64_t alike_group(const cnn_net *net, const cnn_node *node) {
    (void)net;
    return node->output.dim[0] / node->options.group_norm.groups;
}

/* All of the channels that are normalised together. */
static cnn_reach reach_group(const cnn_question *question) {
    const int64_t size = alike_group(question->net, question->node);
    const int64_t first = question->at.channel / size * size;
    return cnn_reach_maps(question, (cnn_range){first, first + size});
}

static void explain_group_norm(const cnn_subject *subject, cnn_spot at, cnn_tally *tally) {
    const int64_t size = alike_group(subject->net, subject->node);
    explain_group(subject, at, size, subject->node->options.group_norm.epsilon, tally);
}

const cnn_inspected_kind cnn_inspected_group_norm = {
    .reach = reach_group,
    .account = explain_group_norm,
    .alike = alike_group,
    .channel = channel_itself,
    .looks_everywhere = true,
};

/* Of all channels at the position. */
static moments moments_of_position(const cnn_subject *subject, cnn_spot at) {
    const cnn_shape *shape = input_shape(subject);
    moments m = {.epsilon = subject->node->options.layer_norm.epsilon};
    const double count = (double)shape->dim[0];
    for (at.channel = 0; at.channel < shape->dim[0]; at.channel++)
        m.mean += (double)subject->input[0][cnn_spot_index(shape, at)] / count;
    for (at.channel = 0; at.channel < shape->dim[0]; at.channel++) {
        const double centred = (double)subject->input[0][cnn_spot_index(shape, at)] - m.mean;
        m.variance += centred * centred / count;
    }
    return m;
}

static void explain_layer_norm(const cnn_subject *subject, cnn_spot at, cnn_tally *tally) {
    explain_norm(subject, at, moments_of_position(subject, at), tally);
}

const cnn_inspected_kind cnn_inspected_layer_norm = {.reach = cnn_reach_channels,
                                                     .account = explain_layer_norm,
                                                     .alike = cnn_alike_everything,
                                                     .channel = channel_itself};

static cnn_reach reach_neighbours(const cnn_question *question) {
    const int64_t size = question->node->options.lrn.size, below = (size - 1) / 2,
                  channel = question->at.channel;
    const cnn_range channels = {
        cnn_max(0, channel - below),
        cnn_min(cnn_question_shape(question)->dim[0], channel + size - below),
    };
    return cnn_reach_one(channels, question->at.row, question->at.column);
}

/* The terms are the squares of the neighbouring channels. The kernels take the power as exp(-beta log(base)). */
static void explain_lrn(const cnn_subject *subject, cnn_spot at, cnn_tally *tally) {
    const cnn_lrn_options *lrn = &subject->node->options.lrn;
    const cnn_reach reach =
        reach_neighbours(&(cnn_question){.net = subject->net, .node = subject->node, .at = at});
    for (int64_t c = reach.channels.first; c < reach.channels.end; c++) {
        const int64_t index = cnn_spot_index(input_shape(subject), (cnn_spot){c, at.row, at.column});
        cnn_tally_add(tally, 0, index, subject->input[0][index], -1, subject->input[0][index]);
    }
    const double input = subject->input[0][cnn_spot_index(input_shape(subject), at)];
    const double base =
        (double)(float)lrn->bias + (double)(float)(lrn->alpha / (double)lrn->size) * tally->sum;
    const double beta = (double)(float)lrn->beta, result = input * pow(base, -beta);
    cnn_tally_figure(tally, "input", input);
    cnn_tally_figure(tally, "sum", tally->sum);
    cnn_tally_figure(tally, "base", base);
    cnn_tally_figure(tally, "beta", beta);
    cnn_tally_is_function(tally, "input x base^-beta, base = bias + alpha / size x sum of input^2", result,
                          fabs(result),
                          fabs(beta) * (8 * fabs(log(base)) + (double)tally->account.count + 8) + 16);
}

const cnn_inspected_kind cnn_inspected_lrn = {.reach = reach_neighbours, .account = explain_lrn};

/* ---- Softmax --------------------------------------------------------------------------------------- */

/* What exp is taken of, and the sum. */
typedef struct exponentials {
    double largest, sum, own; /* `own`: the output's input minus the largest one */
    double spread;            /* the mean distance from the largest input, as exp weighs it */
} exponentials;

/* A term for each channel of the position: exp(input - largest) is the product. */
static exponentials explain_exponentials(const cnn_subject *subject, cnn_spot at, cnn_tally *tally) {
    const cnn_shape *shape = input_shape(subject);
    const double *input = subject->input[0];
    exponentials e = {.largest = -INFINITY};
    for (int64_t c = 0; c < shape->dim[0]; c++)
        e.largest = fmax(e.largest, input[cnn_spot_index(shape, (cnn_spot){c, at.row, at.column})]);
    for (int64_t c = 0; c < shape->dim[0]; c++) {
        const int64_t index = cnn_spot_index(shape, (cnn_spot){c, at.row, at.column});
        const double exponential = exp(input[index] - e.largest);
        cnn_tally_add(tally, 0, index, exponential, -1, 1);
        e.spread += exponential * (e.largest - input[index]);
        if (c == at.channel)
            e.own = input[index] - e.largest;
    }
    e.sum = tally->sum;
    e.spread /= e.sum;
    cnn_tally_figure(tally, "input", e.own + e.largest);
    cnn_tally_figure(tally, "largest", e.largest);
    cnn_tally_figure(tally, "exp(input - largest)", exp(e.own));
    cnn_tally_figure(tally, "sum", e.sum);
    return e;
}

static void explain_softmax(const cnn_subject *subject, cnn_spot at, cnn_tally *tally) {
    const exponentials e = explain_exponentials(subject, at, tally);
    const double result = exp(e.own) / e.sum, count = (double)tally->account.count;
    cnn_tally_is_function(tally, "exp(input - largest) / sum of exp", result, result,
                          fabs(e.own) + e.spread + count + 8);
}

static void explain_log_softmax(const cnn_subject *subject, cnn_spot at, cnn_tally *tally) {
    const exponentials e = explain_exponentials(subject, at, tally);
    const double count = (double)tally->account.count;
    cnn_tally_is_function(tally, "input - largest - log(sum of exp)", e.own - log(e.sum),
                          fabs(e.own) + fabs(log(e.sum)) + 1, e.spread + count + 8);
}

const cnn_inspected_kind cnn_inspected_softmax = {
    .reach = cnn_reach_channels, .account = explain_softmax, .alike = cnn_alike_everything};
const cnn_inspected_kind cnn_inspected_log_softmax = {
    .reach = cnn_reach_channels, .account = explain_log_softmax, .alike = cnn_alike_everything};
