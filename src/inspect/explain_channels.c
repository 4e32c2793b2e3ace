/* Pooling over channels: what one position has in each branch. */
#include "inspect/reach.h"

/* From the first branch's channel to the last one's; those between them are other outputs'. */
static cnn_reach reach_branches(const cnn_question *question) {
    const int64_t channels = cnn_question_shape(question)->dim[0], apart = question->node->output.dim[0],
                  first = question->at.channel;
    return cnn_reach_one((cnn_range){first, channels - apart + first + 1}, question->at.row,
                         question->at.column);
}

/* A term for each branch; returns the largest value. The first of equal ones wins. */
static double add_terms(const cnn_subject *subject, cnn_spot at, double factor, cnn_tally *tally) {
    const cnn_shape *shape = cnn_node_input_shape(subject->net, subject->node, 0);
    const bool largest_wins = subject->node->options.channel_pool.mode == CNN_CHANNEL_POOL_MAX;
    double largest = 0;
    for (; at.channel < shape->dim[0]; at.channel += subject->node->output.dim[0]) {
        const int64_t index = cnn_spot_index(shape, at);
        const double value = subject->input[0][index];
        if (largest_wins && (tally->account.winner < 0 || value > largest)) {
            tally->account.winner = tally->account.count;
            largest = value;
        }
        cnn_tally_add(tally, 0, index, value, -1, factor);
    }
    return largest;
}

static void explain_branches(const cnn_subject *subject, cnn_spot at, cnn_tally *tally) {
    const cnn_shape *shape = cnn_node_input_shape(subject->net, subject->node, 0);
    const int64_t branches = shape->dim[0] / subject->node->output.dim[0];
    switch (subject->node->options.channel_pool.mode) {
    case CNN_CHANNEL_POOL_MAX: {
        const double largest = add_terms(subject, at, 1, tally);
        cnn_tally_is_function(tally, "the largest input", largest, largest < 0 ? -largest : largest, 0);
        tally->account.kind = CNN_ACCOUNT_LARGEST;
        break;
    }
    case CNN_CHANNEL_POOL_MEAN:
        add_terms(subject, at, 1 / (double)branches, tally);
        cnn_tally_is_sum(tally, "sum of input / number of branches");
        tally->roundings++; /* of the quotient */
        break;
    case CNN_CHANNEL_POOL_SUM:
        add_terms(subject, at, 1, tally);
        cnn_tally_is_sum(tally, "sum of input");
        break;
    }
}

const cnn_inspected_kind cnn_inspected_channel_pool = {.reach = reach_branches, .account = explain_branches};
