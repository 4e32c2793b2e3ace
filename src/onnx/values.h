/* The values of a graph that is to become a network. */
#ifndef CNN_ONNX_VALUES_H
#define CNN_ONNX_VALUES_H

#include "onnx/reader.h"

/* Makes reader->graph, ->values, ->input and ->output. Checks what a network needs: one input that is no initialiser, one
 * output, and nodes in an order in which each stands behind those it reads. Release with cnn_onnx_values_free, also
 * after a failure. */
cnn_status cnn_onnx_values_open(cnn_onnx_reader *reader, const CnnOnnx__GraphProto *proto,
                                const char *origin);
void cnn_onnx_values_free(cnn_onnx_reader *reader);

#endif
