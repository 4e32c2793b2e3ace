/* The state of reading an ONNX graph into a network, and what reading any node needs. */
#ifndef CNN_ONNX_READER_H
#define CNN_ONNX_READER_H

#include "arrays/array.h"
#include "base/file.h"
#include "onnx/message.h"
#include "onnx/pixels.h"
#include "onnx/tensor.h"
#include "graph/net.h"

/* Batches for which values are calculated that depend on a free one. */
static const int64_t CNN_ONNX_PROBES[2] = {2, 3};

/* What is known so far of a value of the graph. */
typedef struct cnn_onnx_value {
    const cnn_onnx_symbol *symbol;
    const CnnOnnx__TensorProto *constant; /* an initialiser's, or folded */
    /* What is calculated from the batch, which is free: for each of CNN_ONNX_PROBES; NULL: it is not. */
    const CnnOnnx__TensorProto *probe[2];
    struct cnn_onnx_value *root; /* of a folded constant: the tensor that it is made from; NULL: itself */
    cnn_layer taken_by;          /* the first layer that has it as a parameter; 0: none */
    int64_t taker;               /* and the node that this layer stands for */
    cnn_layer layer;             /* of a feature map once it was read; 0: not yet */
    cnn_onnx_view view;          /* how the file sees what the layer gives */
} cnn_onnx_value;

typedef struct cnn_onnx_reader {
    const char *folder; /* where external data lies; NULL: nowhere */
    cnn_onnx_graph graph;
    cnn_onnx_value *values; /* of each symbol of the graph */
    cnn_onnx_value *input, *output;
    cnn_net *net;
    const CnnOnnx__ModelProto *images_of; /* its metadata say what its images are; NULL: tensors go in */
    cnn_onnx_pixels pixels;
    int64_t opset;
    bool own;         /* this library wrote the file */
    bool trains;      /* it is in training mode: its normalisation or dropout works on the batch at hand */
    int64_t batch;    /* images in the graph's input; 0: any number */
    int64_t stored;   /* bytes of the file and its external data */
    cnn_bytes *spare; /* memory that the network may have; NULL: none */
    double *mean, *deviation; /* of each channel: the affine nodes between the input and the first layers */
    cnn_layer *absorbed_by;   /* of each node: the layer that does its work; 0: none */
    cnn_budget budget;        /* of folding */
    cnn_onnx_arena arena;     /* of folded constants, which point into arrays that are kept */
    struct cnn_onnx_kept *kept;
    cnn_error *error;
} cnn_onnx_reader;

/* A node of the graph, to look at: without its attributes, and its messages go nowhere. */
cnn_onnx_node cnn_onnx_node_at(const cnn_onnx_reader *reader, int64_t index);
/* Input `k`; NULL if it is left out. */
cnn_onnx_value *cnn_onnx_input(const cnn_onnx_reader *reader, const cnn_onnx_node *node, size_t k);
/* Input `k`, which must be a feature map. */
cnn_status cnn_onnx_feature(const cnn_onnx_reader *reader, const cnn_onnx_node *node, size_t k,
                            cnn_onnx_value **feature);
/* Input `k`, which must be a constant. *constant is NULL when it is left out and `optional`. */
cnn_status cnn_onnx_constant(const cnn_onnx_reader *reader, const cnn_onnx_node *node, size_t k,
                             const char *what, bool optional, const CnnOnnx__TensorProto **constant);
/* The most parameters that a network of this file may have: shared weights are stored once there, but a small file may
 * not ask for much memory. */
int64_t cnn_onnx_max_values(const cnn_onnx_reader *reader);
/* What its layer gives: C,H,W or a length. */
const cnn_shape *cnn_onnx_shape(const cnn_onnx_reader *reader, const cnn_onnx_value *feature);
/* Output `k`, NULL if it has no name; and the first one, which each needed node has. */
cnn_onnx_value *cnn_onnx_output_number(const cnn_onnx_reader *reader, const cnn_onnx_node *node, size_t k);
cnn_onnx_value *cnn_onnx_output(const cnn_onnx_reader *reader, const cnn_onnx_node *node);

/* The node that reads the first output, if it is one node alone and nobody else does; else CNN_ONNX_NO_NODE. */
int64_t cnn_onnx_only_user(const cnn_onnx_reader *reader, const cnn_onnx_node *node);

/* Append a layer that gives the node's output. `second` is NULL but for ops with two inputs. */
cnn_status cnn_onnx_append(cnn_onnx_reader *reader, const cnn_onnx_node *node, const cnn_op *op,
                           const cnn_options *options, const cnn_onnx_value *first,
                           const cnn_onnx_value *second);
/* The same of any request, whose name is not read, for output `k`. */
cnn_status cnn_onnx_append_request(cnn_onnx_reader *reader, const cnn_onnx_node *node, size_t k,
                                   cnn_node_request request);
/* The same from all of the node's inputs, one or more; all must be feature maps. One alone is passed on. */
cnn_status cnn_onnx_append_joined(cnn_onnx_reader *reader, const cnn_onnx_node *node, const cnn_op *op);
/* The node's output is the same as its input. */
cnn_status cnn_onnx_pass_on(const cnn_onnx_reader *reader, const cnn_onnx_node *node,
                            const cnn_onnx_value *feature);
/* The node's output has the values of `feature` in other axes. A layer flattens them where they become a vector that
 * some layer reads, or makes a vector a map of one row and column. */
cnn_status cnn_onnx_give_view(cnn_onnx_reader *reader, const cnn_onnx_node *node,
                              const cnn_onnx_value *feature, const cnn_onnx_view *view);
/* Fails unless feature maps have their channels on axis 1, and vectors that were maps the order C,H,W. */
cnn_status cnn_onnx_channels_first(const cnn_onnx_node *node, const cnn_onnx_value *feature);
/* Parameter tensor `k` of the layer appended last, to be filled in the order of its shape. */
float *cnn_onnx_parameter(const cnn_onnx_reader *reader, int k);

#endif
