/* Pow by a constant exponent, for which there are other layers: a square is a product. */
#include "onnx/layers/list.h"

#include "ops/pair.h"

/* The exponent, of whatever type; 0 where it is not one number. */
static cnn_status read_exponent(const cnn_onnx_node *node, const CnnOnnx__TensorProto *constant,
                                double *exponent) {
    cnn_onnx_tensor number;
    const bool whole = constant->data_type == CNN_ONNX__TENSOR_PROTO__DATA_TYPE__INT64;
    cnn_status status = whole ? cnn_onnx_integers(node, constant, "exponent", &number)
                              : cnn_onnx_reals(node, constant, "exponent", &number);
    *exponent = 0;
    if (status == CNN_OK && number.elements == 1)
        *exponent = whole ? (double)*number.integers : (double)*number.reals;
    return status;
}

cnn_status cnn_onnx_read_pow(cnn_onnx_reader *reader, cnn_onnx_node *node) {
    const CnnOnnx__TensorProto *constant;
    cnn_onnx_value *x;
    double exponent = 0;
    cnn_status status = cnn_onnx_feature(reader, node, 0, &x);
    if (status == CNN_OK)
        status = cnn_onnx_constant(reader, node, 1, "exponent", false, &constant);
    if (status == CNN_OK)
        status = read_exponent(node, constant, &exponent);
    if (status != CNN_OK)
        return status;
    if (exponent == 2)
        return cnn_onnx_append(reader, node, cnn_pair_op(CNN_PAIR_MUL), NULL, x, x);
    if (exponent == 0.5)
        return cnn_onnx_append(reader, node, &cnn_op_sqrt, NULL, x, NULL);
    return cnn_onnx_fail(node, CNN_ERROR_UNSUPPORTED, "the exponent must be one number, 2 or 0.5");
}
