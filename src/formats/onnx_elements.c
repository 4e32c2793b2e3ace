/* Operators that work on each value alone, or on the channels of each position. */
#include "formats/onnx_operators.h"

#include "base/text.h"

typedef cnn_onnx_reader reader;
typedef cnn_onnx_node node;

/* The rate: an attribute before opset 12, then an input. ONNX's default is 0.5. */
static cnn_status read_rate(const reader *r, node *n, double *rate) {
    const CnnOnnx__TensorProto *proto;
    cnn_onnx_tensor ratio;
    *rate = 0.5;
    cnn_status status = cnn_onnx_get_real(n, "ratio", rate);
    if (status == CNN_OK)
        status = cnn_onnx_constant(r, n, 1, "ratio", true, &proto);
    if (status != CNN_OK || !proto)
        return status;
    status = cnn_onnx_reals(n, proto, "ratio", &ratio);
    if (status == CNN_OK && ratio.elements != 1)
        status = cnn_onnx_fail(n, CNN_ERROR_FORMAT, "the ratio must be one number");
    if (status == CNN_OK)
        *rate = cnn_shortest(ratio.reals[0]);
    return status;
}

cnn_status cnn_onnx_read_dropout(reader *r, node *n) {
    const CnnOnnx__TensorProto *mode;
    cnn_onnx_value *x;
    cnn_options options = {0};
    int64_t seed;
    bool training = false;
    cnn_status status = cnn_onnx_feature(r, n, 0, &x);
    if (status == CNN_OK)
        status = read_rate(r, n, &options.dropout.rate);
    if (status == CNN_OK)
        status = cnn_onnx_constant(r, n, 2, "training mode", true, &mode);
    if (status == CNN_OK && mode)
        status = cnn_onnx_truth(n, mode, "training mode", &training);
    if (status == CNN_OK && training)
        status = cnn_onnx_fail(n, CNN_ERROR_UNSUPPORTED, "it drops values in inference, too (training_mode)");
    if (status == CNN_OK)
        status = cnn_onnx_get_integer(n, "seed", &seed); /* of training in another tool: of no use here */
    if (status != CNN_OK)
        return status;
    return options.dropout.rate == 0 ? cnn_onnx_pass_on(r, n, x)
                                     : cnn_onnx_append(r, n, &cnn_op_dropout, &options, x, NULL);
}

/* Over the channels. Before opset 13 Softmax took all axes behind `axis` together, 1 by default. */
cnn_status cnn_onnx_read_softmax(reader *r, node *n) {
    int64_t axis = r->opset < 13 ? 1 : -1;
    cnn_onnx_value *x;
    cnn_status status = cnn_onnx_feature(r, n, 0, &x);
    if (status == CNN_OK)
        status = cnn_onnx_get_integer(n, "axis", &axis);
    if (status != CNN_OK)
        return status;
    const int rank = cnn_onnx_shape(r, x)->rank;
    if ((axis != 1 && axis != -rank) || (rank > 1 && r->opset < 13))
        return cnn_onnx_fail(
            n, CNN_ERROR_UNSUPPORTED,
            "axis %lld is not supported, only the channels (axis 1; before opset 13 of a vector only)",
            (long long)axis);
    return cnn_onnx_append(r, n, cnn_op_by_onnx(n->proto->op_type), NULL, x, NULL);
}

cnn_status cnn_onnx_read_plain(reader *r, node *n) {
    const cnn_op *op = cnn_op_by_onnx(n->proto->op_type);
    cnn_options options = {0};
    cnn_onnx_value *x;
    cnn_status status = cnn_onnx_feature(r, n, 0, &x);
    if (status == CNN_OK)
        status = cnn_onnx_get_fields(n, op, &options);
    return status == CNN_OK ? cnn_onnx_append(r, n, op, &options, x, NULL) : status;
}

cnn_status cnn_onnx_read_identity(reader *r, node *n) {
    cnn_onnx_value *x;
    cnn_status status = cnn_onnx_feature(r, n, 0, &x);
    return status == CNN_OK ? cnn_onnx_pass_on(r, n, x) : status;
}
