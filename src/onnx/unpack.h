/* The bytes of an ONNX model, checked and unpacked. */
#ifndef CNN_ONNX_UNPACK_H
#define CNN_ONNX_UNPACK_H

#include "base/status.h"

#include "onnx.pb-c.h"

/* Attributes that went with old sets are refused one by one where they say anything. */
enum { CNN_ONNX_OLDEST_OPSET = 1, CNN_ONNX_NEWEST_OPSET = 28 };

/* *model has a graph, and is released with cnn_onnx__model_proto__free_unpacked; NULL after a failure. *opset
 * is that of ONNX's own operators, between the oldest and the newest. */
cnn_status cnn_onnx_unpack(CnnOnnx__ModelProto **model, const void *bytes, size_t size, const char *origin,
                           int64_t *opset, cnn_error *error);

/* Whether a domain is ONNX's own. */
bool cnn_onnx_is_own_domain(const char *domain);

#endif
