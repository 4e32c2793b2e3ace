/* Constant tensors of an ONNX file: checked against their data before anybody trusts their shape. */
#ifndef CNN_ONNX_TENSOR_H
#define CNN_ONNX_TENSOR_H

#include "onnx/node.h"
#include "onnx/view.h"

typedef struct cnn_onnx_tensor {
    cnn_shape shape;
    int64_t elements;
    const float *reals;      /* within the message; NULL if it has integers */
    const int64_t *integers; /* likewise */
} cnn_onnx_tensor;

/* `what` is what the node calls the tensor, for messages. */
cnn_status cnn_onnx_reals(const cnn_onnx_node *node, const CnnOnnx__TensorProto *proto, const char *what,
                          cnn_onnx_tensor *tensor);
cnn_status cnn_onnx_integers(const cnn_onnx_node *node, const CnnOnnx__TensorProto *proto, const char *what,
                             cnn_onnx_tensor *tensor);
/* A bool scalar. */
cnn_status cnn_onnx_truth(const cnn_onnx_node *node, const CnnOnnx__TensorProto *proto, const char *what,
                          bool *value);

/* Whether the tensor, next to a value of these axes, gives every channel one number: [C,1,1] and [1,C,1,1] beside
 * N,C,H,W; [C] beside N,H,W,C or a vector; or one number for all. */
bool cnn_onnx_is_per_channel(const cnn_onnx_tensor *tensor, const cnn_onnx_view *view);

#endif
