/* What the outputs of a network mean, and class probabilities from them. */
#include "graph/output.h"

#include <math.h>

/* Whether the op only moves or drops values, so that the layer before it decides what the outputs are. */
static bool leaves_values(const cnn_op *op) {
    return op->kind == CNN_VIEW || op->idle_in_inference;
}

int cnn_output_node(const cnn_net *net) {
    int node = (int)net->node_count - 1;
    while (node >= 0 && leaves_values(net->nodes[node].op))
        node = net->nodes[node].input[0];
    return node;
}

const char *cnn_output_range(const cnn_op *op) {
    static const struct {
        const cnn_op *op;
        const char *range;
    } ranges[] = {
        {&cnn_op_relu, "never negative"},       {&cnn_op_sigmoid, "between 0 and 1"},
        {&cnn_op_tanh, "between -1 and 1"},     {&cnn_op_hardsigmoid, "between 0 and 1"},
        {&cnn_op_clip, "held within bounds"},   {&cnn_op_softplus, "never negative"},
        {&cnn_op_softsign, "between -1 and 1"}, {&cnn_op_thresholdedrelu, "never negative"},
        {&cnn_op_elu, "rarely below 0"},        {&cnn_op_selu, "hardly ever below 0"},
        {&cnn_op_swish, "rarely below 0"},      {&cnn_op_hardswish, "hardly ever below 0"},
        {&cnn_op_abs, "never negative"},        {&cnn_op_exp, "never negative"},
        {&cnn_op_sqrt, "never negative"},       {&cnn_op_gelu, "rarely below 0"},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        if (ranges[i].op == op)
            return ranges[i].range;
    return NULL;
}

/* One value a channel: a vector, or maps of a single pixel. */
static bool is_vector(const cnn_shape *shape) {
    return shape->rank == 1 || shape->dim[1] * shape->dim[2] == 1;
}

cnn_output_kind cnn_net_output_kind(const cnn_net *net) {
    const int last = net ? cnn_output_node(net) : -1;
    if (last < 0 || !is_vector(&net->nodes[last].output))
        return CNN_OUTPUT_VALUES;
    const cnn_op *op = net->nodes[last].op;
    const bool one = cnn_shape_elements(&net->nodes[last].output) == 1;
    if (op == &cnn_op_sigmoid)
        return one ? CNN_OUTPUT_BINARY : CNN_OUTPUT_SIGMOIDS;
    if (one || cnn_output_range(op))
        return CNN_OUTPUT_VALUES;
    return op == &cnn_op_softmax       ? CNN_OUTPUT_PROBABILITIES
           : op == &cnn_op_log_softmax ? CNN_OUTPUT_LOG_PROBABILITIES
                                       : CNN_OUTPUT_LOGITS;
}

int64_t cnn_net_classes(const cnn_net *net) {
    return cnn_net_output_kind(net) == CNN_OUTPUT_BINARY ? 2 : cnn_net_outputs(net);
}

/* ---- Probabilities --------------------------------------------------------------------------------- */

/* Of logits; in double, and relative to the largest, so that nothing overflows. */
static void softmax_row(const float *outputs, int64_t count, float *probabilities) {
    double largest = -INFINITY, sum = 0;
    for (int64_t i = 0; i < count; i++)
        largest = (double)outputs[i] > largest ? (double)outputs[i] : largest;
    for (int64_t i = 0; i < count; i++)
        sum += exp((double)outputs[i] - largest);
    for (int64_t i = 0; i < count; i++)
        probabilities[i] = (float)(exp((double)outputs[i] - largest) / sum);
}

/* Of logarithms of probabilities. */
static void exponential_row(const float *outputs, int64_t count, float *probabilities) {
    for (int64_t i = 0; i < count; i++)
        probabilities[i] = expf(outputs[i]);
}

/* Of outputs that are probabilities already. */
static void same_row(const float *outputs, int64_t count, float *probabilities) {
    memmove(probabilities, outputs, (size_t)count * sizeof *outputs);
}

/* A single sigmoid is the probability of the second class. */
static void binary_row(const float *outputs, int64_t count, float *probabilities) {
    (void)count;
    const float one = outputs[0];
    probabilities[0] = 1 - one;
    probabilities[1] = one;
}

cnn_status cnn_net_probabilities(const cnn_net *net, const float *outputs, int64_t count,
                                 float *probabilities, cnn_error *error) {
    static void (*const rows[])(const float *, int64_t, float *) = {
        [CNN_OUTPUT_LOGITS] = softmax_row,
        [CNN_OUTPUT_PROBABILITIES] = same_row,
        [CNN_OUTPUT_LOG_PROBABILITIES] = exponential_row,
        [CNN_OUTPUT_BINARY] = binary_row,
        [CNN_OUTPUT_SIGMOIDS] = same_row,
    };
    cnn_status status = cnn_required(error, net);
    if (status == CNN_OK && count > 0)
        status = cnn_required(error, outputs, probabilities);
    if (status != CNN_OK)
        return status;
    const cnn_output_kind kind = cnn_net_output_kind(net);
    const int64_t from = cnn_net_outputs(net), to = cnn_net_classes(net);
    if (kind == CNN_OUTPUT_VALUES)
        return cnn_fail(error, CNN_ERROR_UNSUPPORTED,
                        "the network's outputs are not scores of classes: it ends in %s",
                        net->node_count ? net->nodes[net->node_count - 1].text : "its input");
    for (int64_t n = 0; n < count; n++)
        rows[kind](outputs + n * from, from, probabilities + n * to);
    return CNN_OK;
}
