/* Max pooling: the largest value of each window, or of the whole map. */
#include "ops/pool2d.h"

static const cnn_field fields[] = {
    CNN_FIELD("kernel", CNN_FIELD_PAIR, pool2d.kernel, .positional = true, .onnx = "kernel_shape"),
    CNN_FIELD("stride", CNN_FIELD_PAIR, pool2d.stride, .onnx = "strides"),
    CNN_FIELD("padding", CNN_FIELD_PADDING, pool2d.padding, .onnx = "pads"),
    CNN_FIELD("dilation", CNN_FIELD_PAIR, pool2d.dilation, .onnx = "dilations"),
    {0},
};

static cnn_status infer(cnn_options *options, const cnn_shape *inputs, cnn_shape *output, cnn_error *error) {
    return cnn_pool2d_infer("maxpool", options, inputs, output, error);
}

/* Training keeps the winners for the backward pass; inference needs memory in which to discard them. */
static cnn_step_sizes sizes(const cnn_step *step) {
    int64_t count = cnn_shape_elements(&step->output_shape);
    return step->training ? (cnn_step_sizes){.saved = count} : (cnn_step_sizes){.scratch = count};
}

/* Each output is the largest value of its window; in training it is recorded which one that was. */
static void forward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    cnn_pool_loop loop = cnn_pool2d_loop(step);
    step->kernels->max_pool(
        &loop, cnn_buffer_at(&step->input[0], place.index, place.worker),
        cnn_buffer_at(&step->output, place.index, place.worker),
        cnn_buffer_at(step->training ? &step->saved : &step->scratch, place.index, place.worker));
}

/* Each gradient goes to the input that won its window. */
static void backward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    cnn_pool_loop loop = cnn_pool2d_loop(step);
    if (step->input_gradient[0].data)
        step->kernels->max_pool_backward(&loop, cnn_buffer_at(&step->saved, place.index, place.worker),
                                         cnn_buffer_at(&step->output_gradient, place.index, place.worker),
                                         cnn_buffer_at(&step->input_gradient[0], place.index, place.worker));
}

const cnn_op cnn_op_max_pool2d = {
    .word = "maxpool",
    .prefix = "max_pool",
    .onnx = "MaxPool",
    .kind = CNN_IMAGEWISE,
    .inputs = 1,
    .forgets_inputs = true,
    .forgets_output = true,
    .fields = fields,
    .complete = cnn_pool2d_complete,
    .infer = infer,
    .sizes = sizes,
    .forward = forward,
    .backward = backward,
};

const cnn_op cnn_op_global_max_pool2d = {
    .word = "globalmaxpool",
    .prefix = "global_max_pool",
    .onnx = "GlobalMaxPool",
    .kind = CNN_IMAGEWISE,
    .inputs = 1,
    .forgets_inputs = true,
    .forgets_output = true,
    .infer = cnn_global_pool2d_infer,
    .sizes = sizes,
    .forward = forward,
    .backward = backward,
};
