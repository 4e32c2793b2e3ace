/* A network on its way into an ONNX graph, and what the functions that write a layer need. */
#ifndef CNN_ONNX_WRITER_H
#define CNN_ONNX_WRITER_H

#include "graph/net.h"
#include "onnx/message.h"

enum {
    CNN_ONNX_WRITTEN_OPSET = 13,
    CNN_ONNX_NODES_PER_LAYER = 3,    /* at most */
    CNN_ONNX_CONSTANTS_PER_LAYER = 4 /* likewise, besides the parameters */
};

typedef struct cnn_onnx_writer {
    cnn_onnx_arena arena; /* of everything that is written; `failed` when out of memory */
    const cnn_net *net;
    int64_t opset;
    CnnOnnx__GraphProto graph;
    const char **value; /* the name of what each of the network's nodes gives */
    const char *input;  /* what layers see of the network's input: it, or its normalisation */
} cnn_onnx_writer;

/* Each of these gives NULL when out of memory, and does nothing for a node that is NULL. */

/* Append a node that gives `output`, without inputs yet: there is room for `values` of other nodes and the tensors of a
 * layer. Names must outlive the writer. */
CnnOnnx__NodeProto *cnn_onnx_write_node(cnn_onnx_writer *writer, const char *op, const char *name, int values,
                                        const char *output);
/* A float32 tensor of the file, which becomes the node's next input; shape and values must outlive the writer. */
void cnn_onnx_write_tensor(cnn_onnx_writer *writer, CnnOnnx__NodeProto *to, const char *name,
                           const cnn_shape *shape, const float *values);

/* An int64 list of the layer, named LAYER and `suffix`, which becomes the node's next input; the values are copied. */
void cnn_onnx_write_integers(cnn_onnx_writer *writer, CnnOnnx__NodeProto *to, const cnn_node *layer,
                             const char *suffix, const int64_t *values, int64_t count);

/* The names of what a layer reads as input `k`, and of what it gives. */
const char *cnn_onnx_input_name(const cnn_onnx_writer *writer, const cnn_node *node, int k);
const char *cnn_onnx_output_name(const cnn_onnx_writer *writer, const cnn_node *node);

/* A layer as one node of the operator `op`: its inputs and parameters, and its fields as attributes and constants. */
CnnOnnx__NodeProto *cnn_onnx_write_as(cnn_onnx_writer *writer, const cnn_node *node, const char *op);
/* The parts of it: the node with the layer's inputs; parameter `k`, in a shape that must outlive the writer. */
CnnOnnx__NodeProto *cnn_onnx_begin_layer(cnn_onnx_writer *writer, const cnn_node *node, const char *op);
void cnn_onnx_write_parameter(cnn_onnx_writer *writer, CnnOnnx__NodeProto *to, const cnn_node *node, int k,
                              const cnn_shape *shape);

#endif
