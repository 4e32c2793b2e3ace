/* What the ops for convolutions 3x3 of stride 1 by Winograd's algorithm share: the shapes of both directions. */
#ifndef CNN_OPS_CONV2D_3X3_H
#define CNN_OPS_CONV2D_3X3_H

#include "ops/window.h"
#include "ops/winograd.h"

/* One direction: an image with zeros around it, and what comes out. */
typedef struct cnn_direction {
    cnn_padded_copy copy; /* the image that is read, in whole tiles */
    cnn_winograd shape;
} cnn_direction;

/* The convolution itself: from the layer's input to its output. */
cnn_direction cnn_direction_forward(const cnn_conv2d_options *conv, const cnn_shape *input,
                                    const cnn_shape *output);
/* The gradient of the input: the convolution of the output's gradient with the kernel rotated by 180 degrees. */
cnn_direction cnn_direction_backward(const cnn_conv2d_options *conv, const cnn_shape *input,
                                     const cnn_shape *output);

/* The same for one image at a time (cnn_winograd_alone). */
cnn_direction cnn_direction_alone(cnn_direction direction);

#endif
