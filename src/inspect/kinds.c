/* The table of all kinds of layers that give an account. */
#include "inspect/explain.h"
#include "inspect/reach.h"

/* ---- Which output a parameter takes part in -------------------------------------------------------- */

/* Parameters with a value for each channel. */
static int64_t channel_itself(const cnn_net *net, const cnn_node *node, int k, int64_t index) {
    (void)net, (void)node, (void)k;
    return index;
}

/* A weight whose first axis is that of the output's channels. */
static int64_t channel_of_first_axis(const cnn_net *net, const cnn_node *node, int k, int64_t index) {
    const cnn_parameter *parameter = &net->parameters[node->first_parameter + k];
    return index / (parameter->elements / parameter->spec.shape.dim[0]);
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

static int64_t channel_of_slope(const cnn_net *net, const cnn_node *node, int k, int64_t index) {
    (void)net, (void)k;
    return node->options.prelu.shared ? -1 : index;
}

/* ---- The table ------------------------------------------------------------------------------------- */

#define ACTIVATION(its_op)                                                                                   \
    { .op = &cnn_op_##its_op, .reach = cnn_reach_same, .account = cnn_explain_activation }
#define PAIR(its_op)                                                                                         \
    { .op = &cnn_op_##its_op, .reach = cnn_reach_same, .account = cnn_explain_pair }

static const cnn_inspected_kind kinds[] = {
    {.op = &cnn_op_conv2d,
     .reach = cnn_reach_convolution,
     .account = cnn_explain_convolution,
     .alike = cnn_alike_convolution,
     .channel = channel_of_first_axis},
    {.op = &cnn_op_conv_transpose2d,
     .reach = cnn_reach_transposed,
     .account = cnn_explain_transposed,
     .alike = cnn_alike_transposed,
     .channel = channel_of_transposed},
    {.op = &cnn_op_dense,
     .reach = cnn_reach_everything,
     .account = cnn_explain_dense,
     .alike = cnn_alike_everything,
     .channel = channel_of_first_axis,
     .looks_everywhere = true},
    {.op = &cnn_op_max_pool2d, .reach = cnn_reach_pooling, .account = cnn_explain_largest},
    {.op = &cnn_op_avg_pool2d, .reach = cnn_reach_pooling, .account = cnn_explain_mean},
    {.op = &cnn_op_global_max_pool2d,
     .reach = cnn_reach_pooling,
     .account = cnn_explain_largest,
     .looks_everywhere = true},
    {.op = &cnn_op_global_avg_pool2d,
     .reach = cnn_reach_pooling,
     .account = cnn_explain_mean,
     .looks_everywhere = true},
    {.op = &cnn_op_batch_norm,
     .reach = cnn_reach_same,
     .account = cnn_explain_batch_norm,
     .channel = channel_itself},
    {.op = &cnn_op_instance_norm,
     .reach = cnn_reach_map,
     .account = cnn_explain_instance_norm,
     .channel = channel_itself,
     .looks_everywhere = true},
    {.op = &cnn_op_group_norm,
     .reach = cnn_reach_group,
     .account = cnn_explain_group_norm,
     .alike = cnn_alike_group,
     .channel = channel_itself,
     .looks_everywhere = true},
    {.op = &cnn_op_lrn, .reach = cnn_reach_neighbours, .account = cnn_explain_lrn},
    {.op = &cnn_op_softmax,
     .reach = cnn_reach_channels,
     .account = cnn_explain_softmax,
     .alike = cnn_alike_everything},
    {.op = &cnn_op_log_softmax,
     .reach = cnn_reach_channels,
     .account = cnn_explain_log_softmax,
     .alike = cnn_alike_everything},
    {.op = &cnn_op_add, .reach = cnn_reach_same, .account = cnn_explain_add},
    {.op = &cnn_op_concat, .reach = cnn_reach_concatenated, .account = cnn_explain_copy},
    {.op = &cnn_op_flatten, .reach = cnn_reach_flattened, .account = cnn_explain_copy},
    {.op = &cnn_op_dropout, .reach = cnn_reach_same, .account = cnn_explain_copy},
    {.op = &cnn_op_pad2d, .reach = cnn_reach_padded, .account = cnn_explain_padded},
    {.op = &cnn_op_resize2d, .reach = cnn_reach_resized, .account = cnn_explain_resized},
    {.op = &cnn_op_relu, .reach = cnn_reach_same, .account = cnn_explain_relu},
    {.op = &cnn_op_prelu, .reach = cnn_reach_same, .account = cnn_explain_prelu, .channel = channel_of_slope},
    PAIR(mul),
    PAIR(sub),
    PAIR(div),
    PAIR(max),
    PAIR(min),
    ACTIVATION(sigmoid),
    ACTIVATION(tanh),
    ACTIVATION(leakyrelu),
    ACTIVATION(elu),
    ACTIVATION(selu),
    ACTIVATION(hardsigmoid),
    ACTIVATION(hardswish),
    ACTIVATION(clip),
    ACTIVATION(softplus),
    ACTIVATION(softsign),
    ACTIVATION(thresholdedrelu),
    ACTIVATION(swish),
    ACTIVATION(abs),
    ACTIVATION(neg),
    ACTIVATION(exp),
    ACTIVATION(log),
    ACTIVATION(sqrt),
};

const cnn_inspected_kind *cnn_inspected_kind_of(const cnn_op *op) {
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (kinds[i].op == op)
            return &kinds[i];
    return NULL;
}
