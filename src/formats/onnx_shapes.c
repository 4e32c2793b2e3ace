/* Operators that give the same values another shape: all that a network knows is to flatten. */
#include "formats/onnx_operators.h"

typedef cnn_onnx_reader reader;
typedef cnn_onnx_node node;

static cnn_status append_flatten(reader *r, const node *n, const cnn_onnx_value *x) {
    if (cnn_onnx_shape(r, x)->rank == 1)
        return cnn_onnx_pass_on(r, n, x);
    return cnn_onnx_append(r, n, &cnn_op_flatten, NULL, x, NULL);
}

cnn_status cnn_onnx_read_flatten(reader *r, node *n) {
    int64_t axis = 1;
    cnn_onnx_value *x;
    cnn_status status = cnn_onnx_feature(r, n, 0, &x);
    if (status == CNN_OK)
        status = cnn_onnx_get_integer(n, "axis", &axis);
    if (status == CNN_OK && axis != 1 && axis != -cnn_onnx_shape(r, x)->rank)
        status =
            cnn_onnx_fail(n, CNN_ERROR_UNSUPPORTED, "axis %lld is not supported, only 1", (long long)axis);
    return status == CNN_OK ? append_flatten(r, n, x) : status;
}

/* ---- Reshape --------------------------------------------------------------------------------------- */

/* The target: an input since opset 5, before it an attribute. */
static cnn_status read_target(const reader *r, node *n, const int64_t **target, size_t *count) {
    const CnnOnnx__TensorProto *proto;
    cnn_onnx_tensor tensor;
    if (r->opset < 5)
        return cnn_onnx_get_list(n, "shape", target, count);
    cnn_status status = cnn_onnx_constant(r, n, 1, "shape", false, &proto);
    if (status == CNN_OK)
        status = cnn_onnx_integers(n, proto, "shape", &tensor);
    if (status != CNN_OK)
        return status;
    *target = tensor.integers;
    *count = (size_t)tensor.elements;
    return CNN_OK;
}

/* Whether the target keeps the batch and makes one axis of the rest: [0,-1], [-1,K], [N,-1], ... */
static bool is_flat(const reader *r, const int64_t *target, size_t count, bool allow_zero, int64_t elements) {
    if (count != 2)
        return false;
    const int64_t batch = target[0], rest = target[1];
    bool keeps_batch = (batch == 0 && !allow_zero) || batch == -1 || (r->batch > 0 && batch == r->batch);
    return keeps_batch && (rest == elements || (rest == -1 && batch != -1));
}

cnn_status cnn_onnx_read_reshape(reader *r, node *n) {
    const int64_t *target = NULL;
    size_t count = 0;
    int64_t allow_zero = 0;
    cnn_onnx_value *x;
    cnn_status status = cnn_onnx_feature(r, n, 0, &x);
    if (status == CNN_OK)
        status = read_target(r, n, &target, &count);
    if (status == CNN_OK)
        status = cnn_onnx_get_integer(n, "allowzero", &allow_zero);
    if (status == CNN_OK &&
        !is_flat(r, target, count, allow_zero != 0, cnn_shape_elements(cnn_onnx_shape(r, x))))
        status = cnn_onnx_fail(n, CNN_ERROR_UNSUPPORTED,
                               "a Reshape must flatten all but the batch: shape [0,-1] or [-1,%lld]",
                               (long long)cnn_shape_elements(cnn_onnx_shape(r, x)));
    return status == CNN_OK ? append_flatten(r, n, x) : status;
}

/* ---- Axes that go ---------------------------------------------------------------------------------- */

/* An attribute, or an input since opset `since`. */
static cnn_status read_axes(const reader *r, node *n, int64_t since, const int64_t **axes, size_t *count) {
    const CnnOnnx__TensorProto *proto;
    cnn_onnx_tensor tensor;
    *count = 0;
    if (r->opset < since)
        return cnn_onnx_get_list(n, "axes", axes, count);
    cnn_status status = cnn_onnx_constant(r, n, 1, "axes", true, &proto);
    if (status == CNN_OK && proto)
        status = cnn_onnx_integers(n, proto, "axes", &tensor);
    if (status == CNN_OK && proto) {
        *axes = tensor.integers;
        *count = (size_t)tensor.elements;
    }
    return status;
}

/* Whether they are rows and columns, in any order: 2 and 3, or -2 and -1. */
static bool are_rows_and_columns(const int64_t *axes, size_t count) {
    bool found[2] = {false, false};
    for (size_t i = 0; i < count; i++) {
        const int64_t axis = axes[i] < 0 ? axes[i] + 4 : axes[i];
        if (axis < 2 || axis > 3)
            return false;
        found[axis - 2] = true;
    }
    return count == 2 && found[0] && found[1];
}

cnn_status cnn_onnx_read_squeeze(reader *r, node *n) {
    const int64_t *axes = NULL;
    size_t count;
    cnn_onnx_value *x;
    cnn_status status = cnn_onnx_image(r, n, &x);
    if (status == CNN_OK)
        status = read_axes(r, n, 13, &axes, &count);
    if (status != CNN_OK)
        return status;
    const cnn_shape *input = cnn_onnx_shape(r, x);
    if (!are_rows_and_columns(axes, count) || input->dim[1] != 1 || input->dim[2] != 1)
        return cnn_onnx_fail(n, CNN_ERROR_UNSUPPORTED,
                             "only both axes 2 and 3 of a feature map of one row and column can go");
    return append_flatten(r, n, x);
}

/* The mean over rows and columns is a global average pooling, and without keepdims a vector. */
cnn_status cnn_onnx_read_reduce_mean(reader *r, node *n) {
    const int64_t *axes = NULL;
    size_t count;
    int64_t keep = 1;
    cnn_onnx_value *x, *output = cnn_onnx_output(r, n);
    cnn_status status = cnn_onnx_image(r, n, &x);
    if (status == CNN_OK)
        status = read_axes(r, n, 18, &axes, &count);
    if (status == CNN_OK && !are_rows_and_columns(axes, count))
        status = cnn_onnx_fail(n, CNN_ERROR_UNSUPPORTED, "only the mean over axes 2 and 3 is supported");
    if (status == CNN_OK)
        status = cnn_onnx_get_integer(n, "keepdims", &keep);
    if (status == CNN_OK)
        status = cnn_onnx_only_integer(n, "noop_with_empty_axes", 0);
    if (status == CNN_OK)
        status = cnn_onnx_append_global_pool(r, n, x);
    return status == CNN_OK && !keep ? append_flatten(r, n, output) : status;
}
