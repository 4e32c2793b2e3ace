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

/* CNN_ERROR_SHAPE unless the input is C,H,W. `what` names the layer's kind. */
cnn_status cnn_window_needs_map(const char *what, const cnn_shape *input, cnn_error *error);

/* The output's rows and columns. CNN_ERROR_SHAPE says what would fit. `what` names the layer's kind. */
cnn_status cnn_window_output(const cnn_window *window, const char *what, const cnn_shape *input,
                             int64_t output[2], cnn_error *error);

/* One channels-last image with zeros around it. */
typedef struct cnn_padded_copy {
    int64_t rows, columns, channels;     /* of the image */
    int64_t padded_rows, padded_columns; /* with the zeros */
    int64_t top, left;                   /* where the image begins */
    int64_t pixel; /* floats from one pixel of the padded copy to the next; 0: channels */
} cnn_padded_copy;

bool cnn_is_padded(const cnn_padded_copy *copy);
/* Floats of the padded copy; 0 if there is no padding, so that the image itself serves. */
int64_t cnn_padded_floats(const cnn_padded_copy *copy);
/* Floats from one row of the padded copy to the next. */
int64_t cnn_padded_row(const cnn_padded_copy *copy);
/* The padded copy, made in `room`; or `image` itself if there is no padding. */
const float *cnn_padded_fill(const cnn_padded_copy *copy, const float *image, float *room);
/* The same for rows [first, end) of the padded copy only, which lie at their usual offsets. */
const float *cnn_padded_fill_rows(const cnn_padded_copy *copy, const float *image, float *room, int64_t first,
                                  int64_t end);
/* The reverse: the image out of a padded copy. */
void cnn_padded_crop(const cnn_padded_copy *copy, const float *padded, float *image);

#endif
