/* Addition of two feature maps or vectors of the same shape: the residual connection. */
#include "ops/op.h"

#include <string.h>

static cnn_status infer(cnn_options *options, const cnn_shape *inputs, cnn_shape *output, cnn_error *error) {
    (void)options;
    char first[CNN_SHAPE_TEXT], second[CNN_SHAPE_TEXT];
    if (!cnn_shape_equal(&inputs[0], &inputs[1]))
        return cnn_fail(error, CNN_ERROR_SHAPE, "add needs two inputs of one shape, but they are %s and %s",
                        cnn_shape_text(&inputs[0], first), cnn_shape_text(&inputs[1], second));
    *output = inputs[0];
    return CNN_OK;
}

static void forward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    const int64_t count = cnn_shape_elements(&step->output_shape);
    float *sum = cnn_buffer_at(&step->output, place.index, place.worker);
    memcpy(sum, cnn_buffer_at(&step->input[0], place.index, place.worker), (size_t)count * sizeof *sum);
    step->kernels->add(count, cnn_buffer_at(&step->input[1], place.index, place.worker), sum);
}

static void backward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    const size_t bytes = (size_t)cnn_shape_elements(&step->output_shape) * sizeof(float);
    for (int k = 0; k < step->inputs; k++)
        if (step->input_gradient[k].data)
            memcpy(cnn_buffer_at(&step->input_gradient[k], place.index, place.worker),
                   cnn_buffer_at(&step->output_gradient, place.index, place.worker), bytes);
}

const cnn_op cnn_op_add = {
    .word = "add",
    .prefix = "add",
    .onnx = "Add",
    .kind = CNN_IMAGEWISE,
    .inputs = 2,
    .keeps_layout = true,
    .infer = infer,
    .forward = forward,
    .backward = backward,
};
