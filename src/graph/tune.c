/* Fine-tuning: frozen layers, and a new last layer. */
#include "graph/net.h"

#include "base/numbers.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <string.h>

/* Layers that share parameters are frozen together. */
static void hold_shared(cnn_net *net) {
    for (int64_t i = 0; i < net->node_count; i++)
        if (net->nodes[i].shares >= 0 && net->nodes[i].frozen)
            net->nodes[net->nodes[i].shares].frozen = true;
    for (int64_t i = 0; i < net->node_count; i++)
        if (net->nodes[i].shares >= 0)
            net->nodes[i].frozen = net->nodes[net->nodes[i].shares].frozen;
}

cnn_status cnn_net_freeze(cnn_net *net, const char *pattern, cnn_error *error) {
    cnn_status status = cnn_required(error, net, pattern);
    if (status != CNN_OK)
        return status;
    int matched = 0;
    for (int64_t i = 0; i < net->node_count; i++) {
        cnn_node *node = &net->nodes[i];
        if (node->parameters == 0 || fnmatch(pattern, node->name, 0) != 0)
            continue;
        node->frozen = true;
        matched++;
    }
    hold_shared(net);
    if (matched == 0)
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "no layer with parameters has a name that matches \"%s\" (* stands for any "
                        "characters); the first such layer is \"%s\"",
                        pattern, net->parameter_count ? net->nodes[net->parameters[0].node].name : "");
    return CNN_OK;
}

/* The last node with parameters; -1: none. */
static int64_t head_of(const cnn_net *net) {
    return net->parameter_count ? net->parameters[net->parameter_count - 1].node : -1;
}

const cnn_node *cnn_net_head(const cnn_net *net) {
    const int64_t head = head_of(net);
    return head < 0 ? NULL : &net->nodes[head];
}

/* The node whose parameters it has. */
static int64_t owner_of(const cnn_net *net, int64_t node) {
    return net->nodes[node].shares >= 0 ? net->nodes[node].shares : node;
}

/* A layer with weights of its own, as of a convolution; a normalisation belongs to the one before it. */
static bool has_weights(const cnn_node *node) {
    return node->op->macs && node->parameters > 0 && node->shares < 0;
}

static int64_t weight_layers(const cnn_net *net, int64_t from) {
    int64_t count = 0;
    for (int64_t i = from; i < net->node_count; i++)
        count += has_weights(&net->nodes[i]);
    return count;
}

int64_t cnn_net_depth(const cnn_net *net, int64_t node) {
    const int64_t behind = weight_layers(net, owner_of(net, node) + 1), all = weight_layers(net, 0);
    return behind < all ? behind : cnn_max(all - 1, 0); /* in front of the first one: with it */
}

void cnn_net_freeze_body(cnn_net *net, int64_t part, int64_t parts) {
    const int64_t head = head_of(net), owner = head < 0 ? -1 : owner_of(net, head);
    const int64_t body = weight_layers(net, 0) - 1, trained = body * part / parts;
    for (int64_t i = 0; i < net->node_count; i++)
        if (net->nodes[i].parameters > 0 && owner_of(net, i) != owner)
            net->nodes[i].frozen |= cnn_max(cnn_net_depth(net, i), 1) > trained;
}

/* ---- A new last layer ------------------------------------------------------------------------------ */

cnn_status cnn_node_resize(const cnn_node *node, int64_t outputs, cnn_options *options, cnn_error *error) {
    *options = node->options;
    if (node->op == &cnn_op_dense)
        options->dense.units = outputs;
    else if (node->op == &cnn_op_conv2d && options->conv2d.groups == 1)
        options->conv2d.filters = outputs;
    else
        return cnn_fail(
            error, CNN_ERROR_UNSUPPORTED,
            "the last layer with parameters is %s (%s); only a dense layer or a convolution can be "
            "replaced",
            node->name, node->op->word);
    return CNN_OK;
}

/* The parameters of all layers before the head stay as they are; the head's are drawn anew. */
static void copy_values(const cnn_net *net, int64_t head, cnn_net *made) {
    for (int64_t i = 0; net->values && i < net->parameter_count && net->parameters[i].node != head; i++)
        memcpy(made->values + made->parameters[i].offset, net->values + net->parameters[i].offset,
               (size_t)net->parameters[i].elements * sizeof *net->values);
}

/* With its new head the network must still end in one output per class. */
static cnn_status check_outputs(const cnn_net *net, const cnn_net *made, int64_t head, int64_t classes,
                                cnn_error *error) {
    if (made->error.status != CNN_OK)
        return cnn_fail(error, made->error.status, "with %" PRId64 " outputs of %s: %s", classes,
                        net->nodes[head].name, made->error.message);
    if (cnn_net_outputs(made) == classes)
        return CNN_OK;
    return cnn_fail(error, CNN_ERROR_UNSUPPORTED,
                    "with %" PRId64
                    " outputs in its last layer with parameters, %s, the network would have %" PRId64
                    " outputs: it is not a classifier",
                    classes, net->nodes[head].name, cnn_net_outputs(made));
}

/* The same layers with a head of `classes` outputs, into `made`. */
static cnn_status remake(const cnn_net *net, int64_t head, int64_t classes, uint64_t seed, cnn_net *made,
                         cnn_error *error) {
    cnn_options options;
    cnn_status status = cnn_node_resize(&net->nodes[head], classes, &options, error);
    if (status != CNN_OK)
        return status;
    for (int64_t i = 0; i < net->node_count; i++)
        cnn_net_append_copy(made, &net->nodes[i],
                            i == head || net->nodes[i].shares == head ? &options : &net->nodes[i].options);
    status = check_outputs(net, made, head, classes, error);
    if (status == CNN_OK)
        status = cnn_net_make_values(made, error);
    if (status != CNN_OK)
        return status;
    copy_values(net, head, made);
    for (int i = 0; i < made->nodes[head].parameters; i++)
        cnn_net_draw(made, made->nodes[head].first_parameter + i, seed);
    return cnn_net_take_pixels(made, net, error);
}

cnn_status cnn_net_replace_head(cnn_net *net, int64_t classes, uint64_t seed, cnn_error *error) {
    cnn_status status = cnn_required(error, net);
    if (status != CNN_OK)
        return status;
    const int64_t head = head_of(net);
    if (net->error.status != CNN_OK)
        return cnn_fail(error, net->error.status, "%s", net->error.message);
    if (classes < 1 || head < 0)
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        classes < 1 ? "a network needs at least 1 class"
                                    : "the network has no layer with parameters");
    cnn_net *made = cnn_net_new(&(cnn_input_options){
        .channels = net->input.dim[0], .height = net->input.dim[1], .width = net->input.dim[2]});
    if (!made)
        return cnn_fail(error, CNN_ERROR_MEMORY, "out of memory for a network");
    status = remake(net, head, classes, seed, made, error);
    if (status == CNN_OK)
        cnn_net_swap(net, made);
    cnn_net_free(made);
    return status;
}
