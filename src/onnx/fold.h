/* Constants of an ONNX graph, and what can be calculated from them and from shapes when the file is read. */
#ifndef CNN_ONNX_FOLD_H
#define CNN_ONNX_FOLD_H

#include "onnx/reader.h"

/* Initialisers as tensors of the file, wherever their bytes lie. */
cnn_status cnn_onnx_fetch_constants(cnn_onnx_reader *reader);
/* The same, and every needed node whose inputs are all constants. */
cnn_status cnn_onnx_fold_constants(cnn_onnx_reader *reader);
/* Node `index`, if all that it reads is known by now: *folded says whether it was. A Shape of a feature map is
 * known; where the batch is free, it and what follows from it is calculated for the batches CNN_ONNX_PROBES. */
cnn_status cnn_onnx_fold_node(cnn_onnx_reader *reader, size_t index, bool *folded);
void cnn_onnx_fold_release(cnn_onnx_reader *reader);

#endif
