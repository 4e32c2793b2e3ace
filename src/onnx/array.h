/* Tensors of an ONNX file as arrays, wherever their bytes lie: checked before anybody trusts their shape. */
#ifndef CNN_ONNX_ARRAY_H
#define CNN_ONNX_ARRAY_H

#include "arrays/array.h"

#include "onnx.pb-c.h"

/* Where a model came from, and what reading it may take. */
typedef struct cnn_onnx_source {
    const char *origin; /* names it in messages */
    const char *folder; /* where its external data lies; NULL: nowhere, and such data is refused */
    cnn_budget *budget; /* may be NULL */
    cnn_error *error;
} cnn_onnx_source;

/* What may be calculated from constants alone, when a file is read and when it runs: a small file may not ask for much
 * memory. `stored` are the bytes of the file and of its external data. */
cnn_budget cnn_onnx_constant_budget(int64_t stored);

/* Whether the tensor's bytes lie in another file. */
bool cnn_onnx_is_external(const CnnOnnx__TensorProto *proto);

/* `array` may point into `proto`, and must be freed (cnn_array_free, same budget) before it. */
cnn_status cnn_onnx_array(cnn_array *array, const CnnOnnx__TensorProto *proto, const cnn_onnx_source *source);

#endif
