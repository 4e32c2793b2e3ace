#include "onnx/graph.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

cnn_onnx_text cnn_onnx_printable(const char *name) {
    cnn_onnx_text printable = {""};
    for (size_t i = 0; name && name[i] && i < sizeof printable.text - 1; i++)
        printable.text[i] = name[i] >= ' ' && name[i] <= '~' ? name[i] : '?';
    return printable;
}

static int by_name(const void *a, const void *b) {
    const cnn_onnx_value *first = a, *second = b;
    return strcmp(first->name, second->name);
}

cnn_onnx_value *cnn_onnx_find_value(const cnn_onnx_graph *graph, const char *name) {
    const cnn_onnx_value key = {.name = name};
    return name ? bsearch(&key, graph->values, (size_t)graph->count, sizeof key, by_name) : NULL;
}

/* ---- Collecting the values ------------------------------------------------------------------------- */

static void add_value(cnn_onnx_graph *graph, const char *name, int64_t producer,
                      const CnnOnnx__TensorProto *constant) {
    if (name && *name)
        graph->values[graph->count++] = (cnn_onnx_value){
            .name = name, .producer = producer, .user = CNN_ONNX_NO_NODE, .constant = constant};
}

static size_t most_values(const CnnOnnx__GraphProto *proto) {
    size_t most = proto->n_initializer + 1;
    for (size_t i = 0; i < proto->n_node; i++)
        most += proto->node[i]->n_output;
    return most;
}

static void sort_values(cnn_onnx_graph *graph) {
    qsort(graph->values, (size_t)graph->count, sizeof *graph->values, by_name);
}

/* Old models list initialisers among the inputs, too: the one that is none is the network's. */
static cnn_status find_input(cnn_onnx_graph *graph, cnn_error *error) {
    const CnnOnnx__GraphProto *proto = graph->proto;
    int inputs = 0;
    for (size_t i = 0; i < proto->n_input; i++)
        if (!cnn_onnx_find_value(graph, proto->input[i]->name)) {
            graph->input = proto->input[i];
            inputs++;
        }
    if (inputs != 1 || !graph->input->name || !*graph->input->name)
        return cnn_fail(error, CNN_ERROR_UNSUPPORTED,
                        "%s: a network has one input with a name, this graph has %d", graph->origin, inputs);
    return CNN_OK;
}

static cnn_status collect_values(cnn_onnx_graph *graph, cnn_error *error) {
    const CnnOnnx__GraphProto *proto = graph->proto;
    graph->values = cnn_allocate(most_values(proto), sizeof *graph->values, "an ONNX graph's values", error);
    if (!graph->values)
        return CNN_ERROR_MEMORY;
    for (size_t i = 0; i < proto->n_initializer; i++)
        add_value(graph, proto->initializer[i]->name, CNN_ONNX_NO_NODE, proto->initializer[i]);
    sort_values(graph);
    cnn_status status = find_input(graph, error);
    if (status != CNN_OK)
        return status;
    add_value(graph, graph->input->name, CNN_ONNX_NO_NODE, NULL);
    for (size_t i = 0; i < proto->n_node; i++)
        for (size_t k = 0; k < proto->node[i]->n_output; k++)
            add_value(graph, proto->node[i]->output[k], (int64_t)i, NULL);
    sort_values(graph);
    for (int64_t i = 1; i < graph->count; i++)
        if (by_name(&graph->values[i - 1], &graph->values[i]) == 0)
            return cnn_fail(error, CNN_ERROR_FORMAT, "%s: the value \"%s\" is made twice", graph->origin,
                            cnn_onnx_printable(graph->values[i].name).text);
    return CNN_OK;
}

/* ---- What the output needs ------------------------------------------------------------------------- */

static cnn_status find_output(cnn_onnx_graph *graph, cnn_error *error) {
    const CnnOnnx__GraphProto *proto = graph->proto;
    if (proto->n_output != 1)
        return cnn_fail(error, CNN_ERROR_UNSUPPORTED, "%s: a network has one output, this graph has %zu",
                        graph->origin, proto->n_output);
    cnn_onnx_value *output = cnn_onnx_find_value(graph, proto->output[0]->name);
    if (!output || output->producer == CNN_ONNX_NO_NODE)
        return cnn_fail(error, CNN_ERROR_FORMAT, "%s: no node makes the graph's output \"%s\"", graph->origin,
                        cnn_onnx_printable(proto->output[0]->name).text);
    output->uses++;
    graph->output = output;
    return CNN_OK;
}

static cnn_status use_value(cnn_onnx_graph *graph, const char *name, int64_t user, cnn_error *error) {
    cnn_onnx_value *value = cnn_onnx_find_value(graph, name);
    if (!value || value->producer >= user)
        return cnn_fail(error, CNN_ERROR_FORMAT, "%s: node \"%s\" reads \"%s\", which %s", graph->origin,
                        cnn_onnx_printable(graph->proto->node[user]->name).text,
                        cnn_onnx_printable(name).text, value ? "is made after it" : "nothing makes");
    value->uses++;
    if (value->user < user)
        value->user = user;
    if (value->producer != CNN_ONNX_NO_NODE)
        graph->needed[value->producer] = true;
    return CNN_OK;
}

/* From the output back: nodes stand in the order of their work, so one pass meets every user before its
 * source. */
static cnn_status mark_needed(cnn_onnx_graph *graph, cnn_error *error) {
    cnn_status status = CNN_OK;
    graph->needed = cnn_allocate(graph->proto->n_node, sizeof *graph->needed, "an ONNX graph's nodes", error);
    if (!graph->needed)
        return CNN_ERROR_MEMORY;
    graph->needed[graph->output->producer] = true;
    for (int64_t i = graph->output->producer; status == CNN_OK && i >= 0; i--) {
        const CnnOnnx__NodeProto *node = graph->proto->node[i];
        for (size_t k = 0; graph->needed[i] && status == CNN_OK && k < node->n_input; k++)
            if (*node->input[k])
                status = use_value(graph, node->input[k], i, error);
    }
    return status;
}

cnn_status cnn_onnx_graph_open(cnn_onnx_graph *graph, const CnnOnnx__GraphProto *proto, const char *origin,
                               cnn_error *error) {
    *graph = (cnn_onnx_graph){.origin = origin, .proto = proto};
    cnn_status status = collect_values(graph, error);
    if (status == CNN_OK)
        status = find_output(graph, error);
    return status == CNN_OK ? mark_needed(graph, error) : status;
}

void cnn_onnx_graph_free(cnn_onnx_graph *graph) {
    cnn_free(graph->values);
    cnn_free(graph->needed);
}
