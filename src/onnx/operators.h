/* The supported operators: one line in the list, and a function that appends what a node of it stands for. */
#ifndef CNN_ONNX_OPERATORS_H
#define CNN_ONNX_OPERATORS_H

#include "onnx/reader.h"

/* ONNX's name, how many inputs a node may have, and the reader: `cnn_onnx_read_` and this. Operators that are
 * not listed but named by an op of one input and no parameters are read by cnn_onnx_read_plain. */
#define CNN_ONNX_OPERATOR_LIST(X)                                                                            \
    X("Add", 2, 2, arithmetic)                                                                               \
    X("AveragePool", 1, 1, average_pool)                                                                     \
    X("BatchNormalization", 5, 5, batch_norm)                                                                \
    X("Cast", 1, 1, view)                                                                                    \
    X("Clip", 1, 3, clip)                                                                                    \
    X("Concat", 1, INT16_MAX, concat)                                                                        \
    X("Conv", 2, 3, conv)                                                                                    \
    X("ConvTranspose", 2, 3, conv_transpose)                                                                 \
    X("Div", 2, 2, arithmetic)                                                                               \
    X("Dropout", 1, 3, dropout)                                                                              \
    X("Elu", 1, 1, activation)                                                                               \
    X("Flatten", 1, 1, view)                                                                                 \
    X("Gemm", 2, 3, gemm)                                                                                    \
    X("HardSigmoid", 1, 1, gate)                                                                             \
    X("Identity", 1, 1, view)                                                                                \
    X("InstanceNormalization", 3, 3, instance_norm)                                                          \
    X("LRN", 1, 1, lrn)                                                                                      \
    X("LeakyRelu", 1, 1, activation)                                                                         \
    X("LogSoftmax", 1, 1, softmax)                                                                           \
    X("MatMul", 2, 2, matmul)                                                                                \
    X("Max", 2, 2, pair)                                                                                     \
    X("MaxPool", 1, 1, max_pool)                                                                             \
    X("Min", 2, 2, pair)                                                                                     \
    X("Mul", 2, 2, arithmetic)                                                                               \
    X("PRelu", 2, 2, prelu)                                                                                  \
    X("Pad", 1, 4, pad)                                                                                      \
    X("ReduceMean", 1, 2, reduce_mean)                                                                       \
    X("Reshape", 1, 2, view)                                                                                 \
    X("Resize", 1, 4, resize)                                                                                \
    X("Selu", 1, 1, activation)                                                                              \
    X("Sigmoid", 1, 1, gate)                                                                                 \
    X("Softmax", 1, 1, softmax)                                                                              \
    X("Squeeze", 1, 2, view)                                                                                 \
    X("Sub", 2, 2, arithmetic)                                                                               \
    X("Sum", 1, INT16_MAX, sum)                                                                              \
    X("Swish", 1, 1, swish)                                                                                  \
    X("ThresholdedRelu", 1, 1, activation)                                                                   \
    X("Transpose", 1, 1, view)                                                                               \
    X("Unsqueeze", 1, 2, view)                                                                               \
    X("Upsample", 1, 2, upsample)

typedef cnn_status cnn_onnx_read_function(cnn_onnx_reader *reader, cnn_onnx_node *node);

cnn_onnx_read_function cnn_onnx_read_activation, cnn_onnx_read_arithmetic, cnn_onnx_read_average_pool,
    cnn_onnx_read_batch_norm, cnn_onnx_read_clip, cnn_onnx_read_concat, cnn_onnx_read_conv,
    cnn_onnx_read_conv_transpose, cnn_onnx_read_dropout, cnn_onnx_read_gate, cnn_onnx_read_gemm,
    cnn_onnx_read_instance_norm, cnn_onnx_read_lrn, cnn_onnx_read_matmul, cnn_onnx_read_max_pool,
    cnn_onnx_read_pad, cnn_onnx_read_pair, cnn_onnx_read_plain, cnn_onnx_read_prelu,
    cnn_onnx_read_reduce_mean, cnn_onnx_read_resize, cnn_onnx_read_softmax, cnn_onnx_read_sum,
    cnn_onnx_read_swish, cnn_onnx_read_upsample, cnn_onnx_read_view;

typedef struct cnn_onnx_operator {
    const char *name;
    size_t least_inputs, most_inputs;
    cnn_onnx_read_function *read;
} cnn_onnx_operator;

/* False: unsupported. */
bool cnn_onnx_find_operator(const char *name, cnn_onnx_operator *found);

/* ---- Operators that change axes alone: layers/views.c ---------------------------------------------- */

bool cnn_onnx_is_view(const char *op);
/* What such a node, read as `node`, makes of the axes of its input. */
cnn_status cnn_onnx_change_view(const cnn_onnx_reader *reader, cnn_onnx_node *node, cnn_onnx_view *view);

/* ---- What several readers need: layers/weights.c ---------------------------------------------------- */

/* Input 0, which must be a feature map C,H,W. */
cnn_status cnn_onnx_image(const cnn_onnx_reader *reader, const cnn_onnx_node *node, cnn_onnx_value **x);
/* The constant weight, input 1, which must have `rank` axes. */
cnn_status cnn_onnx_weight(const cnn_onnx_reader *reader, const cnn_onnx_node *node, int rank,
                           cnn_onnx_tensor *weight);
/* Input `k`, or an Add of one number for each output that is the only reader of the node's output and is then
 * taken into the layer. bias->reals is NULL if there is none. `rank` is that of the node's output, with the
 * batch. */
cnn_status cnn_onnx_bias(cnn_onnx_reader *reader, const cnn_onnx_node *node, size_t k, int rank,
                         int64_t outputs, cnn_onnx_tensor *bias);
/* `factor` times the bias into parameter 1 of the layer appended last. */
void cnn_onnx_fill_bias(const cnn_onnx_reader *reader, const cnn_onnx_tensor *bias, int64_t outputs,
                        float factor);

#endif
