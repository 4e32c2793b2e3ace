#include "onnx/layers/views.h"

#include "base/memory.h"
#include "graph/text.h"
#include "onnx/array.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

cnn_onnx_node cnn_onnx_node_at(const cnn_onnx_reader *reader, int64_t index) {
    return (cnn_onnx_node){.proto = reader->graph.proto->node[index], .index = index};
}

static cnn_onnx_value *value_of(const cnn_onnx_reader *reader, int64_t symbol) {
    return symbol < 0 ? NULL : &reader->values[symbol];
}

cnn_onnx_value *cnn_onnx_input(const cnn_onnx_reader *reader, const cnn_onnx_node *node, size_t k) {
    return k < node->proto->n_input ? value_of(reader, reader->graph.links[node->index].inputs[k]) : NULL;
}

cnn_onnx_value *cnn_onnx_output_number(const cnn_onnx_reader *reader, const cnn_onnx_node *node, size_t k) {
    return value_of(reader, reader->graph.links[node->index].outputs[k]);
}

cnn_onnx_value *cnn_onnx_output(const cnn_onnx_reader *reader, const cnn_onnx_node *node) {
    return cnn_onnx_output_number(reader, node, 0);
}

int64_t cnn_onnx_only_user(const cnn_onnx_reader *reader, const cnn_onnx_node *node) {
    const cnn_onnx_symbol *made = cnn_onnx_output(reader, node)->symbol;
    return made->uses == 1 ? made->user : CNN_ONNX_NO_NODE;
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
    const char *name = weight ? weight->symbol->name : "";
    const size_t length = strlen(name);
    const bool is_weight = length >= sizeof end && strcmp(name + length - (sizeof end - 1), end) == 0;
    return is_weight && weight->constant ? length - (sizeof end - 1) : 0;
}

/* The first few in turn, then the number of layers, so that many layers of one name do not take long. */
static int64_t next_number(const cnn_onnx_reader *reader, int64_t number) {
    enum { FEW = 100 };
    return number == FEW && reader->net->node_count > FEW ? reader->net->node_count : number + 1;
}

/* A name that no layer has yet: that of its weight, so that parameters keep their names, or the node's. NULL:
 * let the network make one. */
static const char *layer_name(const cnn_onnx_reader *reader, const cnn_onnx_node *node, const cnn_op *op,
                              char name[LONGEST_NAME + 24]) {
    char clean[LONGEST_NAME + 1] = "";
    const size_t stem = op->parameters ? weight_stem(reader, node) : 0;
    if (stem)
        clean_name(node->proto->input[1], stem, clean);
    if (stem && cnn_find_node(reader->net, clean) >= 0) /* two layers share it */
        *clean = '\0';
    if (*clean == '\0' && node->proto->name)
        clean_name(node->proto->name, strlen(node->proto->name), clean);
    if (!*clean)
        return NULL;
    snprintf(name, LONGEST_NAME + 24, "%s", clean);
    for (int64_t number = 2; cnn_find_node(reader->net, name) >= 0 || cnn_text_reserves(name);
         number = next_number(reader, number))
        snprintf(name, LONGEST_NAME + 24, "%s_%" PRId64, clean, number);
    return name;
}

int64_t cnn_onnx_max_values(const cnn_onnx_reader *reader) {
    return cnn_onnx_constant_budget(reader->stored).bytes / (int64_t)sizeof(float);
}

cnn_status cnn_onnx_append_request(cnn_onnx_reader *reader, const cnn_onnx_node *node, size_t k,
                                   cnn_node_request request) {
    cnn_net *net = reader->net;
    char name[LONGEST_NAME + 24];
    cnn_onnx_value *output = cnn_onnx_output_number(reader, node, k);
    request.name = layer_name(reader, node, request.op, name);
    cnn_layer layer = cnn_net_append(net, &request);
    if (!layer)
        return cnn_onnx_fail(node, net->error.status, "%s", net->error.message);
    if (net->value_count > cnn_onnx_max_values(reader))
        return cnn_onnx_fail(
            node, CNN_ERROR_UNSUPPORTED,
            "layers share their weights so often that the network would be many times larger than "
            "the file");
    cnn_error error;
    if (cnn_net_make_values(net, &error) != CNN_OK)
        return cnn_onnx_fail(node, CNN_ERROR_MEMORY, "%s", error.message);
    output->layer = layer;
    output->view = cnn_onnx_view_of(&net->nodes[layer - 1].output);
    return CNN_OK;
}

/* The axes of what a layer makes of a map: N,C,H,W, or N,C,L where that went in, or as many axes as went in where one row and
 * column are left. */
static cnn_onnx_view view_of_map(const cnn_onnx_view *input, const cnn_shape *output) {
    const int line = cnn_onnx_view_line(input);
    const int64_t area = output->dim[CNN_ONNX_ROWS] * output->dim[CNN_ONNX_COLUMNS];
    if (line >= 0 && output->dim[line] == area)
        return cnn_onnx_view_of_line(output, line);
    return area == 1 ? cnn_onnx_view_of_channels(input, output->dim[CNN_ONNX_CHANNELS])
                     : cnn_onnx_view_of(output);
}

cnn_status cnn_onnx_append(cnn_onnx_reader *reader, const cnn_onnx_node *node, const cnn_op *op,
                           const cnn_options *options, const cnn_onnx_value *first,
                           const cnn_onnx_value *second) {
    const cnn_onnx_view view = first->view;
    const bool map = cnn_onnx_shape(reader, first)->rank > 1;
    cnn_status status = cnn_onnx_append_request(reader, node, 0,
                                                (cnn_node_request){.op = op,
                                                                   .options = options,
                                                                   .input = first->layer,
                                                                   .others = second ? &second->layer : NULL,
                                                                   .other_count = second != NULL});
    cnn_onnx_value *output = cnn_onnx_output(reader, node);
    if (status == CNN_OK && op->keeps_layout)
        output->view = view;
    else if (status == CNN_OK && map && cnn_onnx_shape(reader, output)->rank > 1)
        output->view = view_of_map(&view, cnn_onnx_shape(reader, output));
    return status;
}

/* ---- Several inputs -------------------------------------------------------------------------------- */

/* Where inputs meet value by value, their axes must be the same; *view is that of the largest. */
static cnn_status meet(const cnn_onnx_node *node, const cnn_onnx_value *feature, cnn_onnx_view *view) {
    char first[CNN_ONNX_VIEW_TEXT], other[CNN_ONNX_VIEW_TEXT];
    if (!cnn_onnx_view_meets(view, &feature->view))
        return cnn_onnx_fail(node, CNN_ERROR_UNSUPPORTED,
                             "its inputs have the axes %s and %s, which do not match",
                             cnn_onnx_view_text(view, first), cnn_onnx_view_text(&feature->view, other));
    if (cnn_onnx_view_elements(&feature->view) > cnn_onnx_view_elements(view))
        *view = feature->view;
    return CNN_OK;
}

/* All inputs must be feature maps. */
static cnn_status collect_inputs(const cnn_onnx_reader *reader, const cnn_onnx_node *node, cnn_layer *inputs,
                                 cnn_onnx_view *view) {
    cnn_onnx_value *feature;
    cnn_status status = CNN_OK;
    for (size_t k = 0; status == CNN_OK && k < node->proto->n_input; k++) {
        status = cnn_onnx_feature(reader, node, k, &feature);
        if (status != CNN_OK)
            return status;
        inputs[k] = feature->layer;
        if (k == 0)
            *view = feature->view;
        status = meet(node, feature, view);
    }
    return status;
}

/* The axes of the largest input, unless the output is larger than any: then those of a map. */
static cnn_status give_joined_view(const cnn_onnx_reader *reader, const cnn_onnx_node *node,
                                   const cnn_onnx_view *largest) {
    cnn_onnx_value *output = cnn_onnx_output(reader, node);
    char text[CNN_ONNX_VIEW_TEXT];
    if (cnn_onnx_view_elements(largest) == cnn_onnx_view_elements(&output->view)) {
        output->view = *largest;
        return CNN_OK;
    }
    for (size_t k = 0; k < node->proto->n_input; k++) {
        const cnn_onnx_view *view = &cnn_onnx_input(reader, node, k)->view;
        if (!cnn_onnx_view_is_map(view))
            return cnn_onnx_fail(
                node, CNN_ERROR_UNSUPPORTED,
                "both inputs are to be repeated, which needs N,C,H,W; input %zu has the axes %s", k,
                cnn_onnx_view_text(view, text));
    }
    return CNN_OK;
}

cnn_status cnn_onnx_append_joined(cnn_onnx_reader *reader, const cnn_onnx_node *node, const cnn_op *op) {
    const size_t count = node->proto->n_input;
    cnn_onnx_view view = {0};
    cnn_layer *inputs = cnn_allocate(count, sizeof *inputs, "an ONNX node's inputs", reader->error);
    cnn_status status = inputs ? collect_inputs(reader, node, inputs, &view) : CNN_ERROR_MEMORY;
    if (status == CNN_OK && count == 1)
        status = cnn_onnx_pass_on(reader, node, cnn_onnx_input(reader, node, 0));
    else if (status == CNN_OK) {
        status = cnn_onnx_append_request(
            reader, node, 0,
            (cnn_node_request){
                .op = op, .input = inputs[0], .others = inputs + 1, .other_count = (int)count - 1});
        if (status == CNN_OK && op->keeps_layout)
            status = give_joined_view(reader, node, &view);
    }
    cnn_free(inputs);
    return status;
}

/* ---- Axes ------------------------------------------------------------------------------------------ */

cnn_status cnn_onnx_pass_on(const cnn_onnx_reader *reader, const cnn_onnx_node *node,
                            const cnn_onnx_value *feature) {
    cnn_onnx_value *output = cnn_onnx_output(reader, node);
    output->layer = feature->layer;
    output->view = feature->view;
    return CNN_OK;
}

/* Operators that see a value in other axes, or ask for its shape alone. */
static bool is_view(const CnnOnnx__NodeProto *node) {
    return cnn_onnx_is_view(node->op_type) || (node->op_type && strcmp(node->op_type, "Shape") == 0);
}

static bool reads(const cnn_onnx_reader *reader, int64_t index, const cnn_onnx_value *value) {
    const cnn_onnx_node node = cnn_onnx_node_at(reader, index);
    for (size_t k = 0; k < node.proto->n_input; k++)
        if (cnn_onnx_input(reader, &node, k) == value)
            return true;
    return false;
}

/* Whether a layer, or the graph's output, takes the value as it is. */
static bool is_read_by_layers(const cnn_onnx_reader *reader, const cnn_onnx_value *value) {
    const cnn_onnx_graph *graph = &reader->graph;
    if (value == reader->output)
        return true;
    for (int64_t i = value->symbol->producer + 1; i <= value->symbol->user; i++)
        if (graph->needed[i] && !is_view(graph->proto->node[i]) && reads(reader, i, value))
            return true;
    return false;
}

cnn_status cnn_onnx_give_view(cnn_onnx_reader *reader, const cnn_onnx_node *node,
                              const cnn_onnx_value *feature, const cnn_onnx_view *view) {
    cnn_onnx_value *output = cnn_onnx_output(reader, node);
    const cnn_onnx_view given = *view;
    const bool map = cnn_onnx_shape(reader, feature)->rank > 1, read = is_read_by_layers(reader, output);
    const bool flattens = map && cnn_onnx_view_is_flat(view) && read;
    const bool unflattens = !map && view->rank == CNN_ONNX_PARTS + 1 && read;
    const cnn_options one = {.unflatten = {.size = {1, 1}}};
    cnn_status status = flattens     ? cnn_onnx_append(reader, node, &cnn_op_flatten, NULL, feature, NULL)
                        : unflattens ? cnn_onnx_append(reader, node, &cnn_op_unflatten, &one, feature, NULL)
                                     : cnn_onnx_pass_on(reader, node, feature);
    output->view = given;
    return status;
}

cnn_status cnn_onnx_channels_first(const cnn_onnx_node *node, const cnn_onnx_value *feature) {
    const cnn_onnx_view *view = &feature->view;
    char text[CNN_ONNX_VIEW_TEXT];
    if (cnn_onnx_view_holds(view, 1, CNN_ONNX_CHANNELS) ||
        (cnn_onnx_view_is_flat(view) && cnn_onnx_view_is_in_order(view)))
        return CNN_OK;
    return cnn_onnx_fail(node, CNN_ERROR_UNSUPPORTED,
                         "its input has the axes %s, expected the channels first",
                         cnn_onnx_view_text(view, text));
}

float *cnn_onnx_parameter(const cnn_onnx_reader *reader, int k) {
    const cnn_net *net = reader->net;
    const cnn_node *last = &net->nodes[net->node_count - 1];
    return net->values + net->parameters[last->first_parameter + k].offset;
}
