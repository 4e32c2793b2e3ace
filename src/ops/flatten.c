/* Flatten: feature maps become one vector, channel by channel. In memory nothing moves. */
#include "ops/op.h"

/* C,H,W becomes a vector of C H W; memory stays as it is. */
static cnn_status infer(cnn_options *options, const cnn_shape *inputs, cnn_shape *output, cnn_error *error) {
    (void)options, (void)error;
    *output = cnn_shape_1(cnn_shape_elements(inputs));
    return CNN_OK;
}

const cnn_op cnn_op_flatten = {
    .word = "flatten",
    .prefix = "flatten",
    .onnx = "Flatten",
    .kind = CNN_VIEW,
    .inputs = 1,
    .keeps_layout = true,
    .infer = infer,
};
