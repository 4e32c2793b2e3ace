#include "onnx/values.h"

#include "base/memory.h"

/* How many inputs of the graph are no initialisers and are read by a node, or by none; `reader->input` is the last of them. */
static int inputs_of(cnn_onnx_reader *reader, bool are_read) {
    const cnn_onnx_graph *graph = &reader->graph;
    int inputs = 0;
    for (size_t i = 0; i < graph->proto->n_input; i++) {
        const int64_t number = cnn_onnx_find_symbol(graph, graph->proto->input[i]->name);
        const cnn_onnx_symbol *symbol = number < 0 ? NULL : &graph->symbols[number];
        if (symbol && (symbol->initialiser || (symbol->uses > 0) != are_read))
            continue;
        reader->input = symbol ? &reader->values[number] : NULL;
        inputs++;
    }
    return inputs;
}

/* Old models list initialisers among the inputs, too, and Keras lists values that became constants, which no node reads: the
 * one that is neither is the network's. Where no node reads any, the reader finds out what is wrong with the nodes. */
static cnn_status find_input(cnn_onnx_reader *reader) {
    int inputs = inputs_of(reader, true);
    if (inputs == 0)
        inputs = inputs_of(reader, false);
    if (inputs != 1 || !reader->input)
        return cnn_fail(reader->error, CNN_ERROR_UNSUPPORTED,
                        "%s: a network has one named input, but this graph has %d", reader->graph.origin,
                        inputs);
    return CNN_OK;
}

static cnn_status find_output(cnn_onnx_reader *reader) {
    const cnn_onnx_graph *graph = &reader->graph;
    if (graph->proto->n_output != 1)
        return cnn_fail(reader->error, CNN_ERROR_UNSUPPORTED,
                        "%s: a network has one output, but this graph has %zu", graph->origin,
                        graph->proto->n_output);
    reader->output = &reader->values[graph->outputs[0]];
    if (reader->output->symbol->producer == CNN_ONNX_NO_NODE)
        return cnn_fail(reader->error, CNN_ERROR_FORMAT, "%s: no node produces the graph's output \"%s\"",
                        graph->origin, cnn_onnx_printable(reader->output->symbol->name).text);
    return CNN_OK;
}

static cnn_status check_order(const cnn_onnx_reader *reader) {
    const cnn_onnx_graph *graph = &reader->graph;
    for (size_t i = 0; i < graph->proto->n_node; i++)
        for (size_t k = 0; graph->needed[i] && k < graph->proto->node[i]->n_input; k++) {
            const int64_t number = graph->links[i].inputs[k];
            if (number >= 0 && graph->symbols[number].producer > (int64_t)i)
                return cnn_fail(reader->error, CNN_ERROR_FORMAT,
                                "%s: node \"%s\" reads \"%s\", which is produced after it", graph->origin,
                                cnn_onnx_printable(graph->proto->node[i]->name).text,
                                cnn_onnx_printable(graph->symbols[number].name).text);
        }
    return CNN_OK;
}

cnn_status cnn_onnx_values_open(cnn_onnx_reader *reader, const CnnOnnx__GraphProto *proto,
                                const char *origin) {
    cnn_onnx_graph *graph = &reader->graph;
    cnn_status status = cnn_onnx_graph_open(graph, proto, origin, reader->error);
    if (status != CNN_OK)
        return status;
    reader->values =
        cnn_allocate((size_t)graph->count, sizeof *reader->values, "an ONNX graph's values", reader->error);
    if (!reader->values)
        return CNN_ERROR_MEMORY;
    for (int64_t i = 0; i < graph->count; i++)
        reader->values[i] =
            (cnn_onnx_value){.symbol = &graph->symbols[i], .constant = graph->symbols[i].initialiser};
    return check_order(reader);
}

cnn_status cnn_onnx_find_ends(cnn_onnx_reader *reader) {
    cnn_status status = find_input(reader);
    return status == CNN_OK ? find_output(reader) : status;
}

void cnn_onnx_values_free(cnn_onnx_reader *reader) {
    cnn_free(reader->values);
    cnn_onnx_graph_free(&reader->graph);
}
