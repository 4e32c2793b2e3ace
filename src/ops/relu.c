/* ReLU: max(0, x). */
#include "ops/op.h"

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
    .infer = cnn_infer_same_shape,
    .forward = forward,
    .backward = backward,
};
