#include "onnx/graph.h"

#include "base/memory.h"
#include "onnx/subgraph.h"

#include <stdlib.h>
#include <string.h>

cnn_onnx_text cnn_onnx_printable(const char *name) {
    cnn_onnx_text printable = {""};
    for (size_t i = 0; name && name[i] && i < sizeof printable.text - 1; i++)
        printable.text[i] = name[i] >= ' ' && name[i] <= '~' ? name[i] : '?';
    return printable;
}

/* ---- Symbols --------------------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b) {
    const cnn_onnx_symbol *first = a, *second = b;
    return strcmp(first->name, second->name);
}

int64_t cnn_onnx_find_symbol(const cnn_onnx_graph *graph, const char *name) {
    const cnn_onnx_symbol key = {.name = name};
    if (!name || !*name)
        return CNN_ONNX_LEFT_OUT;
    const cnn_onnx_symbol *found = bsearch(&key, graph->symbols, (size_t)graph->count, sizeof key, by_name);
    return found ? found - graph->symbols : CNN_ONNX_UNKNOWN;
}

static size_t max_symbols(const CnnOnnx__GraphProto *proto, const cnn_onnx_names *captured) {
    size_t count = proto->n_initializer + proto->n_input + (size_t)captured->count;
    for (size_t i = 0; i < proto->n_node; i++)
        count += proto->node[i]->n_output;
    return count;
}

static void add_symbol(cnn_onnx_graph *graph, cnn_onnx_symbol symbol) {
    symbol.user = CNN_ONNX_NO_NODE;
    if (symbol.name && *symbol.name)
        graph->symbols[graph->count++] = symbol;
}

/* Old models list initialisers among the inputs, too: the two are one value. */
static bool merge(cnn_onnx_symbol *kept, const cnn_onnx_symbol *same) {
    const bool fits = kept->producer < 0 && same->producer < 0 && !kept->input != !same->input;
    if (same->input)
        kept->input = same->input;
    else
        kept->initialiser = same->initialiser;
    return fits;
}

/* Symbols of one name stand side by side by now: keep one of each. */
static cnn_status merge_all(cnn_onnx_graph *graph, cnn_error *error) {
    int64_t kept = 0;
    for (int64_t i = 0; i < graph->count; i++)
        if (kept > 0 && by_name(&graph->symbols[kept - 1], &graph->symbols[i]) == 0) {
            if (!merge(&graph->symbols[kept - 1], &graph->symbols[i]))
                return cnn_fail(error, CNN_ERROR_FORMAT, "%s: the value \"%s\" is produced twice",
                                graph->origin, cnn_onnx_printable(graph->symbols[i].name).text);
        } else
            graph->symbols[kept++] = graph->symbols[i];
    graph->count = kept;
    return CNN_OK;
}

static cnn_status collect_symbols(cnn_onnx_graph *graph, const cnn_onnx_names *captured, cnn_error *error) {
    const CnnOnnx__GraphProto *proto = graph->proto;
    graph->symbols =
        cnn_allocate(max_symbols(proto, captured), sizeof *graph->symbols, "an ONNX graph's values", error);
    if (!graph->symbols)
        return CNN_ERROR_MEMORY;
    for (size_t i = 0; i < proto->n_initializer; i++)
        add_symbol(graph, (cnn_onnx_symbol){.name = proto->initializer[i]->name,
                                            .producer = CNN_ONNX_NO_NODE,
                                            .initialiser = proto->initializer[i]});
    for (size_t i = 0; i < proto->n_input; i++)
        add_symbol(graph, (cnn_onnx_symbol){.name = proto->input[i]->name,
                                            .producer = CNN_ONNX_NO_NODE,
                                            .input = proto->input[i]});
    for (size_t i = 0; i < proto->n_node; i++)
        for (size_t k = 0; k < proto->node[i]->n_output; k++)
            add_symbol(graph, (cnn_onnx_symbol){.name = proto->node[i]->output[k], .producer = (int64_t)i});
    for (int64_t i = 0; i < captured->count; i++)
        add_symbol(graph, (cnn_onnx_symbol){
                              .name = captured->all[i], .producer = CNN_ONNX_NO_NODE, .captured = true});
    qsort(graph->symbols, (size_t)graph->count, sizeof *graph->symbols, by_name);
    return merge_all(graph, error);
}

/* ---- Links ----------------------------------------------------------------------------------------- */

/* The number of what a node reads. */
static cnn_status find_input(const cnn_onnx_graph *graph, const CnnOnnx__NodeProto *node, const char *name,
                             int64_t *number, cnn_error *error) {
    *number = cnn_onnx_find_symbol(graph, name);
    if (*number != CNN_ONNX_UNKNOWN)
        return CNN_OK;
    return cnn_fail(error, CNN_ERROR_FORMAT, "%s: node \"%s\" reads \"%s\", which no node produces",
                    graph->origin, cnn_onnx_printable(node->name).text, cnn_onnx_printable(name).text);
}

/* Numbers of the values that a node and the graphs within it read, then of those it makes. */
static cnn_status link_node(cnn_onnx_graph *graph, int64_t node, const cnn_onnx_names *captured,
                            int64_t *numbers, cnn_error *error) {
    const CnnOnnx__NodeProto *proto = graph->proto->node[node];
    cnn_onnx_links *links = &graph->links[node];
    cnn_status status = CNN_OK;
    *links = (cnn_onnx_links){.inputs = numbers, .input_count = (int64_t)proto->n_input + captured->count};
    links->outputs = numbers + links->input_count;
    for (size_t k = 0; status == CNN_OK && k < proto->n_input; k++)
        status = find_input(graph, proto, proto->input[k], &links->inputs[k], error);
    for (int64_t k = 0; status == CNN_OK && k < captured->count; k++)
        status =
            find_input(graph, proto, captured->all[k], &links->inputs[(int64_t)proto->n_input + k], error);
    for (size_t k = 0; k < proto->n_output; k++)
        links->outputs[k] = cnn_onnx_find_symbol(graph, proto->output[k]);
    return status;
}

static cnn_status link_outputs(cnn_onnx_graph *graph, cnn_error *error) {
    const CnnOnnx__GraphProto *proto = graph->proto;
    if (proto->n_output == 0)
        return cnn_fail(error, CNN_ERROR_FORMAT, "%s: the graph has no outputs", graph->origin);
    for (size_t i = 0; i < proto->n_output; i++) {
        graph->outputs[i] = cnn_onnx_find_symbol(graph, proto->output[i]->name);
        if (graph->outputs[i] < 0)
            return cnn_fail(error, CNN_ERROR_FORMAT, "%s: no node produces the graph's output \"%s\"",
                            graph->origin, cnn_onnx_printable(proto->output[i]->name).text);
    }
    return CNN_OK;
}

static cnn_status make_links(cnn_onnx_graph *graph, const cnn_onnx_names *captured, cnn_error *error) {
    const CnnOnnx__GraphProto *proto = graph->proto;
    size_t numbers = 0;
    for (size_t i = 0; i < proto->n_node; i++)
        numbers += proto->node[i]->n_input + (size_t)captured[i].count + proto->node[i]->n_output;
    graph->links = cnn_allocate(proto->n_node, sizeof *graph->links, "an ONNX graph's nodes", error);
    graph->numbers = cnn_allocate(numbers, sizeof *graph->numbers, "an ONNX graph's nodes", error);
    graph->needed = cnn_allocate(proto->n_node, sizeof *graph->needed, "an ONNX graph's nodes", error);
    graph->order = cnn_allocate(proto->n_node, sizeof *graph->order, "an ONNX graph's nodes", error);
    graph->outputs = cnn_allocate(proto->n_output, sizeof *graph->outputs, "an ONNX graph's outputs", error);
    return graph->links && graph->numbers && graph->needed && graph->order && graph->outputs
               ? CNN_OK
               : CNN_ERROR_MEMORY;
}

/* `captured` has the names for each node. */
static cnn_status link_nodes(cnn_onnx_graph *graph, cnn_onnx_names *captured, cnn_error *error) {
    const CnnOnnx__GraphProto *proto = graph->proto;
    cnn_status status = CNN_OK;
    for (size_t i = 0; status == CNN_OK && i < proto->n_node; i++)
        status = cnn_onnx_captured_by_node(proto->node[i], &captured[i], error);
    if (status == CNN_OK)
        status = make_links(graph, captured, error);
    int64_t *next = graph->numbers;
    for (size_t i = 0; status == CNN_OK && i < proto->n_node; i++) {
        status = link_node(graph, (int64_t)i, &captured[i], next, error);
        next += graph->links[i].input_count + (int64_t)proto->node[i]->n_output;
    }
    return status == CNN_OK ? link_outputs(graph, error) : status;
}

static cnn_status link_all(cnn_onnx_graph *graph, cnn_error *error) {
    const size_t nodes = graph->proto->n_node;
    cnn_onnx_names *captured = cnn_allocate(nodes, sizeof *captured, "an ONNX graph's nodes", error);
    if (!captured)
        return CNN_ERROR_MEMORY;
    cnn_status status = link_nodes(graph, captured, error);
    for (size_t i = 0; i < nodes; i++)
        cnn_onnx_names_free(&captured[i]);
    cnn_free(captured);
    return status;
}

/* ---- Order ----------------------------------------------------------------------------------------- */

/* How far the search from the outputs back has come. */
typedef enum mark { NEW, OPEN, DONE } mark;

typedef struct search {
    unsigned char *marks; /* of each node */
    int64_t *path;        /* the nodes that are open, from an output back */
    size_t *next_input;   /* of each node that is open */
    int64_t depth;
} search;

static void open_node(search *s, int64_t node) {
    s->marks[node] = OPEN;
    s->next_input[node] = 0;
    s->path[s->depth++] = node;
}

/* The node that is open last reads input `k`: count it, and search its producer next. */
static cnn_status use_input(cnn_onnx_graph *graph, search *s, int64_t node, size_t k, cnn_error *error) {
    const int64_t number = graph->links[node].inputs[k];
    if (number == CNN_ONNX_LEFT_OUT)
        return CNN_OK;
    cnn_onnx_symbol *symbol = &graph->symbols[number];
    symbol->uses++;
    symbol->user = symbol->user < node ? node : symbol->user;
    if (symbol->producer >= 0 && s->marks[symbol->producer] == OPEN)
        return cnn_fail(error, CNN_ERROR_FORMAT,
                        "%s: the graph has a cycle: node \"%s\" needs its own result", graph->origin,
                        cnn_onnx_printable(graph->proto->node[symbol->producer]->name).text);
    if (symbol->producer >= 0 && s->marks[symbol->producer] == NEW)
        open_node(s, symbol->producer);
    return CNN_OK;
}

/* One step of a depth-first search: into the next input's producer, or out of a node that has none left. */
static cnn_status step(cnn_onnx_graph *graph, search *s, cnn_error *error) {
    const int64_t node = s->path[s->depth - 1];
    if ((int64_t)s->next_input[node] < graph->links[node].input_count)
        return use_input(graph, s, node, s->next_input[node]++, error);
    s->marks[node] = DONE;
    s->depth--;
    graph->needed[node] = true;
    graph->order[graph->ordered++] = node;
    return CNN_OK;
}

static cnn_status search_all(cnn_onnx_graph *graph, search *s, cnn_error *error) {
    cnn_status status = CNN_OK;
    for (size_t i = 0; status == CNN_OK && i < graph->proto->n_output; i++) {
        cnn_onnx_symbol *symbol = &graph->symbols[graph->outputs[i]];
        symbol->uses++;
        if (symbol->producer >= 0 && s->marks[symbol->producer] == NEW)
            open_node(s, symbol->producer);
        while (status == CNN_OK && s->depth > 0)
            status = step(graph, s, error);
    }
    return status;
}

static cnn_status find_order(cnn_onnx_graph *graph, cnn_error *error) {
    const size_t nodes = graph->proto->n_node;
    search s = {.marks = cnn_allocate(nodes, 1, "an ONNX graph's nodes", error),
                .path = cnn_allocate(nodes, sizeof *s.path, "an ONNX graph's nodes", error),
                .next_input = cnn_allocate(nodes, sizeof *s.next_input, "an ONNX graph's nodes", error)};
    cnn_status status = s.marks && s.path && s.next_input ? search_all(graph, &s, error) : CNN_ERROR_MEMORY;
    cnn_free(s.marks);
    cnn_free(s.path);
    cnn_free(s.next_input);
    return status;
}

/* ---- The whole ------------------------------------------------------------------------------------- */

static cnn_status open_graph(cnn_onnx_graph *graph, const CnnOnnx__GraphProto *proto, const char *origin,
                             const cnn_onnx_names *captured, cnn_error *error) {
    *graph = (cnn_onnx_graph){.origin = origin, .proto = proto};
    cnn_status status = collect_symbols(graph, captured, error);
    if (status == CNN_OK)
        status = link_all(graph, error);
    return status == CNN_OK ? find_order(graph, error) : status;
}

cnn_status cnn_onnx_graph_open(cnn_onnx_graph *graph, const CnnOnnx__GraphProto *proto, const char *origin,
                               cnn_error *error) {
    return open_graph(graph, proto, origin, &(cnn_onnx_names){0}, error);
}

cnn_status cnn_onnx_graph_open_within(cnn_onnx_graph *graph, const CnnOnnx__GraphProto *proto,
                                      const char *origin, cnn_error *error) {
    cnn_onnx_names captured = {0};
    *graph = (cnn_onnx_graph){0};
    cnn_status status = cnn_onnx_captured_by_graph(proto, &captured, error);
    if (status == CNN_OK)
        status = open_graph(graph, proto, origin, &captured, error);
    cnn_onnx_names_free(&captured);
    return status;
}

void cnn_onnx_graph_free(cnn_onnx_graph *graph) {
    cnn_free(graph->symbols);
    cnn_free(graph->links);
    cnn_free(graph->numbers);
    cnn_free(graph->outputs);
    cnn_free(graph->needed);
    cnn_free(graph->order);
}
