/* Add, Sub, Mul and Div of a feature map and a constant. */
#ifndef CNN_ONNX_LAYERS_AFFINE_H
#define CNN_ONNX_LAYERS_AFFINE_H

#include "onnx/reader.h"

/* The node's output from `feature` and `constant`, which is one number or one for each channel; `constant_first`: it is the
 * node's first input. */
cnn_status cnn_onnx_read_affine(cnn_onnx_reader *reader, const cnn_onnx_node *node,
                                const cnn_onnx_value *feature, const CnnOnnx__TensorProto *constant,
                                bool constant_first);

#endif
