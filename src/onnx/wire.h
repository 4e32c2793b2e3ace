/* What has to hold of an ONNX file's bytes before protobuf-c may unpack them. */
#ifndef CNN_ONNX_WIRE_H
#define CNN_ONNX_WIRE_H

#include "base/status.h"

/* protobuf-c recurses without a limit, takes strings with a zero byte inside, merges messages that stand
 * twice, and allocates hundreds of bytes for an empty message. This walks the bytes first and refuses what no
 * writer of ONNX makes: messages nested too deeply, lengths that pass the end, wrong wire types, single
 * fields that stand twice, and far more messages than data. */
cnn_status cnn_onnx_check_wire(const void *bytes, size_t size, const char *origin, cnn_error *error);
/* The same for a file that is one tensor (TensorProto). */
cnn_status cnn_onnx_check_tensor_wire(const void *bytes, size_t size, const char *origin, cnn_error *error);

#endif
