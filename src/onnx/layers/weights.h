/* What several readers of layers need: images, attributes, weights and biases. */
#ifndef CNN_ONNX_LAYERS_WEIGHTS_H
#define CNN_ONNX_LAYERS_WEIGHTS_H

#include "onnx/reader.h"

/* Input 0, which must be a feature map C,H,W. */
cnn_status cnn_onnx_image(const cnn_onnx_reader *reader, const cnn_onnx_node *node, cnn_onnx_value **x);
/* The same, or N,C,L: then *line is the part of the map that is L (cnn_onnx_view_line), else -1. */
cnn_status cnn_onnx_image_or_line(const cnn_onnx_reader *reader, const cnn_onnx_node *node,
                                  cnn_onnx_value **x, int *line);
/* The constant weight, input 1, which must have `rank` axes. */
cnn_status cnn_onnx_weight(const cnn_onnx_reader *reader, const cnn_onnx_node *node, int rank,
                           cnn_onnx_tensor *weight);
/* The constant of a Mul or Add, one number for each channel of `view`, where such a node is the only one that reads the
 * output of `node`. Returns its number; CNN_ONNX_NO_NODE: there is none, and *constant is as it was. */
int64_t cnn_onnx_constant_behind(const cnn_onnx_reader *reader, const cnn_onnx_node *node, const char *op,
                                 const cnn_onnx_view *view, cnn_onnx_tensor *constant);
/* Input `k`, or an Add of one number for each output that is the only reader of the node's output and is then
 * taken into the layer; or 0, where an Add behind a Mul will be. bias->reals is NULL if there is none. `rank` is that of the node's output, with the
 * batch. */
cnn_status cnn_onnx_bias(cnn_onnx_reader *reader, const cnn_onnx_node *node, size_t k, int rank,
                         int64_t outputs, cnn_onnx_tensor *bias);
/* `factor` times the bias into parameter 1 of the layer appended last. */
void cnn_onnx_fill_bias(const cnn_onnx_reader *reader, const cnn_onnx_tensor *bias, int64_t outputs,
                        float factor);
/* Inputs 1, 2, ... of the node into parameters 0, 1, ... of the layer appended last, which have the same shapes. */
cnn_status cnn_onnx_fill_parameters(const cnn_onnx_reader *reader, const cnn_onnx_node *node);
/* The attributes that the op's fields name (cnn_onnx_get_fields). Those that must be given are, and none is 0 where
 * that stands for a default. */
cnn_status cnn_onnx_get_options(cnn_onnx_node *node, const cnn_op *op, cnn_options *options);

#endif
