/* Normalisations: BatchNormalization, InstanceNormalization, LRN. */
#include "onnx/operators.h"

#include "base/text.h"

#include <string.h>

/* ONNX's momentum is the part that is kept. One of 1 would keep all and has no counterpart here; it says
 * nothing about inference, so the layer gets the default. */
static cnn_status read_options(cnn_onnx_reader *reader, cnn_onnx_node *node, cnn_batch_norm_options *norm) {
    int64_t training = 0;
    cnn_options options = {.batch_norm = {.epsilon = 1e-5}};
    double kept = 0.9;
    cnn_status status = cnn_onnx_get_fields(node, &cnn_op_batch_norm, &options);
    if (status == CNN_OK)
        status = cnn_onnx_get_real(node, "momentum", &kept);
    if (status == CNN_OK)
        status = cnn_onnx_get_integer(node, "training_mode", &training);
    reader->trains = reader->trains || training != 0;
    if (status == CNN_OK)
        status = cnn_onnx_only_integer(node, "spatial", 1);
    *norm = options.batch_norm;
    norm->momentum = cnn_shortest((float)(1 - kept));
    if (status == CNN_OK && norm->epsilon == 0)
        status = cnn_onnx_fail(node, CNN_ERROR_UNSUPPORTED, "epsilon must be greater than 0");
    return status;
}

/* Tensor `k` of the layer from input k + 1 of the node. */
static cnn_status fill_tensor(const cnn_onnx_reader *reader, const cnn_onnx_node *node, int k,
                              int64_t channels) {
    static const char *const what[] = {"scale", "bias", "mean", "variance"};
    const CnnOnnx__TensorProto *proto;
    cnn_onnx_tensor tensor;
    cnn_status status = cnn_onnx_constant(reader, node, (size_t)k + 1, what[k], false, &proto);
    if (status == CNN_OK)
        status = cnn_onnx_reals(node, proto, what[k], &tensor);
    if (status == CNN_OK && (tensor.shape.rank != 1 || tensor.elements != channels))
        status = cnn_onnx_fail(node, CNN_ERROR_FORMAT, "the %s has %lld elements, expected %lld in one axis",
                               what[k], (long long)tensor.elements, (long long)channels);
    if (status == CNN_OK)
        memcpy(cnn_onnx_parameter(reader, k), tensor.reals, (size_t)channels * sizeof *tensor.reals);
    return status;
}

cnn_status cnn_onnx_read_batch_norm(cnn_onnx_reader *reader, cnn_onnx_node *node) {
    cnn_onnx_value *x;
    cnn_options options = {0};
    cnn_status status = cnn_onnx_feature(reader, node, 0, &x);
    if (status == CNN_OK)
        status = cnn_onnx_channels_first(node, x);
    if (status == CNN_OK)
        status = read_options(reader, node, &options.batch_norm);
    if (status == CNN_OK)
        status = cnn_onnx_append(reader, node, &cnn_op_batch_norm, &options, x, NULL);
    for (int k = 0; status == CNN_OK && k < CNN_MAX_PARAMETERS; k++)
        status = fill_tensor(reader, node, k, cnn_onnx_shape(reader, x)->dim[0]);
    return status;
}

/* Zero stands for a default in cnn_options. */
static cnn_status refuse_zeros(const cnn_onnx_node *node, const double *values, const char *const *names) {
    for (int i = 0; names[i]; i++)
        if (values[i] == 0)
            return cnn_onnx_fail(node, CNN_ERROR_UNSUPPORTED, "%s must not be 0", names[i]);
    return CNN_OK;
}

cnn_status cnn_onnx_read_instance_norm(cnn_onnx_reader *reader, cnn_onnx_node *node) {
    static const char *const names[] = {"epsilon", NULL};
    cnn_onnx_value *x;
    cnn_options options = {.instance_norm = {.epsilon = 1e-5}};
    cnn_status status = cnn_onnx_image(reader, node, &x);
    if (status == CNN_OK)
        status = cnn_onnx_get_fields(node, &cnn_op_instance_norm, &options);
    if (status == CNN_OK)
        status = refuse_zeros(node, &options.instance_norm.epsilon, names);
    if (status == CNN_OK)
        status = cnn_onnx_append(reader, node, &cnn_op_instance_norm, &options, x, NULL);
    for (int k = 0; status == CNN_OK && k < 2; k++)
        status = fill_tensor(reader, node, k, cnn_onnx_shape(reader, x)->dim[0]);
    return status;
}

cnn_status cnn_onnx_read_lrn(cnn_onnx_reader *reader, cnn_onnx_node *node) {
    static const char *const names[] = {"alpha", "beta", "bias", NULL};
    cnn_onnx_value *x;
    cnn_options options = {.lrn = {.alpha = 1e-4, .beta = 0.75, .bias = 1}};
    const cnn_lrn_options *lrn = &options.lrn;
    cnn_status status = cnn_onnx_image(reader, node, &x);
    if (status == CNN_OK && !cnn_onnx_has(node, "size"))
        status = cnn_onnx_fail(node, CNN_ERROR_FORMAT, "size is missing");
    if (status == CNN_OK)
        status = cnn_onnx_get_fields(node, &cnn_op_lrn, &options);
    if (status == CNN_OK)
        status = refuse_zeros(node, (double[]){lrn->alpha, lrn->beta, lrn->bias}, names);
    return status == CNN_OK ? cnn_onnx_append(reader, node, &cnn_op_lrn, &options, x, NULL) : status;
}
