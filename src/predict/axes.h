/* Images between the axes that a file gives them and the network's C,H,W. */
#ifndef CNN_PREDICT_AXES_H
#define CNN_PREDICT_AXES_H

#include "onnx/view.h"

/* N, then the sizes that the file sees. */
cnn_shape cnn_axes_shape(const cnn_onnx_view *view, int64_t images);
/* From the file's order to C,H,W, and back. The two must not overlap. */
void cnn_axes_to_network(const cnn_onnx_view *view, const float *from, int64_t images, float *to);
void cnn_axes_from_network(const cnn_onnx_view *view, const float *from, int64_t images, float *to);

#endif
