#include "onnx/writer.h"

#include <string.h>

enum {
    MAX_TENSORS = CNN_MAX_PARAMETERS + 1, /* a node's parameters, and dropout's ratio */
    MAX_ATTRIBUTES = 16
};

CnnOnnx__NodeProto *cnn_onnx_write_node(cnn_onnx_writer *w, const char *op, const char *name, int values,
                                        const char *output) {
    const size_t inputs = (size_t)values + MAX_TENSORS;
    CnnOnnx__NodeProto *node = cnn_onnx_make_node(&w->arena, op, name, inputs, MAX_ATTRIBUTES);
    if (!node)
        return NULL;
    node->output[node->n_output++] = (char *)output;
    return w->graph.node[w->graph.n_node++] = node;
}

static void add_initializer(cnn_onnx_writer *w, CnnOnnx__TensorProto *tensor) {
    w->graph.initializer[w->graph.n_initializer++] = tensor;
}

void cnn_onnx_write_tensor(cnn_onnx_writer *w, CnnOnnx__NodeProto *to, const char *name,
                           const cnn_shape *shape, const float *values) {
    add_initializer(w, cnn_onnx_make_tensor(&w->arena, name, shape, values));
    cnn_onnx_add_input(to, name);
}

const char *cnn_onnx_input_name(const cnn_onnx_writer *w, const cnn_node *node, int k) {
    return node->input[k] < 0 ? w->input : w->value[node->input[k]];
}

const char *cnn_onnx_output_name(const cnn_onnx_writer *w, const cnn_node *node) {
    return w->value[node - w->net->nodes];
}

/* ---- Fields as attributes -------------------------------------------------------------------------- */

static void add_attribute(cnn_onnx_writer *w, CnnOnnx__NodeProto *to, const cnn_field *field,
                          const cnn_options *options) {
    const void *value = (const char *)options + field->offset;
    switch (field->type) {
    case CNN_FIELD_REAL_PAIR: /* no attribute is one */
    case CNN_FIELD_SPAN:
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

/* ---- Fields as inputs ------------------------------------------------------------------------------ */

/* Numbers in the arena as an array; without data when out of memory. */
static cnn_array real_array(cnn_onnx_writer *w, const cnn_shape *shape, const double *values) {
    const int64_t count = cnn_shape_elements(shape);
    float *reals = cnn_onnx_take(&w->arena, (size_t)count, sizeof *reals);
    for (int64_t i = 0; reals && i < count; i++)
        reals[i] = (float)values[i];
    return cnn_array_over(CNN_TYPE_FLOAT32, shape, reals);
}

/* Before and behind N, C, H and W: 0,before,top,left,0,behind,bottom,right. */
static cnn_array padding_array(cnn_onnx_writer *w, const cnn_pad2d_options *pad) {
    const cnn_shape shape = cnn_shape_1(8);
    int64_t *pads = cnn_onnx_take(&w->arena, 8, sizeof *pads);
    for (int side = 0; pads && side < 4; side++)
        pads[2 + side + side / 2 * 2] = pad->padding[side];
    for (int side = 0; pads && side < 2; side++)
        pads[1 + 4 * side] = pad->channels[side];
    return cnn_array_over(CNN_TYPE_INT64, &shape, pads);
}

/* A field's value for all axes of N,C,H,W. */
static cnn_array array_of(cnn_onnx_writer *w, const cnn_node *node, const cnn_field *field) {
    const cnn_shape one = {0}, axes = cnn_shape_1(4);
    const double *reals = (const void *)((const char *)&node->options + field->offset);
    if (field->type == CNN_FIELD_PADDING)
        return padding_array(w, &node->options.pad2d);
    if (field->type == CNN_FIELD_REAL_PAIR)
        return real_array(w, &axes, (double[]){1, 1, reals[0], reals[1]});
    return real_array(w, &one, reals);
}

/* Add the array to the file under this name, and to the node as its next input. */
static void write_array(cnn_onnx_writer *w, CnnOnnx__NodeProto *to, const char *name, cnn_array made) {
    cnn_array *array = cnn_onnx_take(&w->arena, 1, sizeof *array); /* the tensor points to its shape */
    if (!name || !array || !made.data)
        return;
    *array = made;
    CnnOnnx__TensorProto *tensor = cnn_onnx_make_constant(&w->arena, array);
    if (!tensor)
        return;
    tensor->name = (char *)name;
    add_initializer(w, tensor);
    cnn_onnx_add_input(to, name);
}

void cnn_onnx_write_integers(cnn_onnx_writer *w, CnnOnnx__NodeProto *to, const cnn_node *layer,
                             const char *suffix, const int64_t *values, int64_t count) {
    const cnn_shape shape = cnn_shape_1(count);
    int64_t *copy = cnn_onnx_take(&w->arena, (size_t)count, sizeof *copy);
    if (copy)
        memcpy(copy, values, (size_t)count * sizeof *copy);
    write_array(w, to, cnn_onnx_join(&w->arena, layer->name, suffix),
                cnn_array_over(CNN_TYPE_INT64, &shape, copy));
}

/* What ONNX takes as an input: dropout's rate since opset 12, the bounds of Clip since 11. */
static void add_constant(cnn_onnx_writer *w, CnnOnnx__NodeProto *to, const cnn_node *node,
                         const cnn_field *field) {
    const char *prefix = cnn_onnx_join(&w->arena, node->name, ":");
    const char *name = prefix ? cnn_onnx_join(&w->arena, prefix, field->onnx) : NULL;
    while (to && to->n_input < (size_t)field->onnx_input)
        cnn_onnx_add_input(to, ""); /* left out */
    write_array(w, to, name, array_of(w, node, field));
}

/* ---- Layers ---------------------------------------------------------------------------------------- */

CnnOnnx__NodeProto *cnn_onnx_begin_layer(cnn_onnx_writer *w, const cnn_node *node, const char *op) {
    CnnOnnx__NodeProto *to =
        cnn_onnx_write_node(w, op, node->name, node->inputs, cnn_onnx_output_name(w, node));
    for (int k = 0; k < node->inputs; k++)
        cnn_onnx_add_input(to, cnn_onnx_input_name(w, node, k));
    return to;
}

/* A layer that shares its parameters reads the tensors of the other one. */
void cnn_onnx_write_parameter(cnn_onnx_writer *w, CnnOnnx__NodeProto *to, const cnn_node *node, int k,
                              const cnn_shape *shape) {
    const cnn_parameter *parameter = &w->net->parameters[node->first_parameter + k];
    if (node->shares >= 0)
        cnn_onnx_add_input(to, parameter->name);
    else
        cnn_onnx_write_tensor(w, to, parameter->name, shape, w->net->values + parameter->offset);
}

CnnOnnx__NodeProto *cnn_onnx_write_as(cnn_onnx_writer *w, const cnn_node *node, const char *op) {
    CnnOnnx__NodeProto *to = cnn_onnx_begin_layer(w, node, op);
    for (int k = 0; k < node->parameters; k++)
        cnn_onnx_write_parameter(w, to, node, k, &w->net->parameters[node->first_parameter + k].spec.shape);
    for (const cnn_field *field = node->op->fields; field && field->word; field++)
        if (field->onnx_input)
            add_constant(w, to, node, field);
    for (const cnn_field *field = node->op->fields; field && field->word; field++)
        if (field->onnx && !field->onnx_input)
            add_attribute(w, to, field, &node->options);
    return to;
}
