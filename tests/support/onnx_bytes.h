/* An ONNX model as bytes in memory. */
#ifndef TESTS_SUPPORT_ONNX_BYTES_H
#define TESTS_SUPPORT_ONNX_BYTES_H

#include "base/memory.h"
#include "onnx/onnx.h"

#include <stdlib.h>
#include <string.h>

typedef struct byte_sink {
    cnn_sink sink;
    uint8_t *bytes;
    size_t size;
} byte_sink;

static inline void byte_sink_take(cnn_sink *sink, const void *data, size_t size) {
    byte_sink *to = (byte_sink *)sink;
    uint8_t *grown = size ? realloc(to->bytes, to->size + size) : to->bytes;
    if (!grown)
        abort();
    to->bytes = grown;
    if (size)
        memcpy(to->bytes + to->size, data, size);
    to->size += size;
}

/* *bytes is released with cnn_free; NULL on failure. */
static inline cnn_status onnx_bytes_of(const cnn_net *net, void **bytes, size_t *size, cnn_error *error) {
    byte_sink to = {.sink = {byte_sink_take}};
    const cnn_status status = cnn_onnx_write(net, &to.sink, error);
    *bytes = to.bytes;
    *size = to.size;
    return status;
}

#endif
