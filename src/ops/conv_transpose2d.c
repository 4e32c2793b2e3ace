/* Transposed convolution, which undoes what a convolution did to the size: each input value is spread over the
 * output through the kernel. Its forward is the gradient of a convolution's input, its backward that convolution.
 * All here that is called "the convolution" goes from this op's output to its input. */
#include "ops/convolution.h"

#include "base/memory.h"
#include "base/numbers.h"

#include <inttypes.h>

static const cnn_field fields[] = {
    CNN_FIELD("filters", CNN_FIELD_INTEGER, conv_transpose2d.filters, .positional = true),
    CNN_FIELD("kernel", CNN_FIELD_PAIR, conv_transpose2d.kernel, .positional = true, .onnx = "kernel_shape"),
    CNN_FIELD("stride", CNN_FIELD_PAIR, conv_transpose2d.stride, .onnx = "strides"),
    CNN_FIELD("padding", CNN_FIELD_PADDING, conv_transpose2d.padding, .onnx = "pads"),
    CNN_FIELD("outputpadding", CNN_FIELD_PAIR, conv_transpose2d.output_padding, .zero = true,
              .onnx = "output_padding"),
    CNN_FIELD("dilation", CNN_FIELD_PAIR, conv_transpose2d.dilation, .onnx = "dilations"),
    CNN_FIELD("groups", CNN_FIELD_INTEGER, conv_transpose2d.groups, .onnx = "group"),
    CNN_FIELD("nobias", CNN_FIELD_FLAG, conv_transpose2d.no_bias),
    CNN_FIELD("init", CNN_FIELD_CHOICE, conv_transpose2d.init, .choices = cnn_init_words),
    {0},
};

/* A larger output padding would add rows or columns that no input reaches. */
static cnn_status check_output_padding(const cnn_conv_transpose2d_options *conv, cnn_error *error) {
    for (int axis = 0; axis < 2; axis++)
        if (conv->output_padding[axis] < 0 || (conv->output_padding[axis] >= conv->stride[axis] &&
                                               conv->output_padding[axis] >= conv->dilation[axis]))
            return cnn_fail(
                error, CNN_ERROR_ARGUMENT,
                "the output padding must be smaller than the stride or the dilation, not %" PRId64,
                conv->output_padding[axis]);
    return CNN_OK;
}

static cnn_status complete(cnn_options *options, cnn_error *error) {
    cnn_conv_transpose2d_options *conv = &options->conv_transpose2d;
    conv->kernel[1] = cnn_or(conv->kernel[1], conv->kernel[0]);
    for (int axis = 0; axis < 2; axis++) {
        conv->stride[axis] = cnn_or(conv->stride[axis], axis ? conv->stride[0] : 1);
        conv->dilation[axis] = cnn_or(conv->dilation[axis], axis ? conv->dilation[0] : 1);
    }
    conv->groups = cnn_or(conv->groups, 1);
    if (conv->filters < 1 || conv->filters > INT32_MAX)
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "convtranspose needs at least 1 filter, not %" PRId64,
                        conv->filters);
    if (conv->groups < 1)
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "groups must be at least 1, not %" PRId64, conv->groups);
    const cnn_window window = {conv->kernel, conv->stride, conv->dilation, conv->padding, false};
    cnn_status status = cnn_window_check(&window, error);
    return status == CNN_OK ? check_output_padding(conv, error) : status;
}

/* (input - 1) stride + dilation (kernel - 1) + 1 + output padding - padding */
static cnn_status output_size(const cnn_conv_transpose2d_options *conv, const cnn_shape *input, int axis,
                              int64_t *size, cnn_error *error) {
    if (!cnn_multiply(input->dim[1 + axis] - 1, conv->stride[axis], size) || *size > INT64_MAX / 2)
        return cnn_fail(error, CNN_ERROR_SHAPE, "convtranspose: the output is too large");
    *size += conv->dilation[axis] * (conv->kernel[axis] - 1) + 1 + conv->output_padding[axis];
    const int64_t padding = conv->padding[axis] + conv->padding[2 + axis];
    if (*size <= padding)
        return cnn_fail(error, CNN_ERROR_SHAPE,
                        "convtranspose: the padding removes %" PRId64 " %s of %" PRId64
                        "; it may remove at most %" PRId64,
                        padding, axis ? "columns" : "rows", *size, *size - 1);
    *size -= padding;
    return CNN_OK;
}

/* The options of the convolution whose gradient of the input this layer is. */
static cnn_conv2d_options convolution_options(const cnn_conv_transpose2d_options *own) {
    cnn_conv2d_options options = {.groups = own->groups};
    for (int axis = 0; axis < 2; axis++) {
        options.kernel[axis] = own->kernel[axis];
        options.stride[axis] = own->stride[axis];
        options.dilation[axis] = own->dilation[axis];
        options.padding[axis] = own->padding[axis];
        options.padding[2 + axis] = own->padding[2 + axis];
    }
    return options;
}

static cnn_status infer(cnn_options *options, const cnn_shape *inputs, cnn_shape *output, cnn_error *error) {
    const cnn_conv_transpose2d_options *conv = &options->conv_transpose2d;
    int64_t size[2] = {0};
    cnn_status status = cnn_window_needs_map("convtranspose", inputs, error);
    for (int axis = 0; status == CNN_OK && axis < 2; axis++)
        status = output_size(conv, inputs, axis, &size[axis], error);
    if (status != CNN_OK)
        return status;
    *output = cnn_shape_3(conv->filters, size[0], size[1]);
    if (!cnn_shape_valid(output))
        return cnn_fail(error, CNN_ERROR_SHAPE, "convtranspose: the output is too large");
    const cnn_conv2d_options back = convolution_options(conv);
    return cnn_convolution_check("convtranspose", &back, output, inputs, error);
}

/* The weight is [channels][filters of a group][kernel rows][kernel columns], as in PyTorch and ONNX. */
static int parameters(const cnn_options *options, const cnn_shape *input, const cnn_layout *layout,
                      cnn_parameter_spec specs[CNN_MAX_PARAMETERS]) {
    const cnn_conv_transpose2d_options *conv = &options->conv_transpose2d;
    (void)layout;
    const int64_t area = conv->kernel[0] * conv->kernel[1], groups = conv->groups;
    const int64_t inputs = input->dim[0] / groups, outputs = conv->filters / groups;
    specs[0] = (cnn_parameter_spec){
        .suffix = "weight",
        .shape = cnn_shape_of(4, (int64_t[]){input->dim[0], outputs, conv->kernel[0], conv->kernel[1]}),
        .order = cnn_convolution_order(groups, outputs, inputs, area), /* the convolution's */
        .fan_in = inputs * area,
        .fan_out = outputs * area,
        .init = conv->init == CNN_INIT_DEFAULT ? CNN_INIT_HE : conv->init,
        .decays = true,
    };
    specs[1] = cnn_bias_spec(conv->filters);
    return conv->no_bias ? 1 : 2;
}

/* One multiplication and addition for each input and each weight of its channel. */
static int64_t macs(const cnn_options *options, const cnn_shape *input, const cnn_shape *output) {
    const cnn_conv_transpose2d_options *conv = &options->conv_transpose2d;
    return cnn_saturated_product(cnn_shape_elements(input),
                                 output->dim[0] / conv->groups * conv->kernel[0] * conv->kernel[1]);
}

/* ---- Running --------------------------------------------------------------------------------------- */

/* The convolution whose gradient of the input this layer is: from this layer's output to its input. */
static cnn_convolution convolution_of(const cnn_step *step) {
    const cnn_conv2d_options options = convolution_options(&step->options.conv_transpose2d);
    return cnn_convolution_of(step, &options, &step->output_shape, &step->input_shape[0]);
}

static const char *algorithm_of(const cnn_step *step) {
    return cnn_convolution_algorithm(step->options.conv_transpose2d.groups, step->input_shape[0].dim[0],
                                     step->output_shape.dim[0]);
}

/* Scratch holds a padded copy of the input or of the output's gradient, whichever is larger. */
static cnn_step_sizes sizes(const cnn_step *step) {
    const cnn_convolution c = convolution_of(step);
    const cnn_padded_copy x = cnn_convolution_padded_gradient(&c), dy = cnn_convolution_padded_input(&c);
    return (cnn_step_sizes){.scratch =
                                cnn_max(cnn_padded_floats(&x), step->training ? cnn_padded_floats(&dy) : 0),
                            .prepared = cnn_convolution_prepared(&c, true)};
}

static void prepare(const cnn_step *step, int64_t piece) {
    (void)piece;
    const cnn_convolution c = convolution_of(step);
    cnn_convolution_prepare(&c, step->parameter[0], true);
}

/* y = the gradient of the input of that convolution, with this layer's x as its dy. */
static void forward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    const cnn_convolution c = convolution_of(step);
    const cnn_padded_copy copy = cnn_convolution_padded_gradient(&c);
    const float *x = cnn_padded_fill(&copy, cnn_buffer_at(&step->input[0], place.index, place.worker),
                                     cnn_buffer_at(&step->scratch, 0, place.worker));
    cnn_convolution_input_gradient(&c, x, step->parameter[0], step->parameter[1],
                                   step->relu ? CNN_CONV_RELU : 0,
                                   cnn_buffer_at(&step->output, place.index, place.worker));
}

/* dw as that convolution has it, with the roles of x and dy exchanged. */
static void weight_gradients(const cnn_step *step, const cnn_convolution *c, cnn_place place,
                             const float *padded) {
    cnn_bias_gradient(step, place);
    cnn_convolution_weight_gradient(c, padded, cnn_buffer_at(&step->input[0], place.index, place.worker),
                                    cnn_sum_flag(place),
                                    step->gradient[0] + place.slice * step->gradient_slice);
}

/* dx is that convolution of dy, forward. */
static void backward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    const cnn_convolution c = convolution_of(step);
    const cnn_padded_copy copy = cnn_convolution_padded_input(&c);
    const float *dy = cnn_padded_fill(&copy, cnn_buffer_at(&step->output_gradient, place.index, place.worker),
                                      cnn_buffer_at(&step->scratch, 0, place.worker));
    if (!step->frozen)
        weight_gradients(step, &c, place, dy);
    if (step->input_gradient[0].data)
        cnn_convolution_forward(&c, dy, step->parameter[0], NULL, 0,
                                cnn_buffer_at(&step->input_gradient[0], place.index, place.worker));
}

const cnn_op cnn_op_conv_transpose2d = {
    .word = "convtranspose",
    .prefix = "conv_transpose",
    .onnx = "ConvTranspose",
    .algorithm_of = algorithm_of,
    .kind = CNN_IMAGEWISE,
    .inputs = 1,
    .forgets_output = true,
    .takes_relu = true,
    .fields = fields,
    .complete = complete,
    .infer = infer,
    .parameters = parameters,
    .macs = macs,
    .sizes = sizes,
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
};
