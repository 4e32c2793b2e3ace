/* One ONNX node being read: messages that name it, and its attributes, none of which may be left unread. */
#ifndef CNN_ONNX_NODE_H
#define CNN_ONNX_NODE_H

#include "onnx/graph.h"
#include "ops/op.h"

typedef struct cnn_onnx_node {
    const CnnOnnx__NodeProto *proto;
    int64_t index; /* in the graph */
    const char *origin;
    uint64_t read; /* a bit for each attribute that somebody asked for */
    cnn_error *error;
} cnn_onnx_node;

/* "FILE: node "NAME" (OP): ..." */
cnn_status cnn_onnx_fail(const cnn_onnx_node *node, cnn_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

bool cnn_onnx_has(const cnn_onnx_node *node, const char *attribute);
/* Each leaves *value as it is when the node has no such attribute, and fails when it is of another type. */
cnn_status cnn_onnx_get_integer(cnn_onnx_node *node, const char *name, int64_t *value);
cnn_status cnn_onnx_get_real(cnn_onnx_node *node, const char *name, double *value);
/* As many as `count`. */
cnn_status cnn_onnx_get_integers(cnn_onnx_node *node, const char *name, int64_t *values, size_t count);
/* However many there are; *values lies within the message. */
cnn_status cnn_onnx_get_list(cnn_onnx_node *node, const char *name, const int64_t **values, size_t *count);
cnn_status cnn_onnx_get_real_list(cnn_onnx_node *node, const char *name, const float **values, size_t *count);
/* One of `choices`, ended by NULL: *value is its index. */
cnn_status cnn_onnx_get_choice(cnn_onnx_node *node, const char *name, const char *const *choices, int *value);
cnn_status cnn_onnx_get_word(cnn_onnx_node *node, const char *name, char word[16]);
cnn_status cnn_onnx_get_tensor(cnn_onnx_node *node, const char *name, const CnnOnnx__TensorProto **tensor);

/* Attributes that are understood with one value only; for integers all elements must have it. */
cnn_status cnn_onnx_only_integer(cnn_onnx_node *node, const char *name, int64_t value);
cnn_status cnn_onnx_only_integers(cnn_onnx_node *node, const char *name, int64_t value);
cnn_status cnn_onnx_only_real(cnn_onnx_node *node, const char *name, double value);
/* The attributes that the op's fields name. Those that are missing get ONNX's defaults. */
cnn_status cnn_onnx_get_fields(cnn_onnx_node *node, const cnn_op *op, cnn_options *options);
/* Fails if there is an attribute that nobody read. */
cnn_status cnn_onnx_all_read(const cnn_onnx_node *node);

#endif
