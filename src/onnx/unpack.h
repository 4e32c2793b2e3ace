/* The bytes of an ONNX model, checked and unpacked. */
#ifndef CNN_ONNX_UNPACK_H
#define CNN_ONNX_UNPACK_H

#include "base/status.h"

#include "onnx.pb-c.h"

enum { CNN_ONNX_NEWEST_OPSET = 28 };

/* *model has a graph, and is released with cnn_onnx__model_proto__free_unpacked; NULL after a failure. *opset
 * is that of ONNX's own operators, between `oldest_opset` and the newest. */
cnn_status cnn_onnx_unpack(CnnOnnx__ModelProto **model, const void *bytes, size_t size, const char *origin,
                           int64_t oldest_opset, int64_t *opset, cnn_error *error);

/* CNN_ERROR_UNSUPPORTED unless the operator set is one of these. */
cnn_status cnn_onnx_check_opset(int64_t opset, int64_t oldest_opset, const char *origin, cnn_error *error);

/* Whether a domain is ONNX's own. */
bool cnn_onnx_is_own_domain(const char *domain);

#endif
