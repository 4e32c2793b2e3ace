/* GELU as several nodes. */
#ifndef CNN_ONNX_LAYERS_GELU_H
#define CNN_ONNX_LAYERS_GELU_H

#include "onnx/reader.h"

/* Where `node`, a Mul or Div of `x` and a constant, begins a GELU of `x`, one layer for all of its nodes; else *found is
 * false. */
cnn_status cnn_onnx_read_composed_gelu(cnn_onnx_reader *reader, const cnn_onnx_node *node,
                                       const cnn_onnx_value *x, bool *found);

#endif
