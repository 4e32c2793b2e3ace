/* Accounts of layers that sum up products, and of poolings. */
#include "inspect/explain.h"
#include "inspect/reach.h"

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

/* The weight is [filters][channels of a group][kernel rows][kernel columns]. */
void cnn_explain_convolution(const cnn_subject *subject, cnn_spot at, cnn_tally *tally) {
    const cnn_reach reach = reach_of(subject, at, cnn_reach_convolution);
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

/* The weight is [channels][filters of a group][kernel rows][kernel columns]; inputs beside the map are none. */
void cnn_explain_transposed(const cnn_subject *subject, cnn_spot at, cnn_tally *tally) {
    const cnn_conv_transpose2d_options *conv = &subject->node->options.conv_transpose2d;
    const cnn_reach reach = reach_of(subject, at, cnn_reach_transposed);
    const cnn_shape *shape = input_shape(subject, 0);
    const int64_t filters = conv->filters / conv->groups, filter = at.channel % filters;
    for (int64_t c = reach.channels.first; c < reach.channels.end; c++)
        for (int64_t i = 0; i < reach.count[0]; i++)
            for (int64_t j = 0; j < reach.count[1]; j++) {
                const int64_t index = index_in(shape, &reach, c, i, j);
                if (index < 0)
                    continue;
                const int64_t row = cnn_transposed_tap(conv, 0, reach.first[0] + i * reach.step[0], at.row);
                const int64_t column =
                    cnn_transposed_tap(conv, 1, reach.first[1] + j * reach.step[1], at.column);
                const int64_t weight =
                    ((c * filters + filter) * conv->kernel[0] + row) * conv->kernel[1] + column;
                cnn_tally_add(tally, 0, index, cnn_subject_value(subject, 0, index), weight,
                              cnn_subject_parameter(subject, 0, weight));
            }
    finish_sum(subject, at.channel, tally);
}

/* The weight is [units][inputs]. */
void cnn_explain_dense(const cnn_subject *subject, cnn_spot at, cnn_tally *tally) {
    const int64_t inputs = input_shape(subject, 0)->dim[0];
    for (int64_t i = 0; i < inputs; i++)
        cnn_tally_add(tally, 0, i, subject->input[0][i], at.channel * inputs + i,
                      cnn_subject_parameter(subject, 0, at.channel * inputs + i));
    finish_sum(subject, at.channel, tally);
}

/* The first of several equal values wins, row by row, as the kernel has it; padding never does. */
void cnn_explain_largest(const cnn_subject *subject, cnn_spot at, cnn_tally *tally) {
    const cnn_reach reach = reach_of(subject, at, cnn_reach_pooling);
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

void cnn_explain_mean(const cnn_subject *subject, cnn_spot at, cnn_tally *tally) {
    const cnn_reach reach = reach_of(subject, at, cnn_reach_pooling);
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
