/* Sizes that a file leaves free. */
#ifndef CNN_ONNX_INPUT_SIZE_H
#define CNN_ONNX_INPUT_SIZE_H

#include "onnx/reader.h"

static inline int cnn_input_size_axes(const cnn_input_size *size) {
    return size->axes ? size->axes : 4;
}

/* The size of an axis; 0: it is free. */
int64_t cnn_onnx_dimension(const CnnOnnx__TensorShapeProto *shape, size_t axis);
/* Give the input's free sizes these values, in the unpacked model. The others must have them already. */
cnn_status cnn_onnx_size_input(const cnn_onnx_reader *reader, const cnn_input_size *images);
/* CNN_ERROR_UNSUPPORTED: sizes of the input are free. The message says which, and what to do. */
cnn_status cnn_onnx_fail_free(const cnn_onnx_reader *reader);

#endif
