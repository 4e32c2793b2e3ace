/* Any layer whose attributes are its fields, and whose inputs behind the first are its parameters. */
#include "onnx/layers/list.h"
#include "onnx/layers/weights.h"

#include <string.h>

typedef cnn_onnx_reader reader;
typedef cnn_onnx_node node;

/* ---- Attributes ------------------------------------------------------------------------------------ */

/* Whether the field is 0 in the file, where the layer would take its default instead. */
static bool is_lost_zero(const cnn_field *field, const cnn_options *options) {
    return field->type == CNN_FIELD_REAL && !field->zero &&
           *(const double *)((const char *)options + field->offset) == 0;
}

cnn_status cnn_onnx_get_options(node *n, const cnn_op *op, cnn_options *options) {
    cnn_status status = cnn_onnx_get_fields(n, op, options);
    for (const cnn_field *field = op->fields; status == CNN_OK && field && field->word; field++) {
        if (!field->onnx || field->onnx_input)
            continue;
        const bool given = cnn_attribute_given(&n->attributes, field->onnx);
        if (field->positional && !given)
            status = cnn_onnx_fail(n, CNN_ERROR_FORMAT, "%s is missing", field->onnx);
        else if (given && is_lost_zero(field, options))
            status = cnn_onnx_fail(n, CNN_ERROR_UNSUPPORTED, "%s must not be 0", field->onnx);
    }
    return status;
}

/* ---- Parameters ------------------------------------------------------------------------------------ */

/* Input k + 1 of the node, which must have the shape of the parameter. */
static cnn_status fill_parameter(const reader *r, const node *n, int k, const cnn_parameter *parameter) {
    const CnnOnnx__TensorProto *proto;
    cnn_onnx_tensor tensor;
    const char *what = strcmp(parameter->spec.suffix, "weight") == 0 ? "scale" : parameter->spec.suffix;
    char found[CNN_SHAPE_TEXT], expected[CNN_SHAPE_TEXT];
    cnn_status status = cnn_onnx_constant(r, n, (size_t)k + 1, what, false, &proto);
    if (status == CNN_OK)
        status = cnn_onnx_reals(n, proto, what, &tensor);
    if (status == CNN_OK && !cnn_shape_equal(&tensor.shape, &parameter->spec.shape))
        status = cnn_onnx_fail(n, CNN_ERROR_FORMAT, "the %s has the shape [%s], expected [%s]", what,
                               cnn_shape_text(&tensor.shape, found),
                               cnn_shape_text(&parameter->spec.shape, expected));
    if (status == CNN_OK)
        memcpy(cnn_onnx_parameter(r, k), tensor.reals, (size_t)tensor.elements * sizeof *tensor.reals);
    return status;
}

cnn_status cnn_onnx_fill_parameters(const reader *r, const node *n) {
    const cnn_node *layer = &r->net->nodes[r->net->node_count - 1];
    cnn_status status = CNN_OK;
    for (int k = 0; status == CNN_OK && k < layer->parameters; k++)
        status = fill_parameter(r, n, k, &r->net->parameters[layer->first_parameter + k]);
    return status;
}

/* ---- The layer ------------------------------------------------------------------------------------- */

/* A layer that works on maps takes those whose channels lie on axis 1. */
static cnn_status append_layer(reader *r, node *n, const cnn_onnx_value *x) {
    const cnn_op *op = cnn_op_by_onnx(n->proto->op_type);
    cnn_options options = {0};
    cnn_status status = op->keeps_layout ? CNN_OK : cnn_onnx_channels_first(n, x);
    if (status == CNN_OK)
        status = cnn_onnx_get_options(n, op, &options);
    if (status == CNN_OK)
        status = cnn_onnx_append(r, n, op, &options, x, NULL);
    return status == CNN_OK ? cnn_onnx_fill_parameters(r, n) : status;
}

cnn_status cnn_onnx_read_layer(reader *r, node *n) {
    cnn_onnx_value *x;
    cnn_status status = cnn_onnx_feature(r, n, 0, &x);
    return status == CNN_OK ? append_layer(r, n, x) : status;
}

/* Such an operator has no optional inputs. */
cnn_status cnn_onnx_read_plain_layer(reader *r, node *n) {
    cnn_onnx_value *x;
    int line;
    const bool by_value = cnn_op_by_onnx(n->proto->op_type)->keeps_layout;
    cnn_status status = by_value ? cnn_onnx_feature(r, n, 0, &x) : cnn_onnx_image_or_line(r, n, &x, &line);
    if (status == CNN_OK)
        status = append_layer(r, n, x);
    if (status != CNN_OK)
        return status;
    const size_t expected = 1 + (size_t)r->net->nodes[r->net->node_count - 1].parameters;
    return n->proto->n_input == expected
               ? CNN_OK
               : cnn_onnx_fail(n, CNN_ERROR_FORMAT, "it has %zu inputs, expected %zu", n->proto->n_input,
                               expected);
}

void cnn_onnx_write_layer(cnn_onnx_writer *w, const cnn_node *layer) {
    cnn_onnx_write_as(w, layer, layer->op->onnx);
}
