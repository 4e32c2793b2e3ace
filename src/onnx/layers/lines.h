/* Windows along the one axis of N,C,L: in the network windows on maps of a single row, or of a single column. */
#ifndef CNN_ONNX_LAYERS_LINES_H
#define CNN_ONNX_LAYERS_LINES_H

#include "onnx/reader.h"

/* Attributes of a window on maps, made from those of one along a line. */
typedef struct cnn_onnx_widened {
    cnn_attribute all[CNN_MAX_ATTRIBUTES];
    int64_t lists[CNN_MAX_ATTRIBUTES][4];
} cnn_onnx_widened;

/* From now on the node's attributes are those of a window on maps of which `line` is the only part longer than 1; nothing
 * where that is -1. They point into `room`, which must outlive them. */
cnn_status cnn_onnx_widen_attributes(cnn_onnx_node *node, int line, cnn_onnx_widened *room);
/* The same of a convolution's weight, which has three axes. */
void cnn_onnx_widen_weight(cnn_onnx_tensor *weight, int line);

/* Whether a value is N,1,C: its channels lie where L does, as before the convolution of efficient channel attention
 * (Wang et al. 2019, arXiv:1910.03151). */
bool cnn_onnx_is_line_of_channels(const cnn_onnx_value *x);
/* Append what makes them the columns of one map, N,1,L: it becomes the output of the node, which goes on from there. */
cnn_status cnn_onnx_lay_channels_out(cnn_onnx_reader *reader, const cnn_onnx_node *node,
                                     const cnn_onnx_value *x);
/* Append what makes the one map that the node gives N,1,C again. */
cnn_status cnn_onnx_gather_channels(cnn_onnx_reader *reader, const cnn_onnx_node *node);

#endif
