/* One ONNX node calculated on arrays: the step of the interpreter, and how constants are folded. */
#ifndef CNN_ONNX_EVALUATE_H
#define CNN_ONNX_EVALUATE_H

#include "onnx/array.h"

/* `inputs` has node->n_input pointers, NULL for what is left out; `outputs` node->n_output empty arrays, which
 * the caller frees with source->budget, also after a failure; `wanted` says which outputs somebody uses (NULL:
 * all). Messages name the file, the node and the operator. */
cnn_status cnn_onnx_evaluate(const CnnOnnx__NodeProto *node, int64_t opset, const cnn_onnx_source *source,
                             const cnn_array *const *inputs, cnn_array *outputs, const bool *wanted);

/* Whether the node's operator is one that cnn_onnx_evaluate knows; the message names it, the node and the
 * file. */
cnn_status cnn_onnx_check_operator(const CnnOnnx__NodeProto *node, const cnn_onnx_source *source);

#endif
