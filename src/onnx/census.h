/* Which operators a graph's outputs need, and how often. */
#ifndef CNN_ONNX_CENSUS_H
#define CNN_ONNX_CENSUS_H

#include "onnx/graph.h"

typedef struct cnn_onnx_count {
    const char *domain, *name;      /* of the operator; neither is NULL, ONNX's own domain is "" */
    const CnnOnnx__NodeProto *node; /* the first one of it */
    int64_t nodes;
    bool known; /* cnn_onnx_evaluate has it */
} cnn_onnx_count;

/* Operators in alphabetical order, also those of graphs within nodes. *counts is for cnn_free, and points into the graph. */
cnn_status cnn_onnx_count_operators(const cnn_onnx_graph *graph, cnn_onnx_count **counts, int64_t *count,
                                    cnn_error *error);
/* Fails unless all operators are known; the message names all that are not, each with a node. */
cnn_status cnn_onnx_check_operators(const cnn_onnx_graph *graph, const cnn_onnx_count *counts, int64_t count,
                                    cnn_error *error);

#endif
