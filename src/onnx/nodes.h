/* The nodes of a graph, one after the other, to layers of the reader's network. */
#ifndef CNN_ONNX_NODES_H
#define CNN_ONNX_NODES_H

#include "onnx/reader.h"

/* Once reader->net is there: what is kept for each channel of its input and for each node of the graph. */
cnn_status cnn_onnx_make_room(cnn_onnx_reader *reader);
/* What every needed node must have: an operator of ONNX, and an output. */
cnn_status cnn_onnx_check_node(const cnn_onnx_reader *reader, size_t index);
/* Append what the node stands for, fold it, or nothing where a layer does its work already. */
cnn_status cnn_onnx_read_node(cnn_onnx_reader *reader, size_t index);
/* The affine nodes between the input and the first layers become the network's normalisation. */
cnn_status cnn_onnx_set_normalisation(const cnn_onnx_reader *reader);
/* All that the reader holds, but its network. */
void cnn_onnx_release_nodes(cnn_onnx_reader *reader);

#endif
