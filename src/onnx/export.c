/* Networks to ONNX models: opset 13, IR 7. */
#include "onnx/onnx.h"

#include "base/memory.h"
#include "graph/json_classes.h"
#include "onnx/message.h"
#include "onnx/names.h"
#include "onnx/pixels.h"

#include <stdlib.h>
#include <string.h>

enum {
    IR_VERSION = 7,
    OPSET = 13,
    MOST_TENSORS = CNN_MAX_PARAMETERS + 1, /* a node's parameters, and dropout's ratio */
    MOST_ATTRIBUTES = 16
};

/* Values that are no layer's begin with "input" or "output", which no layer may be named; a layer's own value
 * is its name and OUTPUT_SUFFIX, which no parameter has. So no two names are the same. */
#define OUTPUT_SUFFIX ":0"
#define GATE_SUFFIX   ":gate"

typedef struct writer {
    cnn_onnx_arena arena;
    const cnn_net *net;
    CnnOnnx__GraphProto graph;
    const char **value; /* of each of the network's nodes */
    const char *input;  /* what layers see of the network's input: it, or its normalisation */
    cnn_shape channels; /* the shape of the normalisation */
    CnnOnnx__ModelProto model;
    CnnOnnx__OperatorSetIdProto opset;
    char *classes; /* JSON; owned */
} writer;

/* `features`: how many inputs it has besides its own tensors. */
static CnnOnnx__NodeProto *add_node(writer *w, const char *op, const char *name, int features,
                                    const char *output) {
    const size_t inputs = (size_t)features + MOST_TENSORS;
    CnnOnnx__NodeProto *node = cnn_onnx_make_node(&w->arena, op, name, inputs, MOST_ATTRIBUTES);
    if (!node)
        return NULL;
    node->output[node->n_output++] = (char *)output;
    return w->graph.node[w->graph.n_node++] = node;
}

static void add_tensor(writer *w, CnnOnnx__NodeProto *node, const char *name, const cnn_shape *shape,
                       const float *values) {
    w->graph.initializer[w->graph.n_initializer++] = cnn_onnx_make_tensor(&w->arena, name, shape, values);
    cnn_onnx_add_input(node, name);
}

/* ---- Layers ---------------------------------------------------------------------------------------- */

/* Attributes whose value ONNX asks for and this library has no field for. */
static const struct {
    const cnn_op *op;
    const char *name;
    int64_t value;
} fixed_attributes[] = {
    {&cnn_op_flatten, "axis", 1}, {&cnn_op_softmax, "axis", 1}, {&cnn_op_log_softmax, "axis", 1},
    {&cnn_op_dense, "transB", 1}, {&cnn_op_concat, "axis", 1},
};

static void add_field(writer *w, CnnOnnx__NodeProto *to, const cnn_field *field, const cnn_options *options) {
    const void *value = (const char *)options + field->offset;
    switch (field->type) {
    case CNN_FIELD_REAL_PAIR: /* no attribute is one */
        break;
    case CNN_FIELD_INTEGER:
        cnn_onnx_add_integer(&w->arena, to, field->onnx, *(const int64_t *)value);
        break;
    case CNN_FIELD_REAL:
        cnn_onnx_add_real(&w->arena, to, field->onnx, *(const double *)value);
        break;
    case CNN_FIELD_PAIR:
        cnn_onnx_add_integers(&w->arena, to, field->onnx, value, 2);
        break;
    case CNN_FIELD_PADDING:
        cnn_onnx_add_integers(&w->arena, to, field->onnx, value, 4);
        break;
    case CNN_FIELD_FLAG:
        cnn_onnx_add_integer(&w->arena, to, field->onnx, *(const bool *)value);
        break;
    case CNN_FIELD_CHOICE:
        cnn_onnx_add_word(&w->arena, to, field->onnx, field->choices[*(const int *)value]);
        break;
    }
}

static void add_attributes(writer *w, CnnOnnx__NodeProto *to, const cnn_node *node) {
    for (const cnn_field *field = node->op->fields; field && field->word; field++)
        if (field->onnx && !field->onnx_input)
            add_field(w, to, field, &node->options);
    for (size_t i = 0; i < sizeof fixed_attributes / sizeof fixed_attributes[0]; i++)
        if (fixed_attributes[i].op == node->op)
            cnn_onnx_add_integer(&w->arena, to, fixed_attributes[i].name, fixed_attributes[i].value);
}

/* PRelu's slopes meet N,C,H,W from the right: C,1,1. NULL when out of memory. */
static const cnn_shape *shape_in_file(writer *w, const cnn_node *node, const cnn_parameter *parameter) {
    if (node->op != &cnn_op_prelu || node->output.rank == 1)
        return &parameter->spec.shape;
    cnn_shape *shape = cnn_onnx_take(&w->arena, 1, sizeof *shape);
    if (shape)
        *shape = cnn_shape_3(parameter->elements, 1, 1);
    return shape;
}

static void add_parameters(writer *w, CnnOnnx__NodeProto *to, const cnn_node *node) {
    for (int i = 0; i < node->parameters; i++) {
        const cnn_parameter *parameter = &w->net->parameters[node->first_parameter + i];
        const cnn_shape *shape = shape_in_file(w, node, parameter);
        if (node->shares >= 0)
            cnn_onnx_add_input(to, parameter->name);
        else if (shape)
            add_tensor(w, to, parameter->name, shape, w->net->values + parameter->offset);
    }
}

/* Numbers in the arena as an array; without data when out of memory. */
static cnn_array real_array(writer *w, const cnn_shape *shape, const double *values) {
    const int64_t count = cnn_shape_elements(shape);
    float *reals = cnn_onnx_take(&w->arena, (size_t)count, sizeof *reals);
    for (int64_t i = 0; reals && i < count; i++)
        reals[i] = (float)values[i];
    return cnn_array_over(CNN_TYPE_FLOAT32, shape, reals);
}

/* Before and behind N, C, H and W: 0,0,top,left,0,0,bottom,right. */
static cnn_array padding_array(writer *w, const int64_t padding[4]) {
    const cnn_shape shape = cnn_shape_1(8);
    int64_t *pads = cnn_onnx_take(&w->arena, 8, sizeof *pads);
    for (int side = 0; pads && side < 4; side++)
        pads[2 + side + side / 2 * 2] = padding[side];
    return cnn_array_over(CNN_TYPE_INT64, &shape, pads);
}

/* A field's value for all axes of N,C,H,W. */
static cnn_array array_of(writer *w, const cnn_field *field, const void *value) {
    const cnn_shape one = {0}, axes = cnn_shape_1(4);
    const double *reals = value;
    if (field->type == CNN_FIELD_PADDING)
        return padding_array(w, value);
    if (field->type == CNN_FIELD_REAL_PAIR)
        return real_array(w, &axes, (double[]){1, 1, reals[0], reals[1]});
    return real_array(w, &one, reals);
}

/* What ONNX takes as an input: dropout's rate since opset 12, the limits of Clip since 11. */
static void add_constant(writer *w, CnnOnnx__NodeProto *to, const cnn_node *node, const cnn_field *field) {
    const char *prefix = cnn_onnx_join(&w->arena, node->name, ":");
    const char *name = prefix ? cnn_onnx_join(&w->arena, prefix, field->onnx) : NULL;
    cnn_array *array = cnn_onnx_take(&w->arena, 1, sizeof *array); /* the tensor points to its shape */
    if (!name || !array)
        return;
    *array = array_of(w, field, (const char *)&node->options + field->offset);
    CnnOnnx__TensorProto *tensor = array->data ? cnn_onnx_make_constant(&w->arena, array) : NULL;
    if (!tensor)
        return;
    tensor->name = (char *)name;
    w->graph.initializer[w->graph.n_initializer++] = tensor;
    while (to && to->n_input < (size_t)field->onnx_input)
        cnn_onnx_add_input(to, ""); /* left out */
    cnn_onnx_add_input(to, name);
}

static void add_constants(writer *w, CnnOnnx__NodeProto *to, const cnn_node *node) {
    for (const cnn_field *field = node->op->fields; field && field->word; field++)
        if (field->onnx_input)
            add_constant(w, to, node, field);
}

/* Operators younger than OPSET, written as x times a gate. */
static const struct gated {
    const cnn_op *op;
    const char *gate;   /* the operator that makes it from x */
    double alpha, beta; /* its attributes; 0: none */
} gated[] = {
    {&cnn_op_swish, "Sigmoid", 0, 0},
    {&cnn_op_hardswish, "HardSigmoid", 1.0 / 6, 0.5},
};

static const struct gated *find_gated(const cnn_op *op) {
    for (size_t i = 0; i < sizeof gated / sizeof gated[0]; i++)
        if (gated[i].op == op)
            return &gated[i];
    return NULL;
}

static void add_gated(writer *w, const struct gated *kind, const char *name, const char *x,
                      const char *output) {
    const char *gate = cnn_onnx_join(&w->arena, name, GATE_SUFFIX);
    CnnOnnx__NodeProto *make = add_node(w, kind->gate, name, 1, gate);
    cnn_onnx_add_input(make, x);
    if (kind->alpha != 0) {
        cnn_onnx_add_real(&w->arena, make, "alpha", kind->alpha);
        cnn_onnx_add_real(&w->arena, make, "beta", kind->beta);
    }
    CnnOnnx__NodeProto *multiply = add_node(w, "Mul", gate, 2, output);
    cnn_onnx_add_input(multiply, x);
    cnn_onnx_add_input(multiply, gate);
}

/* What layers call the output of a node, or the network's input. */
static const char *value_of(const writer *w, int node) {
    return node < 0 ? w->input : w->value[node];
}

/* ONNX's Add has two inputs, its Sum any number. */
static const char *operator_of(const cnn_node *node) {
    return node->op == &cnn_op_add && node->inputs > 2 ? "Sum" : node->op->onnx;
}

static void add_layer(writer *w, int64_t index) {
    const cnn_node *node = &w->net->nodes[index];
    bool last = index == w->net->node_count - 1;
    w->value[index] = last ? CNN_ONNX_OUTPUT : cnn_onnx_join(&w->arena, node->name, OUTPUT_SUFFIX);
    const struct gated *gated = find_gated(node->op);
    if (gated) {
        add_gated(w, gated, node->name, value_of(w, node->input[0]), w->value[index]);
        return;
    }
    CnnOnnx__NodeProto *to = add_node(w, operator_of(node), node->name, node->inputs, w->value[index]);
    for (int k = 0; k < node->inputs; k++)
        cnn_onnx_add_input(to, value_of(w, node->input[k]));
    add_parameters(w, to, node);
    add_constants(w, to, node);
    add_attributes(w, to, node);
    if (node->op == &cnn_op_batch_norm) /* ONNX's is the part that is kept */
        cnn_onnx_add_real(&w->arena, to, "momentum", 1 - node->options.batch_norm.momentum);
}

/* ---- The graph ------------------------------------------------------------------------------------- */

static bool is_normalised(const cnn_net *net) {
    bool normalised = false;
    for (int64_t c = 0; c < net->input.dim[0]; c++)
        normalised |= net->mean[c] != 0 || net->deviation[c] != 1;
    return normalised;
}

/* (x - mean) / deviation, as two nodes before the first layer. */
static void add_normalisation(writer *w) {
    CnnOnnx__NodeProto *subtract = add_node(w, "Sub", "input:subtract_mean", 1, "input:centred");
    cnn_onnx_add_input(subtract, w->input);
    add_tensor(w, subtract, "input:mean", &w->channels, w->net->mean);
    CnnOnnx__NodeProto *divide = add_node(w, "Div", "input:divide_by_deviation", 1, "input:normalised");
    cnn_onnx_add_input(divide, "input:centred");
    add_tensor(w, divide, "input:deviation", &w->channels, w->net->deviation);
    w->input = "input:normalised";
}

static void make_graph(writer *w) {
    const cnn_net *net = w->net;
    size_t nodes = 2 * (size_t)net->node_count + 2; /* two for each layer, and constants */
    cnn_onnx__graph_proto__init(&w->graph);
    w->value = cnn_onnx_take(&w->arena, nodes, sizeof *w->value);
    w->graph.name = (char *)"cnn";
    w->graph.node = cnn_onnx_take(&w->arena, nodes, sizeof *w->graph.node);
    w->graph.initializer =
        cnn_onnx_take(&w->arena, nodes + (size_t)net->parameter_count, sizeof *w->graph.initializer);
    w->graph.input = cnn_onnx_take(&w->arena, 1, sizeof *w->graph.input);
    w->graph.output = cnn_onnx_take(&w->arena, 1, sizeof *w->graph.output);
    if (w->arena.failed)
        return;
    w->input = CNN_ONNX_INPUT;
    w->channels = cnn_shape_of(4, (int64_t[]){1, net->input.dim[0], 1, 1});
    w->graph.input[w->graph.n_input++] = cnn_onnx_make_value(&w->arena, CNN_ONNX_INPUT, &net->input);
    w->graph.output[w->graph.n_output++] =
        cnn_onnx_make_value(&w->arena, CNN_ONNX_OUTPUT, &net->nodes[net->node_count - 1].output);
    if (is_normalised(net))
        add_normalisation(w);
    for (int64_t i = 0; !w->arena.failed && i < net->node_count; i++)
        add_layer(w, i);
}

/* ---- The model ------------------------------------------------------------------------------------- */

/* What the pixels are to be, and the class names. */
static void add_metadata(writer *w) {
    CnnOnnx__ModelProto *model = &w->model;
    model->metadata_props =
        cnn_onnx_take(&w->arena, CNN_ONNX_MOST_PIXEL_ENTRIES + 1, sizeof *model->metadata_props);
    if (!model->metadata_props)
        return;
    cnn_onnx_write_pixels(w->net, model, &w->arena);
    if (w->classes)
        model->metadata_props[model->n_metadata_props++] =
            cnn_onnx_make_entry(&w->arena, CNN_ONNX_CLASSES, w->classes);
}

static void make_model(writer *w) {
    cnn_onnx__model_proto__init(&w->model);
    cnn_onnx__operator_set_id_proto__init(&w->opset);
    w->model.has_ir_version = true;
    w->model.ir_version = IR_VERSION;
    w->model.producer_name = (char *)CNN_ONNX_PRODUCER;
    w->model.producer_version = (char *)CNN_VERSION;
    w->model.graph = &w->graph;
    w->opset.domain = (char *)"";
    w->opset.has_version = true;
    w->opset.version = OPSET;
    w->model.opset_import = cnn_onnx_take(&w->arena, 1, sizeof *w->model.opset_import);
    if (w->model.opset_import)
        w->model.opset_import[w->model.n_opset_import++] = &w->opset;
    add_metadata(w);
}

static cnn_status pack(const writer *w, void **bytes, size_t *size, cnn_error *error) {
    if (w->arena.failed)
        return cnn_fail(error, CNN_ERROR_MEMORY, "out of memory: an ONNX model of %lld layers",
                        (long long)w->net->node_count);
    *size = cnn_onnx__model_proto__get_packed_size(&w->model);
    if (*size > INT32_MAX)
        return cnn_fail(error, CNN_ERROR_UNSUPPORTED,
                        "an ONNX file can have 2 GiB, but this model takes %zu bytes", *size);
    *bytes = cnn_allocate(*size, 1, "an ONNX file", error);
    if (!*bytes)
        return CNN_ERROR_MEMORY;
    cnn_onnx__model_proto__pack(&w->model, *bytes);
    return CNN_OK;
}

cnn_status cnn_onnx_write(const cnn_net *net, void **bytes, size_t *size, cnn_error *error) {
    writer w = {.net = net};
    *bytes = NULL;
    cnn_status status = cnn_net_status(net);
    if (status != CNN_OK)
        return cnn_fail(error, status, "%s", cnn_net_error(net));
    if (net->node_count == 0)
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "a network without layers cannot be saved");
    if (net->classes)
        status = cnn_json_classes(net, &w.classes, error);
    if (status == CNN_OK) {
        make_graph(&w);
        make_model(&w);
        status = pack(&w, bytes, size, error);
    }
    cnn_free(w.classes);
    cnn_onnx_release(&w.arena);
    return status;
}
