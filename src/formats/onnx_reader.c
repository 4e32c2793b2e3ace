#include "formats/onnx_reader.h"

#include "base/memory.h"
#include "graph/text.h"

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

/* A name out of the file in the characters that a layer's name may have; "" if there is none. */
static void clean_name(const char *from, size_t length, char name[LONGEST_NAME + 1]) {
    for (; length && *from == '/'; length--) /* as PyTorch begins them */
        from++;
    length = length < LONGEST_NAME ? length : LONGEST_NAME;
    for (size_t i = 0; i < length; i++)
        name[i] = from[i] > ' ' && from[i] <= '~' && from[i] != '#' ? from[i] : '_';
    name[length] = '\0';
}

/* How much of the name of the node's weight is the layer's: "fc" of "fc.weight"; 0 if it has no such weight. */
static size_t weight_stem(const cnn_onnx_reader *reader, const cnn_onnx_node *node) {
    static const char end[] = ".weight";
    const cnn_onnx_value *weight = cnn_onnx_input(reader, node, 1);
    const size_t length = weight ? strlen(weight->name) : 0;
    const bool is_weight = length >= sizeof end && strcmp(weight->name + length - (sizeof end - 1), end) == 0;
    return is_weight && weight->constant ? length - (sizeof end - 1) : 0;
}

/* A name that no layer has yet: that of its weight, so that parameters keep their names, or the node's. NULL:
 * let the network make one. */
static const char *layer_name(const cnn_onnx_reader *reader, const cnn_onnx_node *node,
                              char name[LONGEST_NAME + 24]) {
    char clean[LONGEST_NAME + 1] = "";
    const size_t stem = weight_stem(reader, node);
    if (stem)
        clean_name(node->proto->input[1], stem, clean);
    else if (node->proto->name)
        clean_name(node->proto->name, strlen(node->proto->name), clean);
    if (!*clean)
        return NULL;
    snprintf(name, LONGEST_NAME + 24, "%s", clean);
    for (int number = 2; cnn_find_node(reader->net, name) >= 0 || cnn_text_reserves(name); number++)
        snprintf(name, LONGEST_NAME + 24, "%s_%d", clean, number);
    return name;
}

static cnn_status append(cnn_onnx_reader *reader, const cnn_onnx_node *node, cnn_node_request request) {
    cnn_net *net = reader->net;
    char name[LONGEST_NAME + 24];
    request.name = layer_name(reader, node, name);
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

cnn_status cnn_onnx_append(cnn_onnx_reader *reader, const cnn_onnx_node *node, const cnn_op *op,
                           const cnn_options *options, const cnn_onnx_value *first,
                           const cnn_onnx_value *second) {
    return append(reader, node,
                  (cnn_node_request){.op = op,
                                     .options = options,
                                     .input = first->layer,
                                     .others = second ? &second->layer : NULL,
                                     .other_count = second != NULL});
}

cnn_status cnn_onnx_append_joined(cnn_onnx_reader *reader, const cnn_onnx_node *node, const cnn_op *op) {
    const size_t count = node->proto->n_input;
    cnn_onnx_value *feature = NULL;
    cnn_layer *inputs = cnn_allocate(count, sizeof *inputs, "an ONNX node's inputs", reader->error);
    cnn_status status = inputs ? CNN_OK : CNN_ERROR_MEMORY;
    for (size_t k = 0; status == CNN_OK && k < count; k++) {
        status = cnn_onnx_feature(reader, node, k, &feature);
        if (status == CNN_OK)
            inputs[k] = feature->layer;
    }
    if (status == CNN_OK && count == 1)
        status = cnn_onnx_pass_on(reader, node, feature);
    else if (status == CNN_OK)
        status =
            append(reader, node,
                   (cnn_node_request){
                       .op = op, .input = inputs[0], .others = inputs + 1, .other_count = (int)count - 1});
    cnn_free(inputs);
    return status;
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
