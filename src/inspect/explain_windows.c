/* Layers that sum up products, and poolings: windows on their inputs. */
#include "inspect/reach.h"

#include <math.h>

static const char sum_formula[] = "sum of input x weight";
static const char biased_formula[] = "sum of input x weight, + bias";

static const cnn_shape *input_shape(const cnn_subject *subject, int k) {
    return cnn_node_input_shape(subject->net, subject->node, k);
}

/* The reach of output `at`, of the first input. */
static cnn_reach reach_of(const cnn_subject *subject, cnn_spot at,
                          cnn_reach (*reach)(const cnn_question *question)) {
    return reach(&(cnn_question){.net = subject->net, .node = subject->node, .at = at});
}

/* Where element i, j of a channel of the reach lies; -1: in the padding. */
static int64_t index_in(const cnn_shape *shape, const cnn_reach *reach, int64_t channel, int64_t i,
                        int64_t j) {
    return cnn_spot_index(shape, (cnn_spot){channel, reach->first[0] + i * reach->step[0],
                                            reach->first[1] + j * reach->step[1]});
}

static void finish_sum(const cnn_subject *subject, int64_t output, cnn_tally *tally) {
    cnn_tally_bias(tally, subject, output);
    cnn_tally_is_sum(tally, subject->parameter[1] ? biased_formula : sum_formula);
}

/* ---- Convolutions ---------------------------------------------------------------------------------- */

/* All channels of the group that output channel `channel` of `outputs` belongs to. */
static cnn_range group_channels(int64_t channel, int64_t outputs, int64_t inputs, int64_t groups) {
    const int64_t group = channel / (outputs / groups), size = inputs / groups;
    return (cnn_range){group * size, (group + 1) * size};
}

static cnn_reach reach_convolution(const cnn_question *question) {
    const cnn_conv2d_options *conv = &question->node->options.conv2d;
    cnn_reach reach = {.channels = group_channels(question->at.channel, conv->filters,
                                                  cnn_question_shape(question)->dim[0], conv->groups)};
    for (int axis = 0; axis < 2; axis++) {
        reach.first[axis] = cnn_reach_along(question, axis) * conv->stride[axis] - conv->padding[axis];
        reach.step[axis] = conv->dilation[axis];
        reach.count[axis] = conv->kernel[axis];
    }
    return reach;
}

static int64_t alike_convolution(const cnn_net *net, const cnn_node *node) {
    (void)net;
    return node->options.conv2d.filters / node->options.conv2d.groups;
}

/* A weight whose first axis is that of the output's channels. */
static int64_t channel_of_first_axis(const cnn_net *net, const cnn_node *node, int k, int64_t index) {
    const cnn_parameter *parameter = &net->parameters[node->first_parameter + k];
    return index / (parameter->elements / parameter->spec.shape.dim[0]);
}

/* The weight is [filters][channels of a group][kernel rows][kernel columns]. */
static void explain_convolution(const cnn_subject *subject, cnn_spot at, cnn_tally *tally) {
    const cnn_reach reach = reach_of(subject, at, reach_convolution);
    const cnn_shape *shape = input_shape(subject, 0);
    const int64_t channels = reach.channels.end - reach.channels.first;
    int64_t weight = at.channel * channels * reach.count[0] * reach.count[1];
    for (int64_t c = reach.channels.first; c < reach.channels.end; c++)
        for (int64_t i = 0; i < reach.count[0]; i++)
            for (int64_t j = 0; j < reach.count[1]; j++, weight++) {
                const int64_t index = index_in(shape, &reach, c, i, j);
                cnn_tally_add(tally, 0, index, cnn_subject_value(subject, 0, index), weight,
                              cnn_subject_parameter(subject, 0, weight));
            }
    finish_sum(subject, at.channel, tally);
}

const cnn_inspected_kind cnn_inspected_conv2d = {
    .reach = reach_convolution,
    .account = explain_convolution,
    .alike = alike_convolution,
    .channel = channel_of_first_axis,
};

/* ---- Transposed convolutions ----------------------------------------------------------------------- */

/* Whether `stride` divides what lies between an output and a kernel's tap. */
static bool meets(const cnn_conv_transpose2d_options *conv, int axis, int64_t at, int64_t tap) {
    return (at + conv->padding[axis] - tap * conv->dilation[axis]) % conv->stride[axis] == 0;
}

/* Which kernel row (axis 0) or column (1) leads from input position `from` to `at`. */
static int64_t transposed_tap(const cnn_conv_transpose2d_options *conv, int axis, int64_t from, int64_t at) {
    return (at + conv->padding[axis] - from * conv->stride[axis]) / conv->dilation[axis];
}

/* The inputs whose windows cover the output, the last tap's first; they are equally far apart. */
static void transposed_axis(const cnn_conv_transpose2d_options *conv, int axis, int64_t at,
                            cnn_reach *reach) {
    reach->step[axis] = 1;
    for (int64_t tap = conv->kernel[axis] - 1; tap >= 0; tap--) {
        if (!meets(conv, axis, at, tap))
            continue;
        const int64_t from = (at + conv->padding[axis] - tap * conv->dilation[axis]) / conv->stride[axis];
        if (reach->count[axis] == 0)
            reach->first[axis] = from;
        if (reach->count[axis] == 1)
            reach->step[axis] = from - reach->first[axis];
        reach->count[axis]++;
    }
}

static cnn_reach reach_transposed(const cnn_question *question) {
    const cnn_conv_transpose2d_options *conv = &question->node->options.conv_transpose2d;
    cnn_reach reach = {.channels = group_channels(question->at.channel, conv->filters,
                                                  cnn_question_shape(question)->dim[0], conv->groups)};
    for (int axis = 0; axis < 2; axis++)
        transposed_axis(conv, axis, cnn_reach_along(question, axis), &reach);
    return reach;
}

static int64_t alike_transposed(const cnn_net *net, const cnn_node *node) {
    (void)net;
    return node->options.conv_transpose2d.filters / node->options.conv_transpose2d.groups;
}

/* [channels][filters of a group][kernel rows][kernel columns], or a bias. */
static int64_t channel_of_transposed(const cnn_net *net, const cnn_node *node, int k, int64_t index) {
    const cnn_conv_transpose2d_options *conv = &node->options.conv_transpose2d;
    if (k == 1)
        return index;
    const int64_t area = conv->kernel[0] * conv->kernel[1], filters = conv->filters / conv->groups;
    const int64_t inputs = cnn_node_input_shape(net, node, 0)->dim[0] / conv->groups;
    const int64_t input = index / (area * filters);
    return input / inputs * filters + index / area % filters;
}

/* The weight is [channels][filters of a group][kernel rows][kernel columns]; inputs beside the map are none. */
static void explain_transposed(const cnn_subject *subject, cnn_spot at, cnn_tally *tally) {
    const cnn_conv_transpose2d_options *conv = &subject->node->options.conv_transpose2d;
    const cnn_reach reach = reach_of(subject, at, reach_transposed);
    const cnn_shape *shape = input_shape(subject, 0);
    const int64_t filters = conv->filters / conv->groups, filter = at.channel % filters;
    for (int64_t c = reach.channels.first; c < reach.channels.end; c++)
        for (int64_t i = 0; i < reach.count[0]; i++)
            for (int64_t j = 0; j < reach.count[1]; j++) {
                const int64_t index = index_in(shape, &reach, c, i, j);
                if (index < 0)
                    continue;
                const int64_t row = transposed_tap(conv, 0, reach.first[0] + i * reach.step[0], at.row);
                const int64_t column = transposed_tap(conv, 1, reach.first[1] + j * reach.step[1], at.column);
                const int64_t weight =
                    ((c * filters + filter) * conv->kernel[0] + row) * conv->kernel[1] + column;
                cnn_tally_add(tally, 0, index, cnn_subject_value(subject, 0, index), weight,
                              cnn_subject_parameter(subject, 0, weight));
            }
    finish_sum(subject, at.channel, tally);
}

const cnn_inspected_kind cnn_inspected_conv_transpose2d = {
    .reach = reach_transposed,
    .account = explain_transposed,
    .alike = alike_transposed,
    .channel = channel_of_transposed,
};

/* ---- Dense layers ---------------------------------------------------------------------------------- */

/* The weight is [units][inputs]. */
static void explain_dense(const cnn_subject *subject, cnn_spot at, cnn_tally *tally) {
    const int64_t inputs = input_shape(subject, 0)->dim[0];
    for (int64_t i = 0; i < inputs; i++)
        cnn_tally_add(tally, 0, i, subject->input[0][i], at.channel * inputs + i,
                      cnn_subject_parameter(subject, 0, at.channel * inputs + i));
    finish_sum(subject, at.channel, tally);
}

const cnn_inspected_kind cnn_inspected_dense = {
    .reach = cnn_reach_everything,
    .account = explain_dense,
    .alike = cnn_alike_everything,
    .channel = channel_of_first_axis,
    .looks_everywhere = true,
};

/* ---- Poolings: the window of a global one is the map ------------------------------------------------ */

static cnn_reach reach_pooling(const cnn_question *question) {
    const cnn_pool2d_options *pool = &question->node->options.pool2d;
    cnn_reach reach = {.channels = cnn_reach_one_channel(question)};
    for (int axis = 0; axis < 2; axis++) {
        reach.step[axis] = pool->dilation[axis];
        reach.first[axis] = cnn_reach_along(question, axis) * pool->stride[axis] - pool->padding[axis];
        reach.count[axis] = pool->kernel[axis];
    }
    return reach;
}

/* The first of several equal values wins, row by row, as the kernel has it; padding never does. */
static void explain_largest(const cnn_subject *subject, cnn_spot at, cnn_tally *tally) {
    const cnn_reach reach = reach_of(subject, at, reach_pooling);
    const cnn_shape *shape = input_shape(subject, 0);
    double largest = 0;
    for (int64_t i = 0; i < reach.count[0]; i++)
        for (int64_t j = 0; j < reach.count[1]; j++) {
            const int64_t index = index_in(shape, &reach, at.channel, i, j);
            if (index < 0)
                continue;
            const double value = subject->input[0][index];
            if (tally->account.winner < 0 || value > largest) {
                tally->account.winner = tally->account.count;
                largest = value;
            }
            cnn_tally_add(tally, 0, index, value, -1, 1);
        }
    cnn_tally_is_function(tally, "the largest input", largest, largest < 0 ? -largest : largest, 0);
    tally->account.kind = CNN_ACCOUNT_LARGEST;
}

/* How many values of the window count: those within the map or, with `count_include_pad`, within the padded one. */
static int64_t counted(const cnn_subject *subject, const cnn_shape *shape, const cnn_reach *reach) {
    const cnn_pool2d_options *pool = &subject->node->options.pool2d;
    int64_t count = 1;
    for (int axis = 0; axis < 2; axis++) {
        const int64_t before = pool->count_include_pad ? pool->padding[axis] : 0;
        const int64_t behind = pool->count_include_pad ? pool->padding[2 + axis] : 0;
        int64_t inside = 0;
        for (int64_t i = 0; i < reach->count[axis]; i++) {
            const int64_t at = reach->first[axis] + i;
            inside += at >= -before && at < shape->dim[1 + axis] + behind;
        }
        count *= inside;
    }
    return count;
}

static void explain_mean(const cnn_subject *subject, cnn_spot at, cnn_tally *tally) {
    const cnn_reach reach = reach_of(subject, at, reach_pooling);
    const cnn_shape *shape = input_shape(subject, 0);
    const double share = 1 / (double)counted(subject, shape, &reach);
    for (int64_t i = 0; i < reach.count[0]; i++)
        for (int64_t j = 0; j < reach.count[1]; j++) {
            const int64_t index = index_in(shape, &reach, at.channel, i, j);
            if (index >= 0)
                cnn_tally_add(tally, 0, index, subject->input[0][index], -1, share);
        }
    cnn_tally_is_sum(tally, "sum of input / size of the window");
    tally->roundings++; /* of the quotient */
}

const cnn_inspected_kind cnn_inspected_max_pool2d = {.reach = reach_pooling, .account = explain_largest};
const cnn_inspected_kind cnn_inspected_avg_pool2d = {.reach = reach_pooling, .account = explain_mean};
const cnn_inspected_kind cnn_inspected_global_max_pool2d = {
    .reach = reach_pooling, .account = explain_largest, .looks_everywhere = true};
const cnn_inspected_kind cnn_inspected_global_avg_pool2d = {
    .reach = reach_pooling, .account = explain_mean, .looks_everywhere = true};

/* The terms are the squares of the map's values. */
static void explain_l2(const cnn_subject *subject, cnn_spot at, cnn_tally *tally) {
    const cnn_reach reach = reach_of(subject, at, reach_pooling);
    const cnn_shape *shape = input_shape(subject, 0);
    for (int64_t i = 0; i < reach.count[0]; i++)
        for (int64_t j = 0; j < reach.count[1]; j++) {
            const int64_t index = index_in(shape, &reach, at.channel, i, j);
            cnn_tally_add(tally, 0, index, subject->input[0][index], -1, subject->input[0][index]);
        }
    const double result = sqrt(tally->sum);
    cnn_tally_figure(tally, "sum", tally->sum);
    cnn_tally_is_function(tally, "square root of the sum of input^2", result, result,
                          (double)tally->account.count + 4);
}

const cnn_inspected_kind cnn_inspected_global_l2_pool2d = {
    .reach = reach_pooling, .account = explain_l2, .looks_everywhere = true};
