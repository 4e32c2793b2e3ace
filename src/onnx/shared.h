/* Weights that several nodes of a graph share. */
#ifndef CNN_ONNX_SHARED_H
#define CNN_ONNX_SHARED_H

#include "onnx/reader.h"

/* Node `index` was just read and made the network's last layer, with parameters. Where another layer has all of them, too,
 * the two share them from now on; where it has some, or something else made of them, they are copies and the network
 * is for inference alone, unless it is a vector: exporters store equal biases once. Tensors whose values are all the same say nothing: exporters store equal ones once. */
void cnn_onnx_find_shared(const cnn_onnx_reader *reader, int64_t index);

#endif
