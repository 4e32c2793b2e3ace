/* ONNX's image metadata (docs/MetadataProps.md of its specification) and this library's own: what a model expects of
 * its pixels. */
#ifndef CNN_ONNX_PIXELS_H
#define CNN_ONNX_PIXELS_H

#include "onnx/message.h"
#include "graph/net.h"

typedef struct cnn_onnx_pixels {
    cnn_pixels range;
    cnn_preprocessing preprocessing;
} cnn_onnx_pixels;

/* What the metadata say to a network of so many channels. CNN_ERROR_UNSUPPORTED for what cannot be honoured. */
cnn_status cnn_onnx_read_pixels(const CnnOnnx__ModelProto *model, int64_t channels, const char *origin,
                                cnn_onnx_pixels *pixels, cnn_error *error);

enum { CNN_ONNX_MOST_PIXEL_ENTRIES = 6 };
/* Add entries that say what `net` expects to the model's, which have room for them. The graph's first nodes are the
 * network's normalisation, so the pixels are in 0..1. */
void cnn_onnx_write_pixels(const cnn_net *net, CnnOnnx__ModelProto *model, cnn_onnx_arena *arena);

#endif
