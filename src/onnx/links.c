#include "onnx/links.h"

#include "base/memory.h"
#include "onnx/graph.h"

#include <stdlib.h>
#include <string.h>

/* ---- Slots ----------------------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b) {
    const cnn_onnx_slot *first = a, *second = b;
    return strcmp(first->name, second->name);
}

int64_t cnn_onnx_find_slot(const cnn_onnx_links *links, const char *name) {
    const cnn_onnx_slot key = {.name = name};
    const cnn_onnx_slot *found =
        name && *name ? bsearch(&key, links->slots, (size_t)links->count, sizeof key, by_name) : NULL;
    return found ? found - links->slots : CNN_ONNX_LEFT_OUT;
}

static size_t most_slots(const CnnOnnx__GraphProto *graph) {
    size_t most = graph->n_initializer + graph->n_input;
    for (size_t i = 0; i < graph->n_node; i++)
        most += graph->node[i]->n_output;
    return most;
}

static void add_slot(cnn_onnx_links *links, const cnn_onnx_slot *slot) {
    if (slot->name && *slot->name)
        links->slots[links->count++] = *slot;
}

/* Old models list initialisers among the inputs, too: the two are one value. */
static bool merge(cnn_onnx_slot *kept, const cnn_onnx_slot *same) {
    const bool fits = kept->producer < 0 && same->producer < 0 && !kept->input != !same->input;
    if (same->input)
        kept->input = same->input;
    else
        kept->initialiser = same->initialiser;
    return fits;
}

static cnn_status collect_slots(cnn_onnx_links *links, cnn_error *error) {
    const CnnOnnx__GraphProto *graph = links->graph;
    links->slots = cnn_allocate(most_slots(graph), sizeof *links->slots, "an ONNX graph's values", error);
    if (!links->slots)
        return CNN_ERROR_MEMORY;
    for (size_t i = 0; i < graph->n_initializer; i++)
        add_slot(links, &(cnn_onnx_slot){graph->initializer[i]->name, -1, graph->initializer[i], NULL, 0});
    for (size_t i = 0; i < graph->n_input; i++)
        add_slot(links, &(cnn_onnx_slot){graph->input[i]->name, -1, NULL, graph->input[i], 0});
    for (size_t i = 0; i < graph->n_node; i++)
        for (size_t k = 0; k < graph->node[i]->n_output; k++)
            add_slot(links, &(cnn_onnx_slot){graph->node[i]->output[k], (int64_t)i, NULL, NULL, 0});
    qsort(links->slots, (size_t)links->count, sizeof *links->slots, by_name);
    int64_t kept = 0;
    for (int64_t i = 0; i < links->count; i++)
        if (kept > 0 && by_name(&links->slots[kept - 1], &links->slots[i]) == 0) {
            if (!merge(&links->slots[kept - 1], &links->slots[i]))
                return cnn_fail(error, CNN_ERROR_FORMAT, "%s: the value \"%s\" is made twice", links->origin,
                                cnn_onnx_printable(links->slots[i].name).text);
        } else
            links->slots[kept++] = links->slots[i];
    links->count = kept;
    return CNN_OK;
}

/* ---- Links ----------------------------------------------------------------------------------------- */

/* Numbers of the values that a node reads, then of those it makes. */
static cnn_status link_node(cnn_onnx_links *links, int64_t node, int64_t *numbers, cnn_error *error) {
    const CnnOnnx__NodeProto *proto = links->graph->node[node];
    links->nodes[node] = (cnn_onnx_link){.inputs = numbers, .outputs = numbers + proto->n_input};
    for (size_t k = 0; k < proto->n_input; k++) {
        numbers[k] = cnn_onnx_find_slot(links, proto->input[k]);
        if (numbers[k] < 0 && *proto->input[k])
            return cnn_fail(error, CNN_ERROR_FORMAT, "%s: node \"%s\" reads \"%s\", which nothing makes",
                            links->origin, cnn_onnx_printable(proto->name).text,
                            cnn_onnx_printable(proto->input[k]).text);
    }
    for (size_t k = 0; k < proto->n_output; k++)
        numbers[proto->n_input + k] = cnn_onnx_find_slot(links, proto->output[k]);
    return CNN_OK;
}

static cnn_status link_outputs(cnn_onnx_links *links, cnn_error *error) {
    const CnnOnnx__GraphProto *graph = links->graph;
    if (graph->n_output == 0)
        return cnn_fail(error, CNN_ERROR_FORMAT, "%s: the graph has no outputs", links->origin);
    for (size_t i = 0; i < graph->n_output; i++) {
        links->outputs[i] = cnn_onnx_find_slot(links, graph->output[i]->name);
        if (links->outputs[i] < 0)
            return cnn_fail(error, CNN_ERROR_FORMAT, "%s: nothing makes the graph's output \"%s\"",
                            links->origin, cnn_onnx_printable(graph->output[i]->name).text);
    }
    return CNN_OK;
}

static cnn_status link_all(cnn_onnx_links *links, cnn_error *error) {
    const CnnOnnx__GraphProto *graph = links->graph;
    size_t numbers = 0;
    for (size_t i = 0; i < graph->n_node; i++)
        numbers += graph->node[i]->n_input + graph->node[i]->n_output;
    links->nodes = cnn_allocate(graph->n_node, sizeof *links->nodes, "an ONNX graph's nodes", error);
    links->numbers = cnn_allocate(numbers, sizeof *links->numbers, "an ONNX graph's nodes", error);
    links->order = cnn_allocate(graph->n_node, sizeof *links->order, "an ONNX graph's nodes", error);
    links->outputs = cnn_allocate(graph->n_output, sizeof *links->outputs, "an ONNX graph's outputs", error);
    if (!links->nodes || !links->numbers || !links->order || !links->outputs)
        return CNN_ERROR_MEMORY;
    int64_t *next = links->numbers;
    cnn_status status = CNN_OK;
    for (size_t i = 0; status == CNN_OK && i < graph->n_node; i++) {
        status = link_node(links, (int64_t)i, next, error);
        next += graph->node[i]->n_input + graph->node[i]->n_output;
    }
    return status == CNN_OK ? link_outputs(links, error) : status;
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

/* One step of a depth-first search: into the next input's producer, or out of a node that has none left. */
static cnn_status step(cnn_onnx_links *links, search *s, cnn_error *error) {
    const int64_t node = s->path[s->depth - 1];
    const CnnOnnx__NodeProto *proto = links->graph->node[node];
    if (s->next_input[node] == proto->n_input) {
        s->marks[node] = DONE;
        s->depth--;
        links->order[links->ordered++] = node;
        return CNN_OK;
    }
    const int64_t slot = links->nodes[node].inputs[s->next_input[node]++];
    if (slot < 0)
        return CNN_OK;
    links->slots[slot].uses++;
    const int64_t producer = links->slots[slot].producer;
    if (producer >= 0 && s->marks[producer] == OPEN)
        return cnn_fail(error, CNN_ERROR_FORMAT,
                        "%s: the graph has a cycle: node \"%s\" needs its own result", links->origin,
                        cnn_onnx_printable(links->graph->node[producer]->name).text);
    if (producer >= 0 && s->marks[producer] == NEW)
        open_node(s, producer);
    return CNN_OK;
}

static cnn_status search_all(cnn_onnx_links *links, search *s, cnn_error *error) {
    cnn_status status = CNN_OK;
    for (size_t i = 0; status == CNN_OK && i < links->graph->n_output; i++) {
        cnn_onnx_slot *slot = &links->slots[links->outputs[i]];
        slot->uses++;
        if (slot->producer >= 0 && s->marks[slot->producer] == NEW)
            open_node(s, slot->producer);
        while (status == CNN_OK && s->depth > 0)
            status = step(links, s, error);
    }
    return status;
}

static cnn_status find_order(cnn_onnx_links *links, cnn_error *error) {
    const size_t nodes = links->graph->n_node;
    search s = {.marks = cnn_allocate(nodes, 1, "an ONNX graph's nodes", error),
                .path = cnn_allocate(nodes, sizeof *s.path, "an ONNX graph's nodes", error),
                .next_input = cnn_allocate(nodes, sizeof *s.next_input, "an ONNX graph's nodes", error)};
    cnn_status status = s.marks && s.path && s.next_input ? search_all(links, &s, error) : CNN_ERROR_MEMORY;
    cnn_free(s.marks);
    cnn_free(s.path);
    cnn_free(s.next_input);
    return status;
}

/* ---- The whole ------------------------------------------------------------------------------------- */

cnn_status cnn_onnx_links_open(cnn_onnx_links *links, const CnnOnnx__GraphProto *graph, const char *origin,
                               cnn_error *error) {
    *links = (cnn_onnx_links){.origin = origin, .graph = graph};
    cnn_status status = collect_slots(links, error);
    if (status == CNN_OK)
        status = link_all(links, error);
    return status == CNN_OK ? find_order(links, error) : status;
}

void cnn_onnx_links_free(cnn_onnx_links *links) {
    cnn_free(links->slots);
    cnn_free(links->nodes);
    cnn_free(links->numbers);
    cnn_free(links->order);
    cnn_free(links->outputs);
}
