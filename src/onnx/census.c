#include "onnx/census.h"

#include "base/memory.h"
#include "base/text.h"
#include "onnx/evaluate.h"
#include "onnx/unpack.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* All nodes, one count each, before those of one operator are put together. */
typedef struct census {
    cnn_onnx_count *counts; /* NULL: they are only numbered */
    int64_t count;
} census;

static void add_node(census *all, const CnnOnnx__NodeProto *node);

static void add_graph(census *all, const CnnOnnx__GraphProto *graph) {
    for (size_t i = 0; graph && i < graph->n_node; i++)
        add_node(all, graph->node[i]);
}

static void add_node(census *all, const CnnOnnx__NodeProto *node) {
    const cnn_onnx_source nowhere = {.origin = ""};
    if (all->counts)
        all->counts[all->count] =
            (cnn_onnx_count){.domain = cnn_onnx_is_own_domain(node->domain) ? "" : node->domain,
                             .name = node->op_type ? node->op_type : "",
                             .node = node,
                             .nodes = all->count, /* its place, until they are sorted */
                             .known = cnn_onnx_check_operator(node, &nowhere) == CNN_OK};
    all->count++;
    for (size_t k = 0; k < node->n_attribute; k++)
        add_graph(all, node->attribute[k]->g);
}

static void add_needed(census *all, const cnn_onnx_graph *graph) {
    for (int64_t i = 0; i < graph->ordered; i++)
        add_node(all, graph->proto->node[graph->order[i]]);
}

static int by_name(const void *a, const void *b) {
    const cnn_onnx_count *first = a, *second = b;
    const int names = strcmp(first->name, second->name);
    return names ? names : strcmp(first->domain, second->domain);
}

/* Those of one operator in the order of the graph. */
static int by_name_and_place(const void *a, const void *b) {
    const cnn_onnx_count *first = a, *second = b;
    const int names = by_name(a, b);
    return names ? names : (first->nodes > second->nodes) - (first->nodes < second->nodes);
}

static int64_t put_together(cnn_onnx_count *counts, int64_t count) {
    int64_t kept = 0;
    for (int64_t i = 0; i < count; i++)
        if (kept > 0 && by_name(&counts[kept - 1], &counts[i]) == 0)
            counts[kept - 1].nodes++;
        else {
            counts[kept] = counts[i];
            counts[kept++].nodes = 1;
        }
    return kept;
}

cnn_status cnn_onnx_count_operators(const cnn_onnx_graph *graph, cnn_onnx_count **counts, int64_t *count,
                                    cnn_error *error) {
    census all = {0};
    add_needed(&all, graph);
    *counts = cnn_allocate((size_t)all.count, sizeof **counts, "a graph's operators", error);
    if (!*counts)
        return CNN_ERROR_MEMORY;
    all = (census){.counts = *counts};
    add_needed(&all, graph);
    qsort(*counts, (size_t)all.count, sizeof **counts, by_name_and_place);
    *count = put_together(*counts, all.count);
    return CNN_OK;
}

/* ---- What is missing ------------------------------------------------------------------------------- */

/* `LSTM (node "a" and 2 more)` */
static void name_missing(cnn_text *text, const cnn_onnx_count *missing) {
    cnn_text_append(text, "%s%s%s%s (node \"%s\"", text->length ? ", " : "",
                    cnn_onnx_printable(missing->domain).text, *missing->domain ? "." : "",
                    cnn_onnx_printable(missing->name).text, cnn_onnx_printable(missing->node->name).text);
    if (missing->nodes > 1)
        cnn_text_append(text, " and %" PRId64 " more", missing->nodes - 1);
    cnn_text_append(text, ")");
}

static cnn_status fail_missing(const cnn_onnx_graph *graph, const cnn_onnx_count *counts, int64_t count,
                               int64_t missing, cnn_error *error) {
    cnn_text names = {0};
    const cnn_onnx_source source = {.origin = graph->origin, .error = error};
    for (int64_t i = 0; i < count; i++) {
        if (!counts[i].known && missing == 1)
            return cnn_onnx_check_operator(counts[i].node, &source);
        if (!counts[i].known)
            name_missing(&names, &counts[i]);
    }
    const cnn_status status =
        names.failed ? cnn_fail(error, CNN_ERROR_MEMORY, "out of memory: the names of operators")
                     : cnn_fail(error, CNN_ERROR_UNSUPPORTED,
                                "%.200s: %" PRId64
                                " operators are not supported (docs/onnx.md lists those that are): %s",
                                graph->origin, missing, names.data);
    cnn_free(names.data);
    return status;
}

cnn_status cnn_onnx_check_operators(const cnn_onnx_graph *graph, const cnn_onnx_count *counts, int64_t count,
                                    cnn_error *error) {
    int64_t missing = 0;
    for (int64_t i = 0; i < count; i++)
        missing += !counts[i].known;
    return missing ? fail_missing(graph, counts, count, missing, error) : CNN_OK;
}
