/* Small ONNX graphs of any operators, made by hand for tests. */
#ifndef TESTS_SUPPORT_GRAPH_MODEL_H
#define TESTS_SUPPORT_GRAPH_MODEL_H

#include "onnx/message.h"

enum { GRAPH_MODEL_PARTS = 16 };

/* Start with graph_model_begin, add, then take the bytes; the memory goes with graph_model_free. */
typedef struct graph_model {
    cnn_onnx_arena arena;
    CnnOnnx__GraphProto graph;
    CnnOnnx__ModelProto model;
    CnnOnnx__OperatorSetIdProto opset, *opsets[1];
    CnnOnnx__NodeProto *nodes[GRAPH_MODEL_PARTS];
    CnnOnnx__TensorProto *tensors[GRAPH_MODEL_PARTS];
    CnnOnnx__ValueInfoProto *inputs[GRAPH_MODEL_PARTS], *outputs[GRAPH_MODEL_PARTS];
} graph_model;

void graph_model_begin(graph_model *g, int64_t opset);
void graph_model_free(graph_model *g);
/* Names of inputs, ended by NULL; one output. Attributes are added to what it returns. */
CnnOnnx__NodeProto *graph_model_node(graph_model *g, const char *op, const char *output,
                                     const char *const *inputs);
/* float32, N and these axes. */
void graph_model_input(graph_model *g, const char *name, int rank, const int64_t *dim);
void graph_model_output(graph_model *g, const char *name, int rank, const int64_t *dim);
/* Initialisers; values and sizes must outlive the model. */
CnnOnnx__TensorProto *graph_model_reals(graph_model *g, const char *name, int rank, const int64_t *dim,
                                        const float *values);
void graph_model_integers(graph_model *g, const char *name, int64_t count, const int64_t *values);
/* For free(). */
unsigned char *graph_model_bytes(const graph_model *g, size_t *size);

/* A small graph that is no network as a whole: a one-dimensional convolution, calculated shapes, a slice backwards, padding,
 * a product of matrices. Input "x" of N,2,8; output "y" of N,4. For free(). */
unsigned char *graph_model_small(size_t *size);

#endif
