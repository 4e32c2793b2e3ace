/* Views that are written as a Reshape and a Gather. */
#ifndef CNN_ONNX_LAYERS_STRIDED_H
#define CNN_ONNX_LAYERS_STRIDED_H

#include "onnx/reader.h"

/* Whether the node, a Reshape, and the Gather behind it, which alone reads it, give all values of a feature map in other
 * axes: *view. */
bool cnn_onnx_find_strided_view(cnn_onnx_reader *reader, const cnn_onnx_node *node, cnn_onnx_view *view,
                                int64_t *gather);

#endif
