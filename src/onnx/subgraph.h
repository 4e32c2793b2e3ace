/* Graphs within nodes (If, Loop): which values they read from the graph around them. */
#ifndef CNN_ONNX_SUBGRAPH_H
#define CNN_ONNX_SUBGRAPH_H

#include "base/status.h"

#include "onnx.pb-c.h"

/* Names of a file, which must outlive them; each once. Start as {0}, release with cnn_onnx_names_free. */
typedef struct cnn_onnx_names {
    const char **all;
    int64_t count, capacity;
} cnn_onnx_names;

void cnn_onnx_names_free(cnn_onnx_names *names);

/* What the graph reads without making it, and what those within its nodes do. */
cnn_status cnn_onnx_captured_by_graph(const CnnOnnx__GraphProto *graph, cnn_onnx_names *names,
                                      cnn_error *error);
/* The same of all graphs that are attributes of a node. */
cnn_status cnn_onnx_captured_by_node(const CnnOnnx__NodeProto *node, cnn_onnx_names *names, cnn_error *error);

#endif
