/* The values of a graph that is to become a network. */
#ifndef CNN_ONNX_VALUES_H
#define CNN_ONNX_VALUES_H

#include "onnx/reader.h"

/* Makes reader->graph and ->values. The nodes must stand in an order in which each is behind those it reads. Release with
 * cnn_onnx_values_free, also after a failure. */
cnn_status cnn_onnx_values_open(cnn_onnx_reader *reader, const CnnOnnx__GraphProto *proto,
                                const char *origin);
/* reader->input and ->output of a graph that is a network as a whole: one input that is no initialiser, one output. */
cnn_status cnn_onnx_find_ends(cnn_onnx_reader *reader);
void cnn_onnx_values_free(cnn_onnx_reader *reader);

#endif
