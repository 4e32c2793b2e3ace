/* What convolutions and poolings have in common: a window that slides over a feature map. */
#ifndef CNN_OPS_WINDOW_H
#define CNN_OPS_WINDOW_H

#include "tensor/shape.h"

typedef struct cnn_window {
    const int64_t *kernel, *stride, *dilation; /* rows, columns */
    int64_t *padding;                          /* top, left, bottom, right */
    bool same; /* set the padding so that output size = ceil(input / stride), the odd zero at the end */
} cnn_window;

/* Check the ranges of kernel, stride, dilation and padding. */
cnn_status cnn_window_check(const cnn_window *window, cnn_error *error);

/* The output's rows and columns. CNN_ERROR_SHAPE says what would fit. `what` names the layer's kind. */
cnn_status cnn_window_output(const cnn_window *window, const char *what, const cnn_shape *input,
                             int64_t output[2], cnn_error *error);

#endif
