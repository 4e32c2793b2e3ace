/* Average pooling: the mean of each window, or of the whole map. */
#include "ops/pool2d.h"

static const cnn_field fields[] = {
    CNN_FIELD("kernel", CNN_FIELD_PAIR, pool2d.kernel, .positional = true, .onnx = "kernel_shape"),
    CNN_FIELD("stride", CNN_FIELD_PAIR, pool2d.stride, .onnx = "strides"),
    CNN_FIELD("padding", CNN_FIELD_PADDING, pool2d.padding, .onnx = "pads"),
    CNN_FIELD("countpad", CNN_FIELD_FLAG, pool2d.count_include_pad, .onnx = "count_include_pad"),
    {0},
};

static cnn_status complete(cnn_options *options, cnn_error *error) {
    const int64_t *dilation = options->pool2d.dilation;
    if (dilation[0] < 0 || dilation[0] > 1 || dilation[1] < 0 || dilation[1] > 1)
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "an average pooling has no dilation");
    return cnn_pool2d_complete(options, error);
}

static cnn_status infer(cnn_options *options, const cnn_shape *inputs, cnn_shape *output, cnn_error *error) {
    return cnn_pool2d_infer("avgpool", options, inputs, output, error);
}

/* Each output is the mean of its window; whether padding counts is the option `countpad`. */
static void forward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    cnn_pool_loop loop = cnn_pool2d_loop(step);
    step->kernels->avg_pool(&loop, cnn_buffer_at(&step->input[0], place.index, place.worker),
                            cnn_buffer_at(&step->output, place.index, place.worker));
}

/* Each gradient is spread evenly over the inputs of its window. */
static void backward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    cnn_pool_loop loop = cnn_pool2d_loop(step);
    if (step->input_gradient[0].data)
        step->kernels->avg_pool_backward(&loop,
                                         cnn_buffer_at(&step->output_gradient, place.index, place.worker),
                                         cnn_buffer_at(&step->input_gradient[0], place.index, place.worker));
}

const cnn_op cnn_op_avg_pool2d = {
    .word = "avgpool",
    .prefix = "avg_pool",
    .onnx = "AveragePool",
    .kind = CNN_IMAGEWISE,
    .inputs = 1,
    .forgets_inputs = true,
    .forgets_output = true,
    .fields = fields,
    .complete = complete,
    .infer = infer,
    .forward = forward,
    .backward = backward,
};

const cnn_op cnn_op_global_avg_pool2d = {
    .word = "globalavgpool",
    .prefix = "global_avg_pool",
    .onnx = "GlobalAveragePool",
    .kind = CNN_IMAGEWISE,
    .inputs = 1,
    .forgets_inputs = true,
    .forgets_output = true,
    .infer = cnn_global_pool2d_infer,
    .forward = forward,
    .backward = backward,
};
