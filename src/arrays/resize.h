/* What a Resize node asks for. */
#ifndef CNN_ARRAYS_RESIZE_H
#define CNN_ARRAYS_RESIZE_H

#include "arrays/call.h"

/* How many inputs make an output, on each axis. */
typedef enum cnn_resize_mode {
    CNN_RESIZE_NEAREST = 1,
    CNN_RESIZE_LINEAR = 2,
    CNN_RESIZE_CUBIC = 4
} cnn_resize_mode;

/* coordinate_transformation_mode, in the order of its words in resize_read.c. */
typedef enum cnn_resize_coordinates {
    CNN_RESIZE_HALF_PIXEL,
    CNN_RESIZE_PYTORCH_HALF_PIXEL,
    CNN_RESIZE_ALIGN_CORNERS,
    CNN_RESIZE_ASYMMETRIC,
    CNN_RESIZE_TF_HALF_PIXEL_FOR_NN,
    CNN_RESIZE_TF_CROP,
    CNN_RESIZE_HALF_PIXEL_SYMMETRIC
} cnn_resize_coordinates;

typedef enum cnn_resize_nearest {
    CNN_RESIZE_ROUND_PREFER_FLOOR,
    CNN_RESIZE_ROUND_PREFER_CEIL,
    CNN_RESIZE_FLOOR,
    CNN_RESIZE_CEIL
} cnn_resize_nearest;

typedef struct cnn_resize_axis {
    int64_t input, output;
    double scale;      /* output / input, before rounding */
    double start, end; /* the part of the input that is taken, 0 to 1 */
    bool resized;      /* false: the axis stays as it is */
} cnn_resize_axis;

typedef struct cnn_resize {
    cnn_resize_mode mode;
    cnn_resize_coordinates coordinates;
    cnn_resize_nearest nearest;
    double cubic_a, extrapolation;
    bool exclude_outside;
    cnn_resize_axis axis[CNN_MAX_RANK];
} cnn_resize;

cnn_status cnn_resize_read(cnn_call *call, cnn_resize *resize);

#endif
