/* ReLU: max(0, x). */
#include "ops/op.h"

static cnn_status infer(cnn_options *options, const cnn_shape *inputs, cnn_shape *output, cnn_error *error) {
    (void)options, (void)error;
    *output = *inputs;
    return CNN_OK;
}

static void forward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    step->kernels->relu(cnn_shape_elements(&step->output_shape),
                        cnn_buffer_at(&step->input[0], place.index, place.worker),
                        cnn_buffer_at(&step->output, place.index, place.worker));
}

static void backward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    if (step->input_gradient[0].data)
        step->kernels->relu_backward(cnn_shape_elements(&step->output_shape),
                                     cnn_buffer_at(&step->output, place.index, place.worker),
                                     cnn_buffer_at(&step->output_gradient, place.index, place.worker),
                                     cnn_buffer_at(&step->input_gradient[0], place.index, place.worker));
}

const cnn_op cnn_op_relu = {
    .word = "relu",
    .prefix = "relu",
    .onnx = "Relu",
    .kind = CNN_IMAGEWISE,
    .inputs = 1,
    .keeps_layout = true,
    .infer = infer,
    .forward = forward,
    .backward = backward,
};
