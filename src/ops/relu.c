/* ReLU: max(0, x). */
#include "ops/op.h"

/* y = max(0, x). */
static void forward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    const cnn_range part = cnn_part_of(place, cnn_shape_elements(&step->output_shape));
    step->kernels->relu(part.end - part.first,
                        cnn_buffer_at(&step->input[0], place.index, place.worker) + part.first,
                        cnn_buffer_at(&step->output, place.index, place.worker) + part.first);
}

/* dx = dy where y > 0, else 0. */
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
    .divisions = cnn_divisions_of_elements,
    .forward = forward,
    .backward = backward,
};
