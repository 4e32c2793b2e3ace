/* The network's input: what the graph declares, in which order its axes stand, and the network that begins with it. */
#ifndef CNN_ONNX_INPUT_H
#define CNN_ONNX_INPUT_H

#include "onnx/reader.h"

/* Makes reader->net, and the input a feature map. Channels are where the first layer that needs to know finds them,
 * behind whatever turns the axes before it. Constants must have been folded. */
cnn_status cnn_onnx_make_net(cnn_onnx_reader *reader);
/* The same for reader->input of these axes behind the batch: one to three. */
cnn_status cnn_onnx_make_net_of(cnn_onnx_reader *reader, const cnn_shape *declared);

#endif
