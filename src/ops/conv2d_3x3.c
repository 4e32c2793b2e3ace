#include "ops/conv2d_3x3.h"

/* From an image of shape `from` to one of shape `to`, with `top` rows and `left` columns of zeros before it. */
static cnn_direction direction_of(const cnn_shape *from, const cnn_shape *to, int64_t top, int64_t left) {
    const cnn_winograd shape = cnn_winograd_of(to->dim[1], to->dim[2], from->dim[0], to->dim[0]);
    return (cnn_direction){
        .copy = {.rows = from->dim[1],
                 .columns = from->dim[2],
                 .channels = from->dim[0],
                 .padded_rows = cnn_winograd_patch_rows(&shape),
                 .padded_columns = cnn_winograd_patch_columns(&shape),
                 .top = top,
                 .left = left},
        .shape = shape,
    };
}

cnn_direction cnn_direction_alone(cnn_direction direction) {
    direction.shape = cnn_winograd_alone(direction.shape);
    direction.copy.padded_rows = cnn_winograd_patch_rows(&direction.shape);
    return direction;
}

cnn_direction cnn_direction_forward(const cnn_conv2d_options *conv, const cnn_shape *input,
                                    const cnn_shape *output) {
    return direction_of(input, output, conv->padding[0], conv->padding[1]);
}

cnn_direction cnn_direction_backward(const cnn_conv2d_options *conv, const cnn_shape *input,
                                     const cnn_shape *output) {
    return direction_of(output, input, 2 - conv->padding[0], 2 - conv->padding[1]);
}
