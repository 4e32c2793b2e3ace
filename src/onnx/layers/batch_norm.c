/* BatchNormalization. */
#include "onnx/layers/list.h"
#include "onnx/layers/views.h"
#include "onnx/layers/weights.h"

#include "base/text.h"

#include <float.h>

/* ONNX's momentum is the part that is kept. One of 1 would keep all and has no counterpart here; it says
 * nothing about inference, so the layer gets the default. */
static cnn_status read_options(cnn_onnx_reader *reader, cnn_onnx_node *node, cnn_batch_norm_options *norm) {
    int64_t training = 0;
    cnn_options options = {.batch_norm = {.epsilon = 1e-5}};
    double kept = 0.9;
    cnn_status status = cnn_onnx_get_fields(node, &cnn_op_batch_norm, &options);
    if (options.batch_norm.epsilon == 0) /* which stands for the default: one that no variance feels */
        options.batch_norm.epsilon = cnn_shortest(FLT_MIN);
    if (status == CNN_OK)
        status = cnn_onnx_get_real(node, "momentum", &kept);
    if (status == CNN_OK)
        status = cnn_attribute_integer(&node->attributes, "training_mode", &training);
    reader->trains = reader->trains || training != 0;
    if (status == CNN_OK)
        status = cnn_onnx_only_integer(node, "spatial", 1);
    *norm = options.batch_norm;
    norm->momentum = cnn_shortest((float)(1 - kept));
    return status;
}

cnn_status cnn_onnx_append_batch_norm(cnn_onnx_reader *reader, cnn_onnx_node *node, const cnn_onnx_value *x) {
    cnn_options options = {0};
    cnn_status status = read_options(reader, node, &options.batch_norm);
    if (status == CNN_OK)
        status = cnn_onnx_append(reader, node, &cnn_op_batch_norm, &options, x, NULL);
    return status == CNN_OK ? cnn_onnx_fill_parameters(reader, node) : status;
}

cnn_status cnn_onnx_read_batch_norm(cnn_onnx_reader *reader, cnn_onnx_node *node) {
    cnn_onnx_value *x;
    cnn_status status = cnn_onnx_feature(reader, node, 0, &x);
    if (status == CNN_OK)
        status = cnn_onnx_channels_first(node, x);
    return status == CNN_OK ? cnn_onnx_append_batch_norm(reader, node, x) : status;
}

void cnn_onnx_write_batch_norm(cnn_onnx_writer *writer, const cnn_node *layer) {
    cnn_onnx_add_real(&writer->arena, cnn_onnx_write_as(writer, layer, "BatchNormalization"), "momentum",
                      1 - layer->options.batch_norm.momentum);
}
