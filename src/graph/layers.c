/* The calls of cnn.h that add a layer. */
#include "graph/net.h"
#include "ops/activation.h"
#include "ops/pair.h"

/* Record the first failure in the network, which cnn_net_status returns later. Returns 0, which is no layer. */
static cnn_layer refuse(cnn_net *net, const char *what, const char *why) {
    if (net && net->error.status == CNN_OK)
        cnn_fail(&net->error, CNN_ERROR_ARGUMENT, "layer %lld: %s: %s", (long long)net->node_count + 1, what,
                 why);
    return 0;
}

static cnn_layer refuse_null(cnn_net *net, const char *what) {
    return refuse(net, what, "options must not be NULL");
}

/* The one way by which all public calls add a layer of one input. */
static cnn_layer add(cnn_net *net, const cnn_op *op, const cnn_options *options, const char *name,
                     cnn_layer input) {
    return cnn_net_append(net,
                          &(cnn_node_request){.op = op, .options = options, .name = name, .input = input});
}

/* ---- With options ---------------------------------------------------------------------------------- */

cnn_layer cnn_add_conv2d(cnn_net *net, const cnn_conv2d_options *options) {
    return options
               ? add(net, &cnn_op_conv2d, &(cnn_options){.conv2d = *options}, options->name, options->input)
               : refuse_null(net, "conv");
}

cnn_layer cnn_add_max_pool2d(cnn_net *net, const cnn_pool2d_options *options) {
    return options ? add(net, &cnn_op_max_pool2d, &(cnn_options){.pool2d = *options}, options->name,
                         options->input)
                   : refuse_null(net, "maxpool");
}

cnn_layer cnn_add_avg_pool2d(cnn_net *net, const cnn_pool2d_options *options) {
    return options ? add(net, &cnn_op_avg_pool2d, &(cnn_options){.pool2d = *options}, options->name,
                         options->input)
                   : refuse_null(net, "avgpool");
}

cnn_layer cnn_add_dense(cnn_net *net, const cnn_dense_options *options) {
    return options ? add(net, &cnn_op_dense, &(cnn_options){.dense = *options}, options->name, options->input)
                   : refuse_null(net, "dense");
}

cnn_layer cnn_add_conv_transpose2d(cnn_net *net, const cnn_conv_transpose2d_options *options) {
    return options ? add(net, &cnn_op_conv_transpose2d, &(cnn_options){.conv_transpose2d = *options},
                         options->name, options->input)
                   : refuse_null(net, "convtranspose");
}

cnn_layer cnn_add_resize2d(cnn_net *net, const cnn_resize2d_options *options) {
    return options ? add(net, &cnn_op_resize2d, &(cnn_options){.resize2d = *options}, options->name,
                         options->input)
                   : refuse_null(net, "resize");
}

cnn_layer cnn_add_pad2d(cnn_net *net, const cnn_pad2d_options *options) {
    return options ? add(net, &cnn_op_pad2d, &(cnn_options){.pad2d = *options}, options->name, options->input)
                   : refuse_null(net, "pad");
}

cnn_layer cnn_add_lrn(cnn_net *net, const cnn_lrn_options *options) {
    return options ? add(net, &cnn_op_lrn, &(cnn_options){.lrn = *options}, options->name, options->input)
                   : refuse_null(net, "lrn");
}

cnn_layer cnn_add_activation(cnn_net *net, const cnn_activation_options *options) {
    if (!options)
        return refuse_null(net, "activation");
    const cnn_op *op = cnn_activation_op(options->kind);
    return op ? add(net, op, &(cnn_options){.activation = *options}, options->name, options->input)
              : refuse(net, "activation", "there is no such kind");
}

/* ---- Every option has a default ------------------------------------------------------------------- */

cnn_layer cnn_add_dropout(cnn_net *net, const cnn_dropout_options *options) {
    const cnn_dropout_options given = options ? *options : (cnn_dropout_options){0};
    return add(net, &cnn_op_dropout, &(cnn_options){.dropout = given}, given.name, given.input);
}

cnn_layer cnn_add_batch_norm(cnn_net *net, const cnn_batch_norm_options *options) {
    const cnn_batch_norm_options given = options ? *options : (cnn_batch_norm_options){0};
    return add(net, &cnn_op_batch_norm, &(cnn_options){.batch_norm = given}, given.name, given.input);
}

cnn_layer cnn_add_prelu(cnn_net *net, const cnn_prelu_options *options) {
    const cnn_prelu_options given = options ? *options : (cnn_prelu_options){0};
    return add(net, &cnn_op_prelu, &(cnn_options){.prelu = given}, given.name, given.input);
}

cnn_layer cnn_add_instance_norm(cnn_net *net, const cnn_instance_norm_options *options) {
    const cnn_instance_norm_options given = options ? *options : (cnn_instance_norm_options){0};
    return add(net, &cnn_op_instance_norm, &(cnn_options){.instance_norm = given}, given.name, given.input);
}

/* A layer without options of its own. */
static cnn_layer add_plain(cnn_net *net, const cnn_op *op, const cnn_layer_options *options) {
    return add(net, op, NULL, options ? options->name : NULL, options ? options->input : 0);
}

cnn_layer cnn_add_global_avg_pool2d(cnn_net *net, const cnn_layer_options *options) {
    return add_plain(net, &cnn_op_global_avg_pool2d, options);
}

cnn_layer cnn_add_global_max_pool2d(cnn_net *net, const cnn_layer_options *options) {
    return add_plain(net, &cnn_op_global_max_pool2d, options);
}

cnn_layer cnn_add_relu(cnn_net *net, const cnn_layer_options *options) {
    return add_plain(net, &cnn_op_relu, options);
}

cnn_layer cnn_add_flatten(cnn_net *net, const cnn_layer_options *options) {
    return add_plain(net, &cnn_op_flatten, options);
}

cnn_layer cnn_add_log_softmax(cnn_net *net, const cnn_layer_options *options) {
    return add_plain(net, &cnn_op_log_softmax, options);
}

cnn_layer cnn_add_softmax(cnn_net *net, const cnn_layer_options *options) {
    return add_plain(net, &cnn_op_softmax, options);
}

/* ---- Two inputs or more --------------------------------------------------------------------------- */

cnn_layer cnn_add_pair(cnn_net *net, const cnn_pair_options *options) {
    if (!options)
        return refuse_null(net, "pair");
    const cnn_op *op = cnn_pair_op(options->kind);
    if (!op)
        return refuse(net, "pair", "there is no such kind");
    return cnn_net_append(net, &(cnn_node_request){.op = op,
                                                   .options = &(cnn_options){.pair = *options},
                                                   .name = options->name,
                                                   .input = options->input,
                                                   .others = &options->other,
                                                   .other_count = 1});
}

/* A layer that reads several earlier ones. */
static cnn_layer add_joining(cnn_net *net, const cnn_op *op, const cnn_join_options *options) {
    if (!options)
        return refuse_null(net, op->word);
    if (options->count && !options->others)
        return refuse(net, op->word, "others must not be NULL where count is not 0");
    return cnn_net_append(net,
                          &(cnn_node_request){.op = op,
                                              .name = options->name,
                                              .input = options->input,
                                              .others = options->count ? options->others : &options->other,
                                              .other_count = options->count ? options->count : 1});
}

cnn_layer cnn_add_add(cnn_net *net, const cnn_join_options *options) {
    return add_joining(net, &cnn_op_add, options);
}

cnn_layer cnn_add_concat(cnn_net *net, const cnn_join_options *options) {
    return add_joining(net, &cnn_op_concat, options);
}
