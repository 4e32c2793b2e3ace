#include "formats/onnx_reader.h"

#include "formats/onnx_names.h"

#include <stdio.h>
#include <string.h>

cnn_onnx_value *cnn_onnx_input(const cnn_onnx_reader *reader, const cnn_onnx_node *node, size_t k) {
    return k < node->proto->n_input ? cnn_onnx_find_value(&reader->graph, node->proto->input[k]) : NULL;
}

cnn_onnx_value *cnn_onnx_output(const cnn_onnx_reader *reader, const cnn_onnx_node *node) {
    return cnn_onnx_find_value(&reader->graph, node->proto->output[0]);
}

cnn_status cnn_onnx_feature(const cnn_onnx_reader *reader, const cnn_onnx_node *node, size_t k,
                            cnn_onnx_value **feature) {
    *feature = cnn_onnx_input(reader, node, k);
    if (*feature && (*feature)->layer)
        return CNN_OK;
    return cnn_onnx_fail(node, CNN_ERROR_UNSUPPORTED, "input %zu %s, expected a feature map", k,
                         !*feature              ? "is left out"
                         : (*feature)->constant ? "is a constant"
                                                : "is another node's second output");
}

cnn_status cnn_onnx_constant(const cnn_onnx_reader *reader, const cnn_onnx_node *node, size_t k,
                             const char *what, bool optional, const CnnOnnx__TensorProto **constant) {
    const cnn_onnx_value *value = cnn_onnx_input(reader, node, k);
    *constant = value ? value->constant : NULL;
    if (*constant || (!value && optional))
        return CNN_OK;
    return cnn_onnx_fail(node, CNN_ERROR_UNSUPPORTED, "the %s (input %zu) %s, expected a constant", what, k,
                         value ? "is computed" : "is left out");
}

const cnn_shape *cnn_onnx_shape(const cnn_onnx_reader *reader, const cnn_onnx_value *feature) {
    return feature->layer > 0 ? &reader->net->nodes[feature->layer - 1].output : &reader->net->input;
}

/* ---- Layers ---------------------------------------------------------------------------------------- */

enum { LONGEST_NAME = 100 }; /* room for a number behind it */

/* The node's name in the characters that a layer's name may have; "" if it has none. */
static void clean_name(const cnn_onnx_node *node, char name[LONGEST_NAME + 1]) {
    const char *from = node->proto->name ? node->proto->name : "";
    size_t length = 0;
    while (*from == '/') /* as PyTorch begins them */
        from++;
    for (; from[length] && length < LONGEST_NAME; length++)
        name[length] = from[length] > ' ' && from[length] <= '~' && from[length] != '#' ? from[length] : '_';
    name[length] = '\0';
}

/* A name that no layer has yet; NULL: let the network make one. */
static const char *layer_name(const cnn_net *net, const cnn_onnx_node *node, char name[LONGEST_NAME + 24]) {
    char clean[LONGEST_NAME + 1];
    clean_name(node, clean);
    if (!*clean)
        return NULL;
    snprintf(name, LONGEST_NAME + 24, "%s", clean);
    for (int number = 2; cnn_find_node(net, name) >= 0 || strcmp(name, CNN_ONNX_INPUT) == 0; number++)
        snprintf(name, LONGEST_NAME + 24, "%s_%d", clean, number);
    return name;
}

cnn_status cnn_onnx_append(cnn_onnx_reader *reader, const cnn_onnx_node *node, const cnn_op *op,
                           const cnn_options *options, const cnn_onnx_value *first,
                           const cnn_onnx_value *second) {
    cnn_net *net = reader->net;
    char name[LONGEST_NAME + 24];
    cnn_node_request request = {.op = op, .options = options, .name = layer_name(net, node, name)};
    request.input[0] = first->layer;
    request.input[1] = second ? second->layer : 0;
    cnn_layer layer = cnn_net_append(net, &request);
    if (!layer)
        return cnn_onnx_fail(node, net->error.status, "%s", net->error.message);
    if (net->value_count > reader->most_parameters)
        return cnn_onnx_fail(
            node, CNN_ERROR_UNSUPPORTED,
            "layers share their weights so often that the network would be many times larger than "
            "the file");
    cnn_onnx_output(reader, node)->layer = layer;
    return CNN_OK;
}

cnn_status cnn_onnx_pass_on(const cnn_onnx_reader *reader, const cnn_onnx_node *node,
                            const cnn_onnx_value *feature) {
    cnn_onnx_output(reader, node)->layer = feature->layer;
    return CNN_OK;
}

float *cnn_onnx_parameter(const cnn_onnx_reader *reader, int k) {
    const cnn_net *net = reader->net;
    const cnn_node *last = &net->nodes[net->node_count - 1];
    return net->values + net->parameters[last->first_parameter + k].offset;
}
