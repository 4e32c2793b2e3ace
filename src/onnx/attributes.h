/* The attributes of a node of an ONNX file, as cnn_attributes. */
#ifndef CNN_ONNX_ATTRIBUTES_H
#define CNN_ONNX_ATTRIBUTES_H

#include "arrays/attributes.h"

#include "onnx.pb-c.h"

enum { CNN_ONNX_LISTED_TEXTS = 16 };

/* What cnn_attributes points to. */
typedef struct cnn_onnx_attributes {
    cnn_attribute all[CNN_MAX_ATTRIBUTES];
    /* Cut, but longer than any word that an operator knows; what is not printable ASCII is '?', for messages. */
    char names[CNN_MAX_ATTRIBUTES][40], texts[CNN_MAX_ATTRIBUTES][40];
    /* The same of all lists of texts together. */
    char listed_texts[CNN_ONNX_LISTED_TEXTS][40];
    const char *listed[CNN_ONNX_LISTED_TEXTS];
    int listed_count;
} cnn_onnx_attributes;

/* `attributes` points into `room` and `node`, which must outlive it. A tensor's `array` is NULL: only who needs it makes
 * an array of it. Messages go to `error` and name no node. */
cnn_status cnn_onnx_open_attributes(cnn_attributes *attributes, cnn_onnx_attributes *room,
                                    const CnnOnnx__NodeProto *node, cnn_error *error);

#endif
