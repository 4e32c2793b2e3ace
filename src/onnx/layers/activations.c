/* ONNX nodes that go value by value, to activations. */
#include "onnx/layers/list.h"

#include "base/text.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

typedef cnn_onnx_reader reader;
typedef cnn_onnx_node node;

/* The node's input, and what its attributes say about an activation. */
static cnn_status read_fields(const reader *r, node *n, const cnn_op *op, cnn_onnx_value **x,
                              cnn_options *options) {
    cnn_status status = cnn_onnx_feature(r, n, 0, x);
    return status == CNN_OK ? cnn_onnx_get_fields(n, op, options) : status;
}

/* Zero stands for a default in cnn_options. An alpha of 0 makes a ReLU of the three kinds that have it alone.
 */
static cnn_status replace_zeros(const node *n, const cnn_options *options, const cnn_op **op) {
    const bool no_alpha = cnn_attribute_given(&n->attributes, "alpha") && options->activation.alpha == 0;
    const bool no_beta =
        (cnn_attribute_given(&n->attributes, "beta") || cnn_attribute_given(&n->attributes, "gamma")) &&
        options->activation.beta == 0;
    const bool one_field = (*op)->fields && !(*op)->fields[1].word;
    if (no_beta || (no_alpha && !one_field))
        return cnn_onnx_fail(n, CNN_ERROR_UNSUPPORTED, "with an attribute of 0 its result would be constant");
    if (no_alpha)
        *op = &cnn_op_relu;
    return CNN_OK;
}

cnn_status cnn_onnx_read_activation(reader *r, node *n) {
    const cnn_op *op = cnn_op_by_onnx(n->proto->op_type);
    cnn_options options = {0};
    cnn_onnx_value *x;
    cnn_status status = read_fields(r, n, op, &x, &options);
    if (status == CNN_OK)
        status = replace_zeros(n, &options, &op);
    return status == CNN_OK ? cnn_onnx_append(r, n, op, op == &cnn_op_relu ? NULL : &options, x, NULL)
                            : status;
}

cnn_status cnn_onnx_read_swish(reader *r, node *n) {
    cnn_status status = cnn_onnx_only_real(n, "alpha", 1);
    return status == CNN_OK ? cnn_onnx_read_activation(r, n) : status;
}

/* ---- PRelu ----------------------------------------------------------------------------------------- */

cnn_status cnn_onnx_read_prelu(reader *r, node *n) {
    const CnnOnnx__TensorProto *proto;
    cnn_onnx_tensor slope;
    cnn_onnx_value *x;
    cnn_status status = cnn_onnx_feature(r, n, 0, &x);
    if (status == CNN_OK)
        status = cnn_onnx_constant(r, n, 1, "slope", false, &proto);
    if (status == CNN_OK)
        status = cnn_onnx_reals(n, proto, "slope", &slope);
    if (status != CNN_OK)
        return status;
    const cnn_shape *shape = cnn_onnx_shape(r, x);
    if (!cnn_onnx_is_per_channel(&slope, &x->view))
        return cnn_onnx_fail(n, CNN_ERROR_UNSUPPORTED,
                             "the slope must be one number or one for each of %" PRId64
                             " channels, shape [C,1,1]",
                             shape->dim[0]);
    const cnn_options options = {.prelu = {.shared = slope.elements == 1 && shape->dim[0] > 1}};
    status = cnn_onnx_append(r, n, &cnn_op_prelu, &options, x, NULL);
    if (status == CNN_OK)
        memcpy(cnn_onnx_parameter(r, 0), slope.reals, (size_t)slope.elements * sizeof *slope.reals);
    return status;
}

/* The slopes of a map meet N,C,H,W from the right: C,1,1. */
void cnn_onnx_write_prelu(cnn_onnx_writer *w, const cnn_node *layer) {
    CnnOnnx__NodeProto *to = cnn_onnx_begin_layer(w, layer, "PRelu");
    const cnn_parameter *slope = &w->net->parameters[layer->first_parameter];
    cnn_shape *shape = cnn_onnx_take(&w->arena, 1, sizeof *shape);
    if (!shape)
        return;
    *shape = layer->output.rank == 1 ? slope->spec.shape : cnn_shape_3(slope->elements, 1, 1);
    cnn_onnx_write_parameter(w, to, layer, 0, shape);
}

/* ---- x times a gate of x, in two nodes ------------------------------------------------------------- */

/* The Mul of x and the node's output, if nobody else reads that; CNN_ONNX_NO_NODE: none. */
static int64_t gated_product(const reader *r, const node *n, const cnn_onnx_value *x) {
    const cnn_onnx_value *gate = cnn_onnx_output(r, n);
    const int64_t user = cnn_onnx_only_user(r, n);
    if (user == CNN_ONNX_NO_NODE)
        return CNN_ONNX_NO_NODE;
    const node product = cnn_onnx_node_at(r, user);
    const cnn_onnx_value *first = cnn_onnx_input(r, &product, 0), *second = cnn_onnx_input(r, &product, 1);
    const bool gates_x = (first == x && second == gate) || (first == gate && second == x);
    return strcmp(product.proto->op_type, "Mul") == 0 && gates_x ? user : CNN_ONNX_NO_NODE;
}

/* The layer that does the work of a gate and its product; NULL: none. */
static const cnn_op *gated_op(const cnn_op *gate, const cnn_options *options) {
    if (gate == &cnn_op_sigmoid)
        return &cnn_op_swish;
    const bool sixth = (float)options->activation.alpha == (float)(1.0 / 6);
    const bool half = options->activation.beta == 0 || options->activation.beta == 0.5;
    return sixth && half ? &cnn_op_hardswish : NULL;
}

cnn_status cnn_onnx_read_gate(reader *r, node *n) {
    const cnn_op *gate = cnn_op_by_onnx(n->proto->op_type);
    cnn_options options = {0};
    cnn_onnx_value *x;
    cnn_status status = read_fields(r, n, gate, &x, &options);
    if (status != CNN_OK)
        return status;
    const int64_t product = gated_product(r, n, x);
    const cnn_op *gated = product == CNN_ONNX_NO_NODE ? NULL : gated_op(gate, &options);
    if (!gated)
        return cnn_onnx_read_activation(r, n);
    r->absorbed_by[product] = (cnn_layer)r->net->node_count + 1;
    return cnn_onnx_append(r, n, gated, NULL, x, NULL);
}

/* Layers younger than the operator set that is written: x times a gate. */
static const struct gated {
    const cnn_op *op;
    const char *gate;   /* the operator that makes it from x */
    double alpha, beta; /* its attributes; 0: none */
} gated[] = {
    {&cnn_op_swish, "Sigmoid", 0, 0},
    {&cnn_op_hardswish, "HardSigmoid", 1.0 / 6, 0.5},
};

void cnn_onnx_write_gated(cnn_onnx_writer *w, const cnn_node *layer) {
    const struct gated *kind = layer->op == gated[0].op ? &gated[0] : &gated[1];
    const char *name = cnn_onnx_join(&w->arena, layer->name, ":gate"), *x = cnn_onnx_input_name(w, layer, 0);
    CnnOnnx__NodeProto *gate = cnn_onnx_write_node(w, kind->gate, layer->name, 1, name);
    cnn_onnx_add_input(gate, x);
    if (kind->alpha != 0) {
        cnn_onnx_add_real(&w->arena, gate, "alpha", kind->alpha);
        cnn_onnx_add_real(&w->arena, gate, "beta", kind->beta);
    }
    CnnOnnx__NodeProto *product = cnn_onnx_write_node(w, "Mul", name, 2, cnn_onnx_output_name(w, layer));
    cnn_onnx_add_input(product, x);
    cnn_onnx_add_input(product, name);
}

/* ---- Clip ------------------------------------------------------------------------------------------ */

/* A limit: an attribute before opset 11, then an input. *limit keeps its value where there is none. */
static cnn_status read_limit(const reader *r, node *n, const char *name, size_t k, double *limit) {
    const CnnOnnx__TensorProto *proto;
    cnn_onnx_tensor tensor;
    cnn_status status = cnn_onnx_get_real(n, name, limit);
    if (status == CNN_OK)
        status = cnn_onnx_constant(r, n, k, name, true, &proto);
    if (status != CNN_OK || !proto)
        return status;
    status = cnn_onnx_reals(n, proto, name, &tensor);
    if (status == CNN_OK && tensor.elements != 1)
        status = cnn_onnx_fail(n, CNN_ERROR_FORMAT, "%s must be one number", name);
    if (status == CNN_OK)
        *limit = cnn_shortest(tensor.reals[0]);
    return status;
}

cnn_status cnn_onnx_read_clip(reader *r, node *n) {
    const double largest = cnn_shortest(FLT_MAX);
    cnn_options options = {.activation = {.alpha = -largest, .beta = largest}};
    double *min = &options.activation.alpha, *max = &options.activation.beta;
    cnn_onnx_value *x;
    cnn_status status = cnn_onnx_feature(r, n, 0, &x);
    if (status == CNN_OK)
        status = read_limit(r, n, "min", 1, min);
    if (status == CNN_OK)
        status = read_limit(r, n, "max", 2, max);
    *min = *min == -INFINITY ? -largest : *min;
    *max = *max == INFINITY ? largest : *max;
    return status == CNN_OK ? cnn_onnx_append(r, n, &cnn_op_clip, &options, x, NULL) : status;
}
