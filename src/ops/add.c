/* Addition of feature maps or vectors of one shape: the residual connection. */
#include "ops/op.h"

#include <string.h>

/* The sum has the shape that all inputs have. */
static cnn_status infer_many(const cnn_shape *inputs, int count, cnn_shape *output, cnn_error *error) {
    char first[CNN_SHAPE_TEXT], other[CNN_SHAPE_TEXT];
    for (int k = 1; k < count; k++)
        if (!cnn_shape_equal(&inputs[0], &inputs[k]))
            return cnn_fail(error, CNN_ERROR_SHAPE,
                            "add: the inputs must have the same shape, but they are %s and %s",
                            cnn_shape_text(&inputs[0], first), cnn_shape_text(&inputs[k], other));
    *output = inputs[0];
    return CNN_OK;
}

/* y = the sum of all inputs, element by element. */
static void forward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    const cnn_range part = cnn_part_of(place, cnn_shape_elements(&step->output_shape));
    const int64_t count = part.end - part.first;
    float *sum = cnn_buffer_at(&step->output, place.index, place.worker) + part.first;
    memcpy(sum, cnn_buffer_at(&step->input[0], place.index, place.worker) + part.first,
           (size_t)count * sizeof *sum);
    for (int k = 1; k < step->inputs; k++)
        step->kernels->add(count, cnn_buffer_at(&step->input[k], place.index, place.worker) + part.first,
                           sum);
    if (step->relu)
        step->kernels->relu(count, sum, sum);
}

/* The gradient of a sum is passed unchanged to every input. */
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
    .forgets_inputs = true,
    .forgets_output = true,
    .more_inputs = true,
    .takes_relu = true,
    .keeps_layout = true,
    .infer_many = infer_many,
    .divisions = cnn_divisions_of_elements,
    .forward = forward,
    .backward = backward,
};
