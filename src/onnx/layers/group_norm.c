/* GroupNormalization: scale and bias of each channel since operator set 21, of each group before it. */
#include "onnx/layers/list.h"
#include "onnx/layers/weights.h"

#include <inttypes.h>

/* Input k + 1, one value for each group, into parameter k of the layer appended last: each of the group's channels gets
 * it. */
static cnn_status fill_groups(const cnn_onnx_reader *reader, const cnn_onnx_node *node, int k,
                              const char *what) {
    const cnn_node *layer = &reader->net->nodes[reader->net->node_count - 1];
    const int64_t groups = layer->options.group_norm.groups, channels = layer->output.dim[0];
    const CnnOnnx__TensorProto *proto;
    cnn_onnx_tensor values;
    cnn_status status = cnn_onnx_constant(reader, node, (size_t)k + 1, what, false, &proto);
    if (status == CNN_OK)
        status = cnn_onnx_reals(node, proto, what, &values);
    if (status == CNN_OK && (values.shape.rank != 1 || values.elements != groups))
        status = cnn_onnx_fail(node, CNN_ERROR_FORMAT,
                               "the %s must have one value for each of %" PRId64
                               " groups (before operator set 21)",
                               what, groups);
    for (int64_t c = 0; status == CNN_OK && c < channels; c++)
        cnn_onnx_parameter(reader, k)[c] = values.reals[c / (channels / groups)];
    return status;
}

static cnn_status read_with_groups(cnn_onnx_reader *reader, cnn_onnx_node *node) {
    cnn_onnx_value *x;
    cnn_options options = {0};
    int line;
    cnn_status status = cnn_onnx_image_or_line(reader, node, &x, &line);
    if (status == CNN_OK)
        status = cnn_onnx_get_options(node, &cnn_op_group_norm, &options);
    if (status == CNN_OK)
        status = cnn_onnx_append(reader, node, &cnn_op_group_norm, &options, x, NULL);
    if (status == CNN_OK)
        status = fill_groups(reader, node, 0, "scale");
    return status == CNN_OK ? fill_groups(reader, node, 1, "bias") : status;
}

/* `stash_type` is the type to calculate in: float32. */
cnn_status cnn_onnx_read_group_norm(cnn_onnx_reader *reader, cnn_onnx_node *node) {
    cnn_status status = cnn_onnx_only_integer(node, "stash_type", CNN_ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT);
    if (status != CNN_OK)
        return status;
    return reader->opset < 21 ? read_with_groups(reader, node) : cnn_onnx_read_plain_layer(reader, node);
}
