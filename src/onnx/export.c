/* Networks to ONNX models: opset 13, IR 7; newer ones where a layer needs them. */
#include "onnx/onnx.h"

#include "base/memory.h"
#include "base/numbers.h"
#include "graph/json_classes.h"
#include "onnx/layers/list.h"
#include "onnx/names.h"
#include "onnx/pixels.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { IR_VERSION = 7, NEWER_IR_VERSION = 10 /* what ONNX pairs with operator set 21 */ };

/* Values that are no layer's begin with "input" or "output", which no layer may be named; a layer's own value
 * is its name and OUTPUT_SUFFIX, which no parameter has. So no two names are the same. */
#define OUTPUT_SUFFIX ":0"

/* A model around a writer's graph. */
typedef struct model {
    cnn_onnx_writer writer;
    cnn_shape channels; /* the shape of the normalisation */
    CnnOnnx__ModelProto proto;
    CnnOnnx__OperatorSetIdProto opset;
    char *classes; /* JSON; owned */
} model;

/* ---- The graph ------------------------------------------------------------------------------------- */

static bool is_normalised(const cnn_net *net) {
    bool normalised = false;
    for (int64_t c = 0; c < net->input.dim[0]; c++)
        normalised |= net->mean[c] != 0 || net->deviation[c] != 1;
    return normalised;
}

/* (x - mean) / deviation, as two nodes before the first layer. */
static void add_normalisation(model *m) {
    cnn_onnx_writer *w = &m->writer;
    m->channels = cnn_shape_of(4, (int64_t[]){1, w->net->input.dim[0], 1, 1});
    CnnOnnx__NodeProto *subtract = cnn_onnx_write_node(w, "Sub", "input:subtract_mean", 1, "input:centred");
    cnn_onnx_add_input(subtract, w->input);
    cnn_onnx_write_tensor(w, subtract, "input:mean", &m->channels, w->net->mean);
    CnnOnnx__NodeProto *divide =
        cnn_onnx_write_node(w, "Div", "input:divide_by_deviation", 1, "input:normalised");
    cnn_onnx_add_input(divide, "input:centred");
    cnn_onnx_write_tensor(w, divide, "input:deviation", &m->channels, w->net->deviation);
    w->input = "input:normalised";
}

static void add_layer(cnn_onnx_writer *w, int64_t index) {
    const cnn_node *node = &w->net->nodes[index];
    const bool last = index == w->net->node_count - 1;
    w->value[index] = last ? CNN_ONNX_OUTPUT : cnn_onnx_join(&w->arena, node->name, OUTPUT_SUFFIX);
    cnn_onnx_find_operator(node->op->onnx)->write(w, node);
}

/* Room for the graph's lists: those of layers, and of the normalisation. */
static void make_room(cnn_onnx_writer *w) {
    const size_t layers = (size_t)w->net->node_count, nodes = CNN_ONNX_NODES_PER_LAYER * layers + 2,
                 constants = CNN_ONNX_CONSTANTS_PER_LAYER * layers + 2;
    CnnOnnx__GraphProto *graph = &w->graph;
    w->value = cnn_onnx_take(&w->arena, layers, sizeof *w->value);
    graph->node = cnn_onnx_take(&w->arena, nodes, sizeof *graph->node);
    graph->initializer =
        cnn_onnx_take(&w->arena, constants + (size_t)w->net->parameter_count, sizeof *graph->initializer);
    graph->input = cnn_onnx_take(&w->arena, 1, sizeof *graph->input);
    graph->output = cnn_onnx_take(&w->arena, 1, sizeof *graph->output);
}

static void make_graph(model *m) {
    cnn_onnx_writer *w = &m->writer;
    const cnn_net *net = w->net;
    cnn_onnx__graph_proto__init(&w->graph);
    make_room(w);
    if (w->arena.failed)
        return;
    w->graph.name = (char *)"cnn";
    w->input = CNN_ONNX_INPUT;
    w->graph.input[w->graph.n_input++] = cnn_onnx_make_value(&w->arena, CNN_ONNX_INPUT, &net->input);
    w->graph.output[w->graph.n_output++] =
        cnn_onnx_make_value(&w->arena, CNN_ONNX_OUTPUT, &net->nodes[net->node_count - 1].output);
    if (is_normalised(net))
        add_normalisation(m);
    for (int64_t i = 0; !w->arena.failed && i < net->node_count; i++)
        add_layer(w, i);
}

/* ---- The model ------------------------------------------------------------------------------------- */

/* What the pixels are to be, and the class names. */
static void add_metadata(model *m) {
    cnn_onnx_arena *arena = &m->writer.arena;
    CnnOnnx__ModelProto *proto = &m->proto;
    proto->metadata_props =
        cnn_onnx_take(arena, CNN_ONNX_MOST_PIXEL_ENTRIES + 1, sizeof *proto->metadata_props);
    if (!proto->metadata_props)
        return;
    cnn_onnx_write_pixels(m->writer.net, proto, arena);
    if (m->classes)
        proto->metadata_props[proto->n_metadata_props++] =
            cnn_onnx_make_entry(arena, CNN_ONNX_CLASSES, m->classes);
}

/* The operator set of the youngest operator. */
static int64_t opset_of(const cnn_net *net) {
    int64_t opset = CNN_ONNX_WRITTEN_OPSET;
    for (int64_t n = 0; n < net->node_count; n++)
        opset = cnn_max(opset, net->nodes[n].op->onnx_opset);
    return opset;
}

static void make_model(model *m) {
    CnnOnnx__ModelProto *proto = &m->proto;
    cnn_onnx__model_proto__init(proto);
    cnn_onnx__operator_set_id_proto__init(&m->opset);
    proto->has_ir_version = true;
    m->opset.version = m->writer.opset;
    proto->ir_version = m->opset.version > CNN_ONNX_WRITTEN_OPSET ? NEWER_IR_VERSION : IR_VERSION;
    proto->producer_name = (char *)CNN_ONNX_PRODUCER;
    proto->producer_version = (char *)CNN_VERSION;
    proto->graph = &m->writer.graph;
    m->opset.domain = (char *)"";
    m->opset.has_version = true;
    proto->opset_import = cnn_onnx_take(&m->writer.arena, 1, sizeof *proto->opset_import);
    if (proto->opset_import)
        proto->opset_import[proto->n_opset_import++] = &m->opset;
    add_metadata(m);
}

/* protobuf-c's name for a sink. */
typedef struct packing {
    ProtobufCBuffer buffer;
    cnn_sink *sink;
} packing;

static void append(ProtobufCBuffer *buffer, size_t size, const uint8_t *data) {
    cnn_sink *sink = ((packing *)buffer)->sink; /* buffer is its first member */
    sink->take(sink, data, size);
}

static cnn_status pack(const model *m, cnn_sink *sink, cnn_error *error) {
    packing to = {{append}, sink};
    if (m->writer.arena.failed)
        return cnn_fail(error, CNN_ERROR_MEMORY, "out of memory: an ONNX model of %" PRId64 " layers",
                        m->writer.net->node_count);
    const size_t size = cnn_onnx__model_proto__get_packed_size(&m->proto);
    if (size > INT32_MAX)
        return cnn_fail(error, CNN_ERROR_UNSUPPORTED,
                        "an ONNX file has at most 2 GiB, but this model takes %zu bytes", size);
    if (sink)
        cnn_onnx__model_proto__pack_to_buffer(&m->proto, &to.buffer);
    return CNN_OK;
}

cnn_status cnn_onnx_write(const cnn_net *net, cnn_sink *sink, cnn_error *error) {
    model m = {0};
    cnn_net *zeros;
    cnn_status status = cnn_net_status(net);
    if (status != CNN_OK)
        return cnn_fail(error, status, "%s", cnn_net_error(net));
    if (net->node_count == 0)
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "a network without layers cannot be saved");
    m.writer.net = cnn_net_with_values(net, &zeros, error);
    status = m.writer.net ? CNN_OK : CNN_ERROR_MEMORY;
    if (status == CNN_OK && net->classes)
        status = cnn_json_classes(net, &m.classes, error);
    if (status == CNN_OK) {
        m.writer.opset = opset_of(m.writer.net);
        make_graph(&m);
        make_model(&m);
        status = pack(&m, sink, error);
    }
    cnn_free(m.classes);
    cnn_onnx_release(&m.writer.arena);
    cnn_net_free(zeros);
    return status;
}
