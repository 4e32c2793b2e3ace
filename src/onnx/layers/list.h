/* The operators of ONNX that a network can be read from and is written in. A layer needs a row here only where its
 * operator is more than its attributes, its input and its parameters. */
#ifndef CNN_ONNX_LAYERS_LIST_H
#define CNN_ONNX_LAYERS_LIST_H

#include "onnx/reader.h"
#include "onnx/writer.h"

/* LAYER: ONNX's name of a layer's operator (its cnn_op.onnx), how many inputs a node of it may have, the function that
 * reads such a node, cnn_onnx_read_..., and the one that writes the layer, cnn_onnx_write_...
 * OTHER: an operator that no layer is written as.
 * A layer without a row is plain: the attributes of its operator are the op's fields, and the inputs behind the first its
 * parameters, all of which are there. Where it does not go value by value its input is N,C,H,W. */
#define CNN_ONNX_OPERATOR_LIST(LAYER, OTHER)                                                                 \
    LAYER("Add", 2, 2, arithmetic, sum)                                                                      \
    LAYER("AveragePool", 1, 1, pool, layer)                                                                  \
    LAYER("BatchNormalization", 5, 5, batch_norm, batch_norm)                                                \
    OTHER("Cast", 1, 1, view)                                                                                \
    LAYER("Clip", 1, 3, clip, layer)                                                                         \
    LAYER("Concat", 1, INT16_MAX, concat, along_channels)                                                    \
    LAYER("Conv", 2, 3, conv, layer)                                                                         \
    LAYER("ConvTranspose", 2, 3, conv_transpose, layer)                                                      \
    LAYER("Div", 2, 2, arithmetic, layer)                                                                    \
    LAYER("Dropout", 1, 3, dropout, layer)                                                                   \
    LAYER("Elu", 1, 1, activation, layer)                                                                    \
    OTHER("Expand", 2, 2, expand)                                                                            \
    LAYER("Flatten", 1, 1, view, along_channels)                                                             \
    OTHER("Gather", 2, 2, gather)                                                                            \
    LAYER("Gelu", 1, 1, gelu, layer)                                                                         \
    LAYER("Gemm", 2, 3, gemm, gemm)                                                                          \
    LAYER("GlobalAveragePool", 1, 1, layer, layer)                                                           \
    LAYER("GlobalLpPool", 1, 1, lp_pool, layer)                                                              \
    LAYER("GlobalMaxPool", 1, 1, layer, layer)                                                               \
    LAYER("GroupNormalization", 3, 3, group_norm, layer)                                                     \
    LAYER("HardSigmoid", 1, 1, gate, layer)                                                                  \
    LAYER("HardSwish", 1, 1, layer, gated)                                                                   \
    LAYER("Identity", 1, 1, identity, drop_path)                                                             \
    LAYER("LayerNormalization", 2, 3, layer_norm, layer_norm)                                                \
    LAYER("LeakyRelu", 1, 1, activation, layer)                                                              \
    LAYER("LogSoftmax", 1, 1, softmax, along_channels)                                                       \
    OTHER("MatMul", 2, 2, matmul)                                                                            \
    LAYER("Max", 2, 2, pair, layer)                                                                          \
    LAYER("MaxPool", 1, 1, pool, layer)                                                                      \
    LAYER("Min", 2, 2, pair, layer)                                                                          \
    LAYER("Mul", 2, 2, arithmetic, layer)                                                                    \
    LAYER("PRelu", 2, 2, prelu, prelu)                                                                       \
    LAYER("Pad", 1, 4, pad, layer)                                                                           \
    OTHER("Pow", 2, 2, pow)                                                                                  \
    OTHER("ReduceL2", 1, 2, reduce)                                                                          \
    OTHER("ReduceMax", 1, 2, reduce)                                                                         \
    OTHER("ReduceMean", 1, 2, reduce)                                                                        \
    LAYER("ReduceSum", 1, 2, reduce, channel_pool)                                                           \
    LAYER("Reshape", 1, 2, reshape, reshaped)                                                                \
    LAYER("Resize", 1, 4, resize, layer)                                                                     \
    LAYER("Selu", 1, 1, activation, layer)                                                                   \
    LAYER("Sigmoid", 1, 1, gate, layer)                                                                      \
    LAYER("Slice", 1, 5, slice, slice)                                                                       \
    LAYER("Softmax", 1, 1, softmax, along_channels)                                                          \
    LAYER("SpaceToDepth", 1, 1, layer, space_to_depth)                                                       \
    OTHER("Split", 1, 2, split)                                                                              \
    OTHER("Squeeze", 1, 2, view)                                                                             \
    LAYER("Sub", 2, 2, arithmetic, layer)                                                                    \
    OTHER("Sum", 1, INT16_MAX, sum)                                                                          \
    LAYER("Swish", 1, 1, swish, gated)                                                                       \
    LAYER("ThresholdedRelu", 1, 1, activation, layer)                                                        \
    OTHER("Transpose", 1, 1, view)                                                                           \
    OTHER("Unsqueeze", 1, 2, view)                                                                           \
    OTHER("Upsample", 1, 2, upsample)

/* Append to the network what a node stands for; append to the graph the nodes of a layer. */
typedef cnn_status cnn_onnx_read_function(cnn_onnx_reader *reader, cnn_onnx_node *node);
typedef void cnn_onnx_write_function(cnn_onnx_writer *writer, const cnn_node *node);

#define CNN_ONNX_DECLARE_LAYER(name, min, max, reader, writer)                                               \
    cnn_onnx_read_function cnn_onnx_read_##reader;                                                           \
    cnn_onnx_write_function cnn_onnx_write_##writer;
#define CNN_ONNX_DECLARE_OTHER(name, min, max, reader) cnn_onnx_read_function cnn_onnx_read_##reader;
CNN_ONNX_OPERATOR_LIST(CNN_ONNX_DECLARE_LAYER, CNN_ONNX_DECLARE_OTHER)
#undef CNN_ONNX_DECLARE_LAYER
#undef CNN_ONNX_DECLARE_OTHER

cnn_onnx_read_function cnn_onnx_read_plain_layer;

typedef struct cnn_onnx_operator {
    const char *name;
    size_t min_inputs, max_inputs;
    cnn_onnx_read_function *read;
    cnn_onnx_write_function *write; /* NULL: no layer is written as this operator */
} cnn_onnx_operator;

/* All rows, ended by a NULL name. */
const cnn_onnx_operator *cnn_onnx_operators(void);
/* The row of an operator, or what stands for the row of a plain layer; NULL if the operator is not supported. */
const cnn_onnx_operator *cnn_onnx_find_operator(const char *name);

#endif
