/* The calls of cnn.h that add a layer. */
#include "graph/net.h"
#include "ops/activation.h"
#include "ops/pair.h"

static cnn_layer refuse(cnn_net *net, const char *what, const char *why) {
    if (net && net->error.status == CNN_OK)
        cnn_fail(&net->error, CNN_ERROR_ARGUMENT, "layer %lld: %s: %s", (long long)net->node_count + 1, what,
                 why);
    return 0;
}

static cnn_layer refuse_options(cnn_net *net, const char *what) {
    return refuse(net, what, "options are NULL");
}

cnn_layer cnn_add_conv2d(cnn_net *net, const cnn_conv2d_options *options) {
    return options ? cnn_net_append(net, &(cnn_node_request){.op = &cnn_op_conv2d,
                                                             .options = &(cnn_options){.conv2d = *options},
                                                             .name = options->name,
                                                             .input = options->input})
                   : refuse_options(net, "conv");
}

static cnn_layer add_pool(cnn_net *net, const cnn_op *op, const cnn_pool2d_options *options) {
    return options ? cnn_net_append(net, &(cnn_node_request){.op = op,
                                                             .options = &(cnn_options){.pool2d = *options},
                                                             .name = options->name,
                                                             .input = options->input})
                   : refuse_options(net, op->word);
}

cnn_layer cnn_add_max_pool2d(cnn_net *net, const cnn_pool2d_options *options) {
    return add_pool(net, &cnn_op_max_pool2d, options);
}

cnn_layer cnn_add_avg_pool2d(cnn_net *net, const cnn_pool2d_options *options) {
    return add_pool(net, &cnn_op_avg_pool2d, options);
}

cnn_layer cnn_add_dense(cnn_net *net, const cnn_dense_options *options) {
    return options ? cnn_net_append(net, &(cnn_node_request){.op = &cnn_op_dense,
                                                             .options = &(cnn_options){.dense = *options},
                                                             .name = options->name,
                                                             .input = options->input})
                   : refuse_options(net, "dense");
}

cnn_layer cnn_add_activation(cnn_net *net, const cnn_activation_options *options) {
    const cnn_op *op = options ? cnn_activation_op(options->kind) : NULL;
    if (!op)
        return refuse(net, "activation", options ? "there is no such kind" : "options are NULL");
    return cnn_net_append(net, &(cnn_node_request){.op = op,
                                                   .options = &(cnn_options){.activation = *options},
                                                   .name = options->name,
                                                   .input = options->input});
}

cnn_layer cnn_add_conv_transpose2d(cnn_net *net, const cnn_conv_transpose2d_options *options) {
    return options ? cnn_net_append(
                         net, &(cnn_node_request){.op = &cnn_op_conv_transpose2d,
                                                  .options = &(cnn_options){.conv_transpose2d = *options},
                                                  .name = options->name,
                                                  .input = options->input})
                   : refuse_options(net, "convtranspose");
}

cnn_layer cnn_add_pair(cnn_net *net, const cnn_pair_options *options) {
    const cnn_op *op = options ? cnn_pair_op(options->kind) : NULL;
    if (!op)
        return refuse(net, "pair", options ? "there is no such kind" : "options are NULL");
    return cnn_net_append(net, &(cnn_node_request){.op = op,
                                                   .options = &(cnn_options){.pair = *options},
                                                   .name = options->name,
                                                   .input = options->input,
                                                   .others = &options->other,
                                                   .other_count = 1});
}

cnn_layer cnn_add_prelu(cnn_net *net, const cnn_prelu_options *options) {
    return options ? cnn_net_append(net, &(cnn_node_request){.op = &cnn_op_prelu,
                                                             .options = &(cnn_options){.prelu = *options},
                                                             .name = options->name,
                                                             .input = options->input})
                   : refuse_options(net, "prelu");
}

cnn_layer cnn_add_resize2d(cnn_net *net, const cnn_resize2d_options *options) {
    return options ? cnn_net_append(net, &(cnn_node_request){.op = &cnn_op_resize2d,
                                                             .options = &(cnn_options){.resize2d = *options},
                                                             .name = options->name,
                                                             .input = options->input})
                   : refuse_options(net, "resize");
}

cnn_layer cnn_add_pad2d(cnn_net *net, const cnn_pad2d_options *options) {
    return options ? cnn_net_append(net, &(cnn_node_request){.op = &cnn_op_pad2d,
                                                             .options = &(cnn_options){.pad2d = *options},
                                                             .name = options->name,
                                                             .input = options->input})
                   : refuse_options(net, "pad");
}

cnn_layer cnn_add_instance_norm(cnn_net *net, const cnn_instance_norm_options *options) {
    return options
               ? cnn_net_append(net, &(cnn_node_request){.op = &cnn_op_instance_norm,
                                                         .options = &(cnn_options){.instance_norm = *options},
                                                         .name = options->name,
                                                         .input = options->input})
               : refuse_options(net, "instancenorm");
}

cnn_layer cnn_add_lrn(cnn_net *net, const cnn_lrn_options *options) {
    return options ? cnn_net_append(net, &(cnn_node_request){.op = &cnn_op_lrn,
                                                             .options = &(cnn_options){.lrn = *options},
                                                             .name = options->name,
                                                             .input = options->input})
                   : refuse_options(net, "lrn");
}

cnn_layer cnn_add_dropout(cnn_net *net, const cnn_dropout_options *options) {
    return options ? cnn_net_append(net, &(cnn_node_request){.op = &cnn_op_dropout,
                                                             .options = &(cnn_options){.dropout = *options},
                                                             .name = options->name,
                                                             .input = options->input})
                   : refuse_options(net, "dropout");
}

cnn_layer cnn_add_batch_norm(cnn_net *net, const cnn_batch_norm_options *options) {
    return options
               ? cnn_net_append(net, &(cnn_node_request){.op = &cnn_op_batch_norm,
                                                         .options = &(cnn_options){.batch_norm = *options},
                                                         .name = options->name,
                                                         .input = options->input})
               : cnn_net_append(net, &(cnn_node_request){.op = &cnn_op_batch_norm});
}

static cnn_layer add_plain(cnn_net *net, const cnn_op *op, const cnn_layer_options *options) {
    return cnn_net_append(net, &(cnn_node_request){.op = op,
                                                   .name = options ? options->name : NULL,
                                                   .input = options ? options->input : 0});
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

static cnn_layer add_joining(cnn_net *net, const cnn_op *op, const cnn_join_options *options) {
    if (!options)
        return refuse_options(net, op->word);
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
