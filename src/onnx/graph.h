/* An ONNX graph taken apart: which value is made where, and which nodes the output needs. */
#ifndef CNN_ONNX_GRAPH_H
#define CNN_ONNX_GRAPH_H

#include "onnx/view.h"

#include "onnx.pb-c.h"

enum { CNN_ONNX_NO_NODE = -1 };

typedef struct cnn_onnx_value {
    const char *name;
    int64_t producer;                     /* the node that makes it, or CNN_ONNX_NO_NODE */
    int64_t user;                         /* the last node that reads it, or CNN_ONNX_NO_NODE */
    int uses;                             /* by needed nodes and by the graph's output */
    const CnnOnnx__TensorProto *constant; /* an initialiser's, or folded */
    /* What is calculated from the batch, which is free: for each of CNN_ONNX_PROBES; NULL: it is not. */
    const CnnOnnx__TensorProto *probe[2];
    const struct cnn_onnx_value
        *root;          /* of a folded constant: the tensor that it is made from; NULL: itself */
    cnn_layer taken_by; /* the first layer that has it as a parameter; 0: none */
    int64_t taker;      /* and the node that this layer stands for */
    cnn_layer layer;    /* of a feature map once it was read; 0: not yet */
    cnn_onnx_view view; /* how the file sees what the layer gives */
} cnn_onnx_value;

typedef struct cnn_onnx_graph {
    const char *origin;
    const CnnOnnx__GraphProto *proto;
    cnn_onnx_value *values; /* sorted by name */
    int64_t count;
    const CnnOnnx__ValueInfoProto *input; /* the only one that is no initialiser */
    const cnn_onnx_value *output;
    bool *needed; /* of each node */
} cnn_onnx_graph;

/* Checks what ONNX promises: names made once, before they are used; one input, one output. Release with
 * cnn_onnx_graph_free, also after a failure. */
cnn_status cnn_onnx_graph_open(cnn_onnx_graph *graph, const CnnOnnx__GraphProto *proto, const char *origin,
                               cnn_error *error);
void cnn_onnx_graph_free(cnn_onnx_graph *graph);
cnn_onnx_value *cnn_onnx_find_value(const cnn_onnx_graph *graph, const char *name); /* NULL: none */

/* A name out of the file for a message: NULL is "", it is cut, and what is not printable ASCII becomes '?'.
 */
typedef struct cnn_onnx_text {
    char text[64];
} cnn_onnx_text;
cnn_onnx_text cnn_onnx_printable(const char *name);

#endif
