#include "onnx/islands.h"

#include "base/memory.h"
#include "onnx/fold.h"
#include "onnx/input.h"
#include "onnx/nodes.h"
#include "onnx/program_internal.h"
#include "onnx/values.h"

#include <string.h>

/* What a cut does with a node. */
typedef enum fate {
    LEFT,      /* to the interpreter */
    TAKEN,     /* as a layer, or as a view of one */
    FOLDED,    /* calculated */
    STANDS_IN, /* for the network's input in other axes, or normalised */
} fate;

struct cnn_cutter {
    const cnn_program *program;
    cnn_onnx_reader reader;
    fate *fates;    /* of each node, of the cut that is being made */
    bool *refused;  /* of each node: it spoilt a network that was being made */
    int64_t *inner; /* of each symbol: how often nodes read it that the island does the work of */
    cnn_island constants;
};

/* ---- What it gives --------------------------------------------------------------------------------- */

static void release_island(cnn_island *island) {
    cnn_net_free(island->net);
    cnn_free(island->outputs);
    cnn_free(island->nodes);
    cnn_free(island->known);
}

void cnn_island_free(cnn_island *island) {
    if (!island)
        return;
    release_island(island);
    cnn_free(island);
}

static const cnn_onnx_graph *graph_of(const cnn_cutter *cutter) {
    return &cutter->reader.graph;
}

static void count_inputs(const cnn_cutter *cutter, int64_t node) {
    const cnn_onnx_graph *graph = graph_of(cutter);
    for (size_t k = 0; k < graph->proto->node[node]->n_input; k++)
        if (graph->links[node].inputs[k] >= 0)
            cutter->inner[graph->links[node].inputs[k]]++;
}

static bool is_read_outside(const cnn_cutter *cutter, int64_t symbol) {
    return symbol >= 0 && graph_of(cutter)->symbols[symbol].uses > cutter->inner[symbol];
}

static bool any_output_is_read_outside(const cnn_cutter *cutter, int64_t node) {
    bool read = false;
    for (size_t k = 0; k < graph_of(cutter)->proto->node[node]->n_output; k++)
        read = read || is_read_outside(cutter, graph_of(cutter)->links[node].outputs[k]);
    return read;
}

/* What stands for the input goes to the interpreter where others read it: the network has no such value. */
static int64_t count_nodes(const cnn_cutter *cutter) {
    int64_t count = 0;
    for (int64_t i = (int64_t)graph_of(cutter)->proto->n_node - 1; i >= 0; i--) {
        if (cutter->fates[i] == STANDS_IN && any_output_is_read_outside(cutter, i))
            cutter->fates[i] = LEFT;
        if (cutter->fates[i] == LEFT)
            continue;
        count_inputs(cutter, i);
        count++;
    }
    return count;
}

static cnn_status add_known(const cnn_cutter *cutter, cnn_island *island, int64_t symbol, cnn_error *error) {
    const cnn_onnx_source source = cnn_program_source(cutter->program, NULL, error);
    cnn_known_value *known = &island->known[island->known_count];
    const CnnOnnx__TensorProto *constant = cutter->reader.values[symbol].constant;
    cnn_status status = constant ? cnn_onnx_array(&known->array, constant, &source) : CNN_OK;
    if (status != CNN_OK || !constant)
        return status;
    known->symbol = symbol;
    island->known_count++;
    return CNN_OK;
}

static cnn_status add_outputs(const cnn_cutter *cutter, cnn_island *island, int64_t node, cnn_error *error) {
    cnn_status status = CNN_OK;
    for (size_t k = 0; status == CNN_OK && k < graph_of(cutter)->proto->node[node]->n_output; k++) {
        const int64_t symbol = graph_of(cutter)->links[node].outputs[k];
        if (!is_read_outside(cutter, symbol))
            continue;
        const cnn_onnx_value *value = &cutter->reader.values[symbol];
        if (cutter->fates[node] == FOLDED)
            status = add_known(cutter, island, symbol, error);
        else if (cutter->fates[node] == TAKEN)
            island->outputs[island->output_count++] =
                (cnn_island_output){.symbol = symbol, .node = value->layer - 1, .view = value->view};
    }
    return status;
}

static int64_t count_outputs(const cnn_cutter *cutter) {
    int64_t count = 0;
    for (size_t i = 0; i < graph_of(cutter)->proto->n_node; i++)
        count += cutter->fates[i] != LEFT ? (int64_t)graph_of(cutter)->proto->node[i]->n_output : 0;
    return count;
}

/* The nodes whose fate is known, and what others read of them. */
static cnn_status fill_island(const cnn_cutter *cutter, cnn_island *island, cnn_error *error) {
    const size_t outputs = (size_t)count_outputs(cutter);
    island->nodes = cnn_allocate((size_t)count_nodes(cutter), sizeof *island->nodes, "an island", error);
    island->outputs = cnn_allocate(outputs, sizeof *island->outputs, "an island", error);
    island->known = cnn_allocate(outputs, sizeof *island->known, "an island", error);
    if (!island->nodes || !island->outputs || !island->known)
        return CNN_ERROR_MEMORY;
    cnn_status status = CNN_OK;
    for (size_t i = 0; status == CNN_OK && i < graph_of(cutter)->proto->n_node; i++) {
        if (cutter->fates[i] == LEFT)
            continue;
        island->nodes[island->node_count++] = (int64_t)i;
        status = add_outputs(cutter, island, (int64_t)i, error);
    }
    return status;
}

/* ---- Opening --------------------------------------------------------------------------------------- */

static bool is_real_failure(cnn_status status) {
    return status == CNN_ERROR_MEMORY;
}

/* What cannot be calculated, or not within the limits, is left to the interpreter. */
static cnn_status fold_constants(cnn_cutter *cutter) {
    cnn_onnx_reader *reader = &cutter->reader;
    cnn_status status = cnn_onnx_fetch_constants(reader);
    for (size_t i = 0; status == CNN_OK && i < reader->graph.proto->n_node; i++) {
        bool folded = false;
        if (!reader->graph.needed[i] || cnn_onnx_check_node(reader, i) != CNN_OK)
            continue;
        const cnn_status failure = cnn_onnx_fold_node(reader, i, &folded);
        if (is_real_failure(failure))
            status = failure;
        else if (failure == CNN_OK && folded)
            cutter->fates[i] = FOLDED;
    }
    return status;
}

static cnn_status open_cutter(cnn_cutter *cutter, bool *ordered, cnn_error *error) {
    const cnn_program *program = cutter->program;
    const CnnOnnx__GraphProto *proto = program->model->graph;
    cutter->reader = (cnn_onnx_reader){
        .folder = program->folder, .opset = program->opset, .stored = program->stored, .error = error};
    cnn_status status = cnn_onnx_values_open(&cutter->reader, proto, program->origin);
    *ordered = status == CNN_OK;
    if (status != CNN_OK)
        return is_real_failure(status) ? status : CNN_OK;
    const size_t nodes = proto->n_node, symbols = (size_t)cutter->reader.graph.count;
    cutter->fates = cnn_allocate(nodes, sizeof *cutter->fates, "an ONNX graph's nodes", error);
    cutter->refused = cnn_allocate(nodes, sizeof *cutter->refused, "an ONNX graph's nodes", error);
    cutter->inner = cnn_allocate(symbols, sizeof *cutter->inner, "an ONNX graph's values", error);
    if (!cutter->fates || !cutter->refused || !cutter->inner)
        return CNN_ERROR_MEMORY;
    status = fold_constants(cutter);
    return status == CNN_OK ? fill_island(cutter, &cutter->constants, error) : status;
}

cnn_status cnn_cutter_new(cnn_cutter **out, const cnn_program *program, cnn_error *error) {
    cnn_cutter *cutter = *out = cnn_allocate(1, sizeof *cutter, "an ONNX graph's islands", error);
    bool ordered = false;
    if (!cutter)
        return CNN_ERROR_MEMORY;
    cutter->program = program;
    cnn_status status = open_cutter(cutter, &ordered, error);
    if (status == CNN_OK && ordered)
        return CNN_OK;
    cnn_cutter_free(cutter);
    *out = NULL;
    return status;
}

void cnn_cutter_free(cnn_cutter *cutter) {
    if (!cutter)
        return;
    release_island(&cutter->constants);
    cnn_net_free(cutter->reader.net);
    cnn_onnx_release_nodes(&cutter->reader);
    cnn_free(cutter->fates);
    cnn_free(cutter->refused);
    cnn_free(cutter->inner);
    cnn_free(cutter);
}

const cnn_island *cnn_cutter_constants(const cnn_cutter *cutter) {
    return &cutter->constants;
}

/* ---- Taking nodes ---------------------------------------------------------------------------------- */

static bool is_known(const cnn_onnx_value *value) {
    return !value || value->constant || value->layer;
}

/* Whether all that the node reads is a constant, or comes from the island's input. */
static bool reads_known(const cnn_onnx_reader *reader, size_t index) {
    const cnn_onnx_node node = cnn_onnx_node_at(reader, (int64_t)index);
    bool known = true;
    for (size_t k = 0; known && k < node.proto->n_input; k++)
        known = is_known(cnn_onnx_input(reader, &node, k));
    return known;
}

/* By an earlier cut, or one that was given up. */
static bool is_calculated(const cnn_onnx_reader *reader, size_t index) {
    const cnn_onnx_node node = cnn_onnx_node_at(reader, (int64_t)index);
    const cnn_onnx_value *output = cnn_onnx_output(reader, &node);
    return output && output->constant;
}

/* What became of a node that was read without a failure. */
static fate fate_of(const cnn_onnx_reader *reader, size_t index) {
    const cnn_onnx_node node = cnn_onnx_node_at(reader, (int64_t)index);
    const cnn_onnx_value *output = cnn_onnx_output(reader, &node);
    for (size_t k = 1; !output->layer && k < node.proto->n_output; k++) {
        const cnn_onnx_value *other = cnn_onnx_output_number(reader, &node, k);
        output = other && other->layer ? other : output;
    }
    if (output->constant)
        return FOLDED;
    if (!output->layer)
        return LEFT;
    return output->layer == CNN_NETWORK_INPUT ? STANDS_IN : TAKEN;
}

/* After a failure: whether the network is as it was before the node. What was promised to nodes behind it is taken back. */
static bool is_unspoilt(cnn_cutter *cutter, size_t index, int64_t layers) {
    cnn_onnx_reader *reader = &cutter->reader;
    const cnn_onnx_node node = cnn_onnx_node_at(reader, (int64_t)index);
    reader->net->error = (cnn_error){0};
    for (size_t i = 0; i < reader->graph.proto->n_node; i++)
        if (reader->absorbed_by[i] > reader->net->node_count)
            reader->absorbed_by[i] = 0;
    return reader->net->node_count == layers && !cnn_onnx_output(reader, &node)->layer && !reader->trains;
}

/* *spoilt: the node must not be tried again, and the network is to be made anew. */
static cnn_status take_node(cnn_cutter *cutter, size_t index, bool *spoilt) {
    cnn_onnx_reader *reader = &cutter->reader;
    const int64_t layers = reader->net->node_count;
    cnn_status status = cnn_onnx_check_node(reader, index);
    if (status == CNN_OK)
        status = cnn_onnx_read_node(reader, index);
    if (is_real_failure(status))
        return status;
    if (status == CNN_OK && !reader->trains)
        cutter->fates[index] = fate_of(reader, index);
    else if (!is_unspoilt(cutter, index, layers))
        *spoilt = cutter->refused[index] = true;
    return CNN_OK;
}

/* ---- A cut ----------------------------------------------------------------------------------------- */

static void forget(cnn_cutter *cutter) {
    cnn_onnx_reader *reader = &cutter->reader;
    for (int64_t i = 0; i < reader->graph.count; i++) {
        reader->values[i].layer = reader->values[i].taken_by = 0;
        cutter->inner[i] = 0;
    }
    for (size_t i = 0; i < reader->graph.proto->n_node; i++)
        cutter->fates[i] = LEFT;
    cnn_net_free(reader->net);
    reader->net = NULL;
    reader->trains = false;
}

/* A vector is a map of one row and column in the network, which a layer flattens. */
static cnn_status flatten_input(cnn_onnx_reader *reader, const cnn_shape *declared) {
    if (declared->rank > 1)
        return CNN_OK;
    const cnn_node_request request = {.op = &cnn_op_flatten, .input = CNN_NETWORK_INPUT};
    reader->input->layer = cnn_net_append(reader->net, &request);
    if (reader->input->layer)
        return CNN_OK;
    return cnn_fail(reader->error, reader->net->error.status, "%s", reader->net->error.message);
}

/* The network's input, without nodes so far. */
static cnn_status start(cnn_cutter *cutter, int64_t symbol, const cnn_shape *shape) {
    cnn_onnx_reader *reader = &cutter->reader;
    const cnn_shape declared = cnn_shape_of(shape->rank - 1, shape->dim + 1);
    forget(cutter);
    reader->input = &reader->values[symbol];
    reader->batch = shape->dim[0];
    cnn_status status = cnn_onnx_make_net_of(reader, &declared);
    if (status == CNN_OK)
        status = cnn_onnx_make_room(reader);
    return status == CNN_OK ? flatten_input(reader, &declared) : status;
}

/* All nodes that can be taken, in their order. */
static cnn_status take_nodes(cnn_cutter *cutter, const bool *done, bool *spoilt) {
    const cnn_onnx_graph *graph = graph_of(cutter);
    cnn_status status = CNN_OK;
    *spoilt = false;
    for (size_t i = 0; status == CNN_OK && !*spoilt && i < graph->proto->n_node; i++) {
        if (!graph->needed[i] || done[i] || cutter->refused[i])
            continue;
        if (is_calculated(&cutter->reader, i))
            cutter->fates[i] = FOLDED;
        else if (reads_known(&cutter->reader, i))
            status = take_node(cutter, i, spoilt);
    }
    return status;
}

/* Whether the layer does more than an interpreter would do as fast: it sums many products, or looks at windows. */
static bool is_work(const cnn_net *net, const cnn_node *layer) {
    const cnn_parameter *weight = layer->parameters ? &net->parameters[layer->first_parameter] : NULL;
    return layer->op == &cnn_op_max_pool2d || layer->op == &cnn_op_avg_pool2d ||
           (weight && weight->spec.shape.rank > 1 && weight->elements > weight->spec.shape.dim[0]);
}

static bool is_worth_it(const cnn_net *net) {
    bool work = false;
    for (int64_t i = 0; i < net->node_count; i++)
        work = work || is_work(net, &net->nodes[i]);
    return work && !cnn_net_find_not_finite(net);
}

static cnn_status finish(cnn_cutter *cutter, int64_t symbol, const cnn_shape *shape, cnn_island **out,
                         cnn_error *error) {
    cnn_onnx_reader *reader = &cutter->reader;
    cnn_island *island = cnn_allocate(1, sizeof *island, "an island", error);
    if (!island)
        return CNN_ERROR_MEMORY;
    *island = (cnn_island){.input = symbol, .shape = *shape, .view = reader->input->view, .net = reader->net};
    reader->net = NULL;
    cnn_status status = fill_island(cutter, island, error);
    if (status == CNN_OK)
        *out = island;
    else
        cnn_island_free(island);
    return status;
}

/* Whether a network may begin with such a value. */
static bool may_begin(const cnn_shape *shape) {
    bool positive = true;
    for (int axis = 0; axis < shape->rank; axis++)
        positive = positive && shape->dim[axis] > 0;
    return positive && shape->rank >= 2 && shape->rank <= 4;
}

cnn_status cnn_cutter_cut(cnn_cutter *cutter, int64_t symbol, const cnn_shape *shape, const bool *done,
                          cnn_island **island, cnn_error *error) {
    cnn_onnx_reader *reader = &cutter->reader;
    bool spoilt = true;
    cnn_error reason;
    *island = NULL;
    if (!may_begin(shape))
        return CNN_OK;
    reader->error = &reason;
    memset(cutter->refused, 0, reader->graph.proto->n_node * sizeof *cutter->refused);
    cnn_status status = CNN_OK;
    while (status == CNN_OK && spoilt) {
        status = start(cutter, symbol, shape);
        if (status == CNN_OK)
            status = take_nodes(cutter, done, &spoilt);
    }
    if (status == CNN_OK)
        status = is_worth_it(reader->net) ? cnn_onnx_set_normalisation(reader) : CNN_ERROR_UNSUPPORTED;
    if (status == CNN_OK)
        return finish(cutter, symbol, shape, island, error);
    return is_real_failure(status) ? cnn_fail(error, status, "%s", reason.message) : CNN_OK;
}
