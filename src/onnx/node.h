/* One ONNX node that is read as a layer: its attributes, and messages. */
#ifndef CNN_ONNX_NODE_H
#define CNN_ONNX_NODE_H

#include "onnx/attributes.h"
#include "onnx/graph.h"
#include "ops/op.h"

typedef struct cnn_onnx_node {
    const CnnOnnx__NodeProto *proto;
    int64_t index; /* in the graph */
    cnn_attributes attributes;
    cnn_error *error;
} cnn_onnx_node;

/* A message for cnn_onnx_name_node to put the node before. */
#define cnn_onnx_fail(node, status, ...) cnn_fail((node)->error, (status), __VA_ARGS__)
/* Put "FILE: node "NAME" (OP): " before the message of a failure; returns its status. */
cnn_status cnn_onnx_name_node(const cnn_onnx_node *node, const char *origin, cnn_status status);

/* cnn_attribute_real, with the shortest decimal number that is the file's float: 0.1, not 0.10000000149. */
cnn_status cnn_onnx_get_real(cnn_onnx_node *node, const char *name, double *value);

/* Attributes that are understood with one value only; of integers both must have it. */
cnn_status cnn_onnx_only_integer(cnn_onnx_node *node, const char *name, int64_t value);
cnn_status cnn_onnx_only_integers(cnn_onnx_node *node, const char *name, int64_t value);
cnn_status cnn_onnx_only_real(cnn_onnx_node *node, const char *name, double value);
/* The attributes that the op's fields name. Those that are missing stay 0 and get the layer's defaults, which are ONNX's. */
cnn_status cnn_onnx_get_fields(cnn_onnx_node *node, const cnn_op *op, cnn_options *options);

#endif
