/* Operators that change the axes alone: Reshape, Transpose and the like. */
#ifndef CNN_ONNX_LAYERS_VIEWS_H
#define CNN_ONNX_LAYERS_VIEWS_H

#include "onnx/reader.h"

bool cnn_onnx_is_view(const char *op);
/* What such a node, read as `node`, makes of the axes of its input. */
cnn_status cnn_onnx_change_view(const cnn_onnx_reader *reader, cnn_onnx_node *node, cnn_onnx_view *view);

#endif
