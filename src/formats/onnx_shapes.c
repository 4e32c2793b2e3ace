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

/* The sizes that a Reshape asks for; one that is the batch, which is free, is KEEPS_BATCH. */
typedef struct target {
    int64_t size[CNN_MAX_RANK];
    size_t count;
} target;

enum { KEEPS_BATCH = -2 };

static cnn_status fill_target(const node *n, const int64_t *sizes, int64_t count, target *to) {
    if (count > CNN_MAX_RANK)
        return cnn_onnx_fail(n, CNN_ERROR_UNSUPPORTED, "%lld axes are asked for; %d are the most",
                             (long long)count, CNN_MAX_RANK);
    to->count = (size_t)count;
    for (int64_t i = 0; i < count; i++)
        to->size[i] = sizes[i];
    return CNN_OK;
}

/* Sizes that were calculated from the batch: each is the batch itself, or does not depend on it. */
static cnn_status read_probes(const node *n, const cnn_onnx_value *shape, target *to) {
    cnn_onnx_tensor probe[2];
    cnn_status status = CNN_OK;
    for (int i = 0; status == CNN_OK && i < 2; i++)
        status = cnn_onnx_integers(n, shape->probe[i], "shape", &probe[i]);
    if (status == CNN_OK && probe[0].elements != probe[1].elements)
        status = cnn_onnx_fail(n, CNN_ERROR_UNSUPPORTED, "how many axes it gives depends on the batch");
    if (status == CNN_OK)
        status = fill_target(n, probe[0].integers, probe[0].elements, to);
    for (size_t i = 0; status == CNN_OK && i < to->count; i++) {
        if (probe[0].integers[i] == probe[1].integers[i])
            continue;
        if (probe[0].integers[i] != CNN_ONNX_PROBES[0] || probe[1].integers[i] != CNN_ONNX_PROBES[1])
            return cnn_onnx_fail(n, CNN_ERROR_UNSUPPORTED,
                                 "the size of axis %zu is calculated from the batch", i);
        to->size[i] = KEEPS_BATCH;
    }
    return status;
}

/* An input since opset 5, before it an attribute. */
static cnn_status read_target(const reader *r, node *n, target *to) {
    const cnn_onnx_value *shape = cnn_onnx_input(r, n, 1);
    const CnnOnnx__TensorProto *proto;
    cnn_onnx_tensor tensor;
    const int64_t *sizes = NULL;
    size_t count = 0;
    if (r->opset < 5) {
        cnn_status status = cnn_onnx_get_list(n, "shape", &sizes, &count);
        return status == CNN_OK ? fill_target(n, sizes, (int64_t)count, to) : status;
    }
    if (shape && shape->probe[0])
        return read_probes(n, shape, to);
    cnn_status status = cnn_onnx_constant(r, n, 1, "shape", false, &proto);
    if (status == CNN_OK)
        status = cnn_onnx_integers(n, proto, "shape", &tensor);
    return status == CNN_OK ? fill_target(n, tensor.integers, tensor.elements, to) : status;
}

/* Whether the target keeps the batch and makes one axis of the rest: [0,-1], [-1,K], [N,-1], ... */
static bool is_flat(const reader *r, const target *to, bool allow_zero, int64_t elements) {
    if (to->count != 2)
        return false;
    const int64_t batch = to->size[0], rest = to->size[1];
    bool keeps_batch = batch == KEEPS_BATCH || (batch == 0 && !allow_zero) || batch == -1 ||
                       (r->batch > 0 && batch == r->batch);
    return keeps_batch && (rest == elements || (rest == -1 && batch != -1));
}

cnn_status cnn_onnx_read_reshape(reader *r, node *n) {
    target to = {0};
    int64_t allow_zero = 0;
    cnn_onnx_value *x;
    cnn_status status = cnn_onnx_feature(r, n, 0, &x);
    if (status == CNN_OK)
        status = read_target(r, n, &to);
    if (status == CNN_OK)
        status = cnn_onnx_get_integer(n, "allowzero", &allow_zero);
    if (status == CNN_OK && !is_flat(r, &to, allow_zero != 0, cnn_shape_elements(cnn_onnx_shape(r, x))))
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
        status = cnn_onnx_append(r, n, &cnn_op_global_avg_pool2d, NULL, x, NULL);
    return status == CNN_OK && !keep ? append_flatten(r, n, output) : status;
}
