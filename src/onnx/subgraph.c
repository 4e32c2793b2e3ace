#include "onnx/subgraph.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

void cnn_onnx_names_free(cnn_onnx_names *names) {
    cnn_free(names->all);
    *names = (cnn_onnx_names){0};
}

static cnn_status add_name(cnn_onnx_names *names, const char *name, cnn_error *error) {
    if (!name || !*name)
        return CNN_OK;
    cnn_status status = cnn_grow((void **)&names->all, names->count, &names->capacity, sizeof *names->all,
                                 "names of a graph", error);
    if (status == CNN_OK)
        names->all[names->count++] = name;
    return status;
}

static cnn_status add_names(cnn_onnx_names *names, char *const *all, size_t count, cnn_error *error) {
    cnn_status status = CNN_OK;
    for (size_t i = 0; status == CNN_OK && i < count; i++)
        status = add_name(names, all[i], error);
    return status;
}

static int by_text(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void sort_once(cnn_onnx_names *names) {
    int64_t kept = 0;
    if (names->count > 0)
        qsort(names->all, (size_t)names->count, sizeof *names->all, by_text);
    for (int64_t i = 0; i < names->count; i++)
        if (kept == 0 || strcmp(names->all[kept - 1], names->all[i]) != 0)
            names->all[kept++] = names->all[i];
    names->count = kept;
}

static bool has_name(const cnn_onnx_names *sorted, const char *name) {
    return sorted->count > 0 &&
           bsearch(&name, sorted->all, (size_t)sorted->count, sizeof *sorted->all, by_text) != NULL;
}

/* All that the graph makes. */
static cnn_status collect_made(const CnnOnnx__GraphProto *graph, cnn_onnx_names *made, cnn_error *error) {
    cnn_status status = CNN_OK;
    for (size_t i = 0; status == CNN_OK && i < graph->n_initializer; i++)
        status = add_name(made, graph->initializer[i]->name, error);
    for (size_t i = 0; status == CNN_OK && i < graph->n_input; i++)
        status = add_name(made, graph->input[i]->name, error);
    for (size_t i = 0; status == CNN_OK && i < graph->n_node; i++)
        status = add_names(made, graph->node[i]->output, graph->node[i]->n_output, error);
    if (status == CNN_OK)
        sort_once(made);
    return status;
}

/* All that the graph reads, and those within it from outside of them. */
static cnn_status collect_read(const CnnOnnx__GraphProto *graph, cnn_onnx_names *read, cnn_error *error) {
    cnn_status status = CNN_OK;
    for (size_t i = 0; status == CNN_OK && i < graph->n_output; i++)
        status = add_name(read, graph->output[i]->name, error);
    for (size_t i = 0; status == CNN_OK && i < graph->n_node; i++) {
        status = add_names(read, graph->node[i]->input, graph->node[i]->n_input, error);
        if (status == CNN_OK)
            status = cnn_onnx_captured_by_node(graph->node[i], read, error);
    }
    return status;
}

/* Files are nested at most 32 deep (onnx/wire.h), and so is this. */
cnn_status cnn_onnx_captured_by_graph(const CnnOnnx__GraphProto *graph, cnn_onnx_names *names,
                                      cnn_error *error) {
    cnn_onnx_names made = {0}, read = {0};
    cnn_status status = collect_made(graph, &made, error);
    if (status == CNN_OK)
        status = collect_read(graph, &read, error);
    for (int64_t i = 0; status == CNN_OK && i < read.count; i++)
        if (!has_name(&made, read.all[i]))
            status = add_name(names, read.all[i], error);
    cnn_onnx_names_free(&made);
    cnn_onnx_names_free(&read);
    sort_once(names);
    return status;
}

cnn_status cnn_onnx_captured_by_node(const CnnOnnx__NodeProto *node, cnn_onnx_names *names,
                                     cnn_error *error) {
    cnn_status status = CNN_OK;
    for (size_t k = 0; status == CNN_OK && k < node->n_attribute; k++)
        if (node->attribute[k]->g)
            status = cnn_onnx_captured_by_graph(node->attribute[k]->g, names, error);
    return status;
}
