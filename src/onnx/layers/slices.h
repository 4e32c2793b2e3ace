/* Taking parts of a feature map: Slice, Split and Gather, and what is cut off before a Pad. */
#ifndef CNN_ONNX_LAYERS_SLICES_H
#define CNN_ONNX_LAYERS_SLICES_H

#include "onnx/reader.h"

/* What is taken of the parts of a feature map, and how the file sees that. */
typedef struct cnn_onnx_cut {
    cnn_options slice;
    cnn_onnx_view view;
    bool takes_all;
} cnn_onnx_cut;

/* All of it, to begin with. */
cnn_onnx_cut cnn_onnx_cut_of(const cnn_onnx_value *feature);
/* Of a part that is longer than 1, which was not cut yet: `count` from `first` on, `step` apart. */
void cnn_onnx_cut_part(cnn_onnx_cut *cut, int part, int64_t first, int64_t count, int64_t step);
/* Output `k` of the node is what the cut takes; where that is all, no layer is appended. */
cnn_status cnn_onnx_append_cut(cnn_onnx_reader *reader, const cnn_onnx_node *node, size_t k,
                               const cnn_onnx_value *feature, const cnn_onnx_cut *cut);

#endif
