/* The calls of cnn.h that add a layer. */
#include "graph/net.h"
#include "ops/activation.h"
#include "ops/pair.h"

#include <inttypes.h>

/* Record the first failure in the network, which cnn_net_status returns later. Returns 0, which is no layer. */
static cnn_layer refuse(cnn_net *net, const char *what, const char *why) {
    if (net && net->error.status == CNN_OK)
        cnn_fail(&net->error, CNN_ERROR_ARGUMENT, "layer %" PRId64 ": %s: %s", net->node_count + 1, what,
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

static cnn_layer add_plain(cnn_net *net, const cnn_op *op, const cnn_layer_options *options) {
    return add(net, op, NULL, options ? options->name : NULL, options ? options->input : 0);
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

/* ---- cnn_add_LAYER, one for each row of CNN_LAYER_LIST ------------------------------------------------ */

#define ADD_GIVEN(layer, type)                                                                               \
    cnn_layer cnn_add_##layer(cnn_net *net, const cnn_##type##_options *options) {                           \
        return options ? add(net, &cnn_op_##layer, &(cnn_options){.layer = *options}, options->name,         \
                             options->input)                                                                 \
                       : refuse_null(net, cnn_op_##layer.word);                                              \
    }

#define ADD_DEFAULT(layer, type)                                                                             \
    cnn_layer cnn_add_##layer(cnn_net *net, const cnn_##type##_options *options) {                           \
        const cnn_##type##_options given = options ? *options : (cnn_##type##_options){0};                   \
        return add(net, &cnn_op_##layer, &(cnn_options){.layer = given}, given.name, given.input);           \
    }

#define ADD_PLAIN(layer, type)                                                                               \
    cnn_layer cnn_add_##layer(cnn_net *net, const cnn_##type##_options *options) {                           \
        return add_plain(net, &cnn_op_##layer, options);                                                     \
    }

#define ADD_JOIN(layer, type)                                                                                \
    cnn_layer cnn_add_##layer(cnn_net *net, const cnn_##type##_options *options) {                           \
        return add_joining(net, &cnn_op_##layer, options);                                                   \
    }

#define ADD_LAYER(how, layer, type, ...) ADD_##how(layer, type)
CNN_LAYER_LIST(ADD_LAYER)

/* ---- Calls whose options say which op it is --------------------------------------------------------- */

cnn_layer cnn_add_activation(cnn_net *net, const cnn_activation_options *options) {
    if (!options)
        return refuse_null(net, "activation");
    const cnn_op *op = cnn_activation_op(options->kind);
    return op ? add(net, op, &(cnn_options){.activation = *options}, options->name, options->input)
              : refuse(net, "activation", "there is no such kind");
}

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
