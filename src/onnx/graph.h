/* An ONNX graph taken apart: its values in one table by name, what each node reads and makes as numbers of that table, and
 * an order in which each node comes after those it reads. */
#ifndef CNN_ONNX_GRAPH_H
#define CNN_ONNX_GRAPH_H

#include "base/status.h"

#include "onnx.pb-c.h"

enum {
    CNN_ONNX_NO_NODE = -1,
    CNN_ONNX_LEFT_OUT = -1, /* in place of a symbol's number: an input or output without a name */
    CNN_ONNX_UNKNOWN = -2   /* in place of a name that nothing makes; no node of an open graph reads one */
};

/* A value by its name: an initialiser, an input of the graph (old models list an initialiser among the inputs, too: then
 * both), or the output of a node. */
typedef struct cnn_onnx_symbol {
    const char *name;
    int64_t producer; /* the node that makes it, or CNN_ONNX_NO_NODE */
    const CnnOnnx__TensorProto *initialiser;
    const CnnOnnx__ValueInfoProto *input;
    bool captured; /* of a graph within a node: it comes from the graph around it */
    int64_t
        user; /* the last of the needed nodes, as they stand in the file, that reads it, or CNN_ONNX_NO_NODE */
    int64_t uses; /* by needed nodes, and as outputs of the graph */
} cnn_onnx_symbol;

/* What a node reads and makes: numbers of symbols. Behind its inputs stand those values that graphs within it read. */
typedef struct cnn_onnx_links {
    int64_t *inputs, *outputs;
    int64_t input_count;
} cnn_onnx_links;

typedef struct cnn_onnx_graph {
    const char *origin; /* names the file in messages */
    const CnnOnnx__GraphProto *proto;
    cnn_onnx_symbol *symbols; /* sorted by name */
    int64_t count;
    cnn_onnx_links *links; /* of each node */
    int64_t *numbers;      /* behind `links` */
    int64_t *outputs;      /* symbols of the graph's outputs */
    bool *needed;          /* of each node: whether an output depends on it */
    int64_t *order;        /* the needed nodes, each after those it reads */
    int64_t ordered;
} cnn_onnx_graph;

/* Checks that each name is made once, that whatever the outputs or any node read is made, and that no needed node needs
 * itself.
 * `origin` and `proto` must outlive the graph. Release with cnn_onnx_graph_free, also after a failure. */
cnn_status cnn_onnx_graph_open(cnn_onnx_graph *graph, const CnnOnnx__GraphProto *proto, const char *origin,
                               cnn_error *error);
/* The same of a graph within a node: what nothing makes comes from around it. */
cnn_status cnn_onnx_graph_open_within(cnn_onnx_graph *graph, const CnnOnnx__GraphProto *proto,
                                      const char *origin, cnn_error *error);
void cnn_onnx_graph_free(cnn_onnx_graph *graph);
/* The number of a name: CNN_ONNX_LEFT_OUT where it is empty or NULL, CNN_ONNX_UNKNOWN where nothing makes it. */
int64_t cnn_onnx_find_symbol(const cnn_onnx_graph *graph, const char *name);

/* A name out of the file for a message: NULL is "", it is cut, and what is not printable ASCII becomes '?'. */
typedef struct cnn_onnx_text {
    char text[64];
} cnn_onnx_text;
cnn_onnx_text cnn_onnx_printable(const char *name);

#endif
