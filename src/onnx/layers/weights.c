/* What readers of layers share: feature maps, weights and biases. */
#include "onnx/layers/weights.h"

#include <inttypes.h>
#include <string.h>

typedef cnn_onnx_reader reader;
typedef cnn_onnx_node node;

cnn_status cnn_onnx_image(const reader *r, const node *n, cnn_onnx_value **x) {
    cnn_status status = cnn_onnx_feature(r, n, 0, x);
    char text[CNN_ONNX_VIEW_TEXT];
    if (status == CNN_OK && cnn_onnx_shape(r, *x)->rank != 3)
        status = cnn_onnx_fail(n, CNN_ERROR_UNSUPPORTED, "the input must have N,C,H,W, not N and a length");
    if (status == CNN_OK && !cnn_onnx_view_is_map(&(*x)->view))
        status = cnn_onnx_fail(n, CNN_ERROR_UNSUPPORTED, "its input has the axes %s, expected N,C,H,W",
                               cnn_onnx_view_text(&(*x)->view, text));
    return status;
}

cnn_status cnn_onnx_image_or_line(const reader *r, const node *n, cnn_onnx_value **x, int *line) {
    cnn_status status = cnn_onnx_feature(r, n, 0, x);
    *line = status == CNN_OK && cnn_onnx_shape(r, *x)->rank == 3 ? cnn_onnx_view_line(&(*x)->view) : -1;
    return status != CNN_OK || *line >= 0 ? status : cnn_onnx_image(r, n, x);
}

void cnn_onnx_fill_bias(const reader *r, const cnn_onnx_tensor *bias, int64_t outputs, float factor) {
    float *to = cnn_onnx_parameter(r, 1);
    for (int64_t i = 0; i < outputs; i++)
        to[i] = factor * bias->reals[bias->elements == 1 ? 0 : i];
}

/* The axes of a layer's output of `rank` axes, of whose rows and columns nobody asks. */
static cnn_onnx_view view_of_outputs(int rank, int64_t outputs) {
    const cnn_shape shape = {.rank = rank - 1, .dim = {outputs, 1, 1}};
    return cnn_onnx_view_of(&shape);
}

/* The node's input `k`; bias->reals is NULL if it has none. */
static cnn_status own_bias(const reader *r, const node *n, size_t k, int64_t outputs, cnn_onnx_tensor *bias) {
    const CnnOnnx__TensorProto *proto;
    const cnn_onnx_view vector = view_of_outputs(2, outputs);
    cnn_status status = cnn_onnx_constant(r, n, k, "bias", true, &proto);
    if (status == CNN_OK && proto)
        status = cnn_onnx_reals(n, proto, "bias", bias);
    if (status == CNN_OK && proto && !cnn_onnx_is_per_channel(bias, &vector))
        status = cnn_onnx_fail(n, CNN_ERROR_FORMAT, "the bias has %" PRId64 " elements, expected %" PRId64,
                               bias->elements, outputs);
    return status;
}

int64_t cnn_onnx_constant_behind(const reader *r, const node *n, const char *op, const cnn_onnx_view *view,
                                 cnn_onnx_tensor *constant) {
    const cnn_onnx_value *output = cnn_onnx_output(r, n);
    const int64_t user = cnn_onnx_only_user(r, n);
    if (user == CNN_ONNX_NO_NODE)
        return CNN_ONNX_NO_NODE;
    const node behind = cnn_onnx_node_at(r, user);
    if (strcmp(behind.proto->op_type, op) != 0)
        return CNN_ONNX_NO_NODE;
    const cnn_onnx_value *first = cnn_onnx_input(r, &behind, 0), *second = cnn_onnx_input(r, &behind, 1);
    const cnn_onnx_value *other = first == output ? second : first;
    cnn_onnx_tensor found;
    if (!other || !other->constant ||
        cnn_onnx_reals(&behind, other->constant, "constant", &found) != CNN_OK ||
        !cnn_onnx_is_per_channel(&found, view))
        return CNN_ONNX_NO_NODE;
    *constant = found;
    return user;
}

/* Whether nodes behind, each the only reader of the one before it, scale the output and then add to it, as batch
 * normalisation does in the files of TensorFlow: affine.c takes both into a layer that has a bias. */
static bool is_shifted_later(const reader *r, const node *n, const cnn_onnx_view *view) {
    cnn_onnx_tensor constant;
    const int64_t scaled = cnn_onnx_constant_behind(r, n, "Mul", view, &constant);
    if (scaled == CNN_ONNX_NO_NODE)
        return false;
    const node behind = cnn_onnx_node_at(r, scaled);
    return cnn_onnx_constant_behind(r, &behind, "Add", view, &constant) != CNN_ONNX_NO_NODE ||
           cnn_onnx_constant_behind(r, &behind, "Sub", view, &constant) != CNN_ONNX_NO_NODE;
}

/* An Add of one number for each channel that is the only reader of the node's output: then the layer does its
 * work. Where the constant is something else, bias->reals stays NULL, and reading the Add says what is wrong.
 */
static void absorb_bias(reader *r, const node *n, int rank, int64_t outputs, cnn_onnx_tensor *bias) {
    static const float none;
    const cnn_onnx_view view = view_of_outputs(rank, outputs);
    const int64_t add = cnn_onnx_constant_behind(r, n, "Add", &view, bias);
    if (add != CNN_ONNX_NO_NODE)
        r->absorbed_by[add] = (cnn_layer)r->net->node_count + 1;
    else if (is_shifted_later(r, n, &view))
        *bias = (cnn_onnx_tensor){.elements = 1, .reals = &none};
}

cnn_status cnn_onnx_bias(reader *r, const node *n, size_t k, int rank, int64_t outputs,
                         cnn_onnx_tensor *bias) {
    *bias = (cnn_onnx_tensor){0};
    cnn_status status = own_bias(r, n, k, outputs, bias);
    if (status == CNN_OK && !bias->reals)
        absorb_bias(r, n, rank, outputs, bias);
    return status;
}

cnn_status cnn_onnx_weight(const reader *r, const node *n, int rank, cnn_onnx_tensor *weight) {
    const CnnOnnx__TensorProto *proto;
    cnn_status status = cnn_onnx_constant(r, n, 1, "weight", false, &proto);
    if (status == CNN_OK)
        status = cnn_onnx_reals(n, proto, "weight", weight);
    if (status == CNN_OK && (weight->shape.rank != rank || weight->elements == 0))
        status = cnn_onnx_fail(n, CNN_ERROR_UNSUPPORTED,
                               "the weight has %d axes and %" PRId64 " elements, expected %d axes",
                               weight->shape.rank, weight->elements, rank);
    return status;
}
