/* Files of one tensor, as cnn_tensor_read and cnn_tensor_write of cnn.h read and write them. */
#ifndef CNN_FORMATS_TENSOR_FILE_H
#define CNN_FORMATS_TENSOR_FILE_H

#include "arrays/array.h"
#include "cnn_model.h"

/* A NumPy file, or an ONNX TensorProto: its first bytes say which. The array is the caller's. */
cnn_status cnn_tensor_file_parse(cnn_array *array, const void *bytes, size_t size, const char *origin,
                                 cnn_error *error);

/* A tensor of cnn.h as an array over its data; checks type, rank and sizes. */
cnn_status cnn_tensor_array(const cnn_tensor *tensor, cnn_array *array, cnn_error *error);
/* The other way; the data stays where it is. */
cnn_tensor cnn_array_tensor(const cnn_array *array, const char *name);

#endif
