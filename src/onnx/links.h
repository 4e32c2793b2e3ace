/* A graph of any number of inputs and outputs, its names resolved to numbers and its nodes in an order in which
 * each comes after those it reads. */
#ifndef CNN_ONNX_LINKS_H
#define CNN_ONNX_LINKS_H

#include "base/status.h"

#include "onnx.pb-c.h"

enum { CNN_ONNX_LEFT_OUT = -1 };

/* A value: an initialiser, an input, or the output of a node. */
typedef struct cnn_onnx_slot {
    const char *name;
    int64_t producer; /* the node that makes it; -1: none */
    const CnnOnnx__TensorProto *initialiser;
    const CnnOnnx__ValueInfoProto *input;
    int64_t uses; /* by nodes that are needed, and as outputs of the graph */
} cnn_onnx_slot;

/* What a node reads and makes: slots, or CNN_ONNX_LEFT_OUT. */
typedef struct cnn_onnx_link {
    int64_t *inputs, *outputs;
} cnn_onnx_link;

typedef struct cnn_onnx_links {
    const char *origin;
    const CnnOnnx__GraphProto *graph;
    cnn_onnx_slot *slots; /* sorted by name */
    int64_t count;
    cnn_onnx_link *nodes;
    int64_t *numbers; /* behind `nodes` */
    int64_t *order;   /* of the nodes that the outputs need */
    int64_t ordered;
    int64_t *outputs; /* slots of the graph's outputs */
} cnn_onnx_links;

/* Release with cnn_onnx_links_free, also after a failure. */
cnn_status cnn_onnx_links_open(cnn_onnx_links *links, const CnnOnnx__GraphProto *graph, const char *origin,
                               cnn_error *error);
void cnn_onnx_links_free(cnn_onnx_links *links);
int64_t cnn_onnx_find_slot(const cnn_onnx_links *links, const char *name); /* CNN_ONNX_LEFT_OUT: none */

#endif
