/* Convolution as the field means it: cross-correlation, the kernel is not flipped. */
#include "ops/convolution_bf16.h"

#include "base/numbers.h"
#include "ops/depthwise.h"

#include <inttypes.h>

static const cnn_field fields[] = {
    CNN_FIELD("filters", CNN_FIELD_INTEGER, conv2d.filters, .positional = true),
    CNN_FIELD("kernel", CNN_FIELD_PAIR, conv2d.kernel, .positional = true, .onnx = "kernel_shape"),
    CNN_FIELD("stride", CNN_FIELD_PAIR, conv2d.stride, .onnx = "strides"),
    CNN_FIELD("padding", CNN_FIELD_PADDING, conv2d.padding, .onnx = "pads"),
    CNN_FIELD("same", CNN_FIELD_FLAG, conv2d.same),
    CNN_FIELD("dilation", CNN_FIELD_PAIR, conv2d.dilation, .onnx = "dilations"),
    CNN_FIELD("groups", CNN_FIELD_INTEGER, conv2d.groups, .onnx = "group"),
    CNN_FIELD("nobias", CNN_FIELD_FLAG, conv2d.no_bias),
    CNN_FIELD("init", CNN_FIELD_CHOICE, conv2d.init, .choices = cnn_init_words),
    {0},
};

/* The window of the options, which cnn_window_output may give its padding ("same"). */
static cnn_window window_of(const cnn_conv2d_options *conv, int64_t padding[4]) {
    return (cnn_window){conv->kernel, conv->stride, conv->dilation, padding, conv->same};
}

static cnn_status complete(cnn_options *options, cnn_error *error) {
    cnn_conv2d_options *conv = &options->conv2d;
    conv->kernel[1] = cnn_or(conv->kernel[1], conv->kernel[0]);
    for (int axis = 0; axis < 2; axis++) {
        conv->stride[axis] = cnn_or(conv->stride[axis], axis ? conv->stride[0] : 1);
        conv->dilation[axis] = cnn_or(conv->dilation[axis], axis ? conv->dilation[0] : 1);
    }
    conv->groups = cnn_or(conv->groups, 1);
    if (conv->filters < 1 || conv->filters > INT32_MAX)
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "conv needs at least 1 filter, not %" PRId64,
                        conv->filters);
    if (conv->groups < 1)
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "groups must be at least 1, not %" PRId64, conv->groups);
    cnn_window window = window_of(conv, conv->padding);
    return cnn_window_check(&window, error);
}

static cnn_status infer(cnn_options *options, const cnn_shape *inputs, cnn_shape *output, cnn_error *error) {
    cnn_conv2d_options *conv = &options->conv2d;
    cnn_window window = window_of(conv, conv->padding);
    int64_t size[2];
    cnn_status status = cnn_window_output(&window, "conv", inputs, size, error);
    if (status != CNN_OK)
        return status;
    *output = cnn_shape_3(conv->filters, size[0], size[1]);
    return cnn_convolution_check("conv", conv, inputs, output, error);
}

/* The weight is [filters][inputs of a group][kernel rows][kernel columns], as in PyTorch and ONNX; its physical order
 * is that of cnn_convolution_order. */
static int parameters(const cnn_options *options, const cnn_shape *input, const cnn_layout *layout,
                      cnn_parameter_spec specs[CNN_MAX_PARAMETERS]) {
    const cnn_conv2d_options *conv = &options->conv2d;
    (void)layout;
    int64_t area = conv->kernel[0] * conv->kernel[1], groups = conv->groups;
    int64_t inputs = input->dim[0] / groups, outputs = conv->filters / groups;
    specs[0] = (cnn_parameter_spec){
        .suffix = "weight",
        .shape = cnn_shape_of(4, (int64_t[]){conv->filters, inputs, conv->kernel[0], conv->kernel[1]}),
        .order = cnn_convolution_order(groups, inputs, outputs, area),
        .fan_in = inputs * area,
        .fan_out = outputs * area,
        .init = conv->init == CNN_INIT_DEFAULT ? CNN_INIT_HE : conv->init,
        .decays = true,
    };
    specs[1] = cnn_bias_spec(conv->filters);
    return conv->no_bias ? 1 : 2;
}

/* One multiplication and addition for each output and each weight of its filter. */
static int64_t macs(const cnn_options *options, const cnn_shape *input, const cnn_shape *output) {
    const cnn_conv2d_options *conv = &options->conv2d;
    return cnn_saturated_product(cnn_shape_elements(output),
                                 input->dim[0] / conv->groups * conv->kernel[0] * conv->kernel[1]);
}

/* ---- Running --------------------------------------------------------------------------------------- */

static cnn_convolution convolution_of(const cnn_step *step) {
    cnn_convolution c =
        cnn_convolution_of(step, &step->options.conv2d, &step->input_shape[0], &step->output_shape);
    if (step->bf16)
        cnn_bf16_pair_up(&c);
    /* The gradients read the padded copy, too, and the edges keep their sums in the output. */
    if (!step->training && !step->adds)
        cnn_convolution_read_image(&c);
    return c;
}

static bool takes_bf16(const cnn_step *step) {
    const cnn_convolution c = convolution_of(step);
    return !cnn_is_depthwise(&c);
}

/* Depthwise convolutions stay sums of floats and are rounded a few rows at a time. */
static bool writes_pairs(const cnn_step *step) {
    return step->bf16 ? cnn_convolution_writes_pairs(step) : step->output_shape.dim[0] % 2 == 0;
}

/* Rows of a depthwise convolution's output that are rounded together, so that they stay in the first caches. */
static int64_t rounded_rows(const cnn_convolution *c) {
    enum { ROUNDED_FLOATS = 1 << 13 };
    return cnn_min(c->out[0], cnn_max(2, ROUNDED_FLOATS / (c->out[1] * c->filters)));
}

static const char *algorithm_of(const cnn_step *step) {
    if (step->bf16)
        return "direct bf16";
    return cnn_convolution_algorithm(step->options.conv2d.groups, step->input_shape[0].dim[0],
                                     step->output_shape.dim[0]);
}

/* Whether forward has to round its input, which always is a copy. */
static bool rounds_input(const cnn_step *step) {
    return step->bf16 && !step->input[0].pairs;
}

/* What forward derives from the weights, before what backward does in bfloat16: whole lines. */
static int64_t prepared_of_forward(const cnn_convolution *c) {
    enum { LINE = 16 };
    return cnn_ceil_div(cnn_convolution_prepared(c, false), LINE) * LINE;
}

/* In bfloat16. */
static cnn_step_sizes sizes_in_bf16(const cnn_step *step, const cnn_convolution *c) {
    const cnn_padded_copy input = cnn_convolution_padded_input(c);
    const int64_t read =
        rounds_input(step) ? input.padded_rows * cnn_padded_row(&input) : cnn_padded_floats(&input);
    const int64_t backward = step->training ? cnn_bf16_backward_scratch(step) : 0;
    return (cnn_step_sizes){.scratch = cnn_max(read, backward),
                            .prepared = prepared_of_forward(c) +
                                        (step->training ? cnn_bf16_backward_prepared(step) : 0),
                            .weights_pass = true};
}

/* Scratch holds a padded copy of the input forward, of the output's gradient backward: the larger of both. */
static cnn_step_sizes sizes(const cnn_step *step) {
    const cnn_convolution c = convolution_of(step);
    if (step->bf16)
        return sizes_in_bf16(step, &c);
    const cnn_padded_copy input = cnn_convolution_padded_input(&c),
                          output = cnn_convolution_padded_gradient(&c);
    const int64_t padded = step->training ? cnn_padded_floats(&output) : 0, read = cnn_padded_floats(&input);
    const int64_t rounded = step->output.pairs ? rounded_rows(&c) * c.out[1] * c.filters : 0;
    return (cnn_step_sizes){.scratch = cnn_max(cnn_max(read, padded), rounded),
                            .prepared = cnn_convolution_prepared(&c, step->training),
                            .weights_pass = cnn_convolution_has_blocks(&c)};
}

/* After every update: the copies that cnn_convolution derives from the weights. */
static void prepare(const cnn_step *step, int64_t piece) {
    (void)piece;
    const cnn_convolution c = convolution_of(step);
    cnn_convolution_prepare(&c, step->parameter[0], step->training && !step->bf16);
    if (step->training && step->bf16)
        cnn_bf16_backward_prepare(step, step->prepared + prepared_of_forward(&c));
}

static int64_t divisions(const cnn_step *step) {
    const cnn_convolution c = convolution_of(step);
    return cnn_convolution_divisions(&c);
}

static int64_t backward_divisions(const cnn_step *step) {
    if (step->bf16)
        return cnn_bf16_backward_divisions(step);
    const cnn_convolution c = convolution_of(step);
    return cnn_convolution_backward_divisions(&c);
}

/* The rows of the padded input that the output's rows meet. */
static const float *padded_input(const cnn_step *step, const cnn_convolution *c, cnn_place place) {
    const cnn_padded_copy copy = cnn_convolution_padded_input(c);
    const int64_t reach = c->dilation[0] * (c->kernel[0] - 1) + 1;
    const cnn_range rows = {c->rows.first * c->stride[0], (c->rows.end - 1) * c->stride[0] + reach};
    const float *image = cnn_buffer_at(&step->input[0], place.index, place.worker);
    float *room = cnn_buffer_at(&step->scratch, 0, place.worker);
    return rounds_input(step) ? cnn_bf16_round_rows(c, &copy, c->group_numbers, image, rows, room)
                              : cnn_padded_fill_rows(&copy, image, room, rows.first, rows.end);
}

/* The kernels' flags for where the maps on both sides lie. */
static int far_flag(const cnn_buffer *read, const cnn_buffer *written, const cnn_run *run) {
    return cnn_far_flag(read, run->batch) | cnn_far_flag(written, run->batch);
}

/* The place's channels of so many rows of the output, from `from` to pairs at `to`. */
static void round_rows(const cnn_convolution *c, int64_t rows, const float *from, float *to) {
    const cnn_output_runs runs = cnn_convolution_runs(c, rows);
    for (int64_t i = 0; i < runs.count; i++) {
        const int64_t at = i * c->filters + runs.first;
        c->kernels->bf16_round(1, runs.length, from + at, to + at / 2);
    }
}

/* A depthwise convolution whose output is stored in pairs: some rows in float, then rounded. */
static void forward_rounded(const cnn_step *step, const cnn_convolution *c, cnn_place place) {
    const int64_t row = c->out[1] * c->filters;
    const float *x = cnn_buffer_at(&step->input[0], place.index, place.worker);
    float *room = cnn_buffer_at(&step->scratch, 0, place.worker),
          *y = cnn_buffer_at(&step->output, place.index, place.worker);
    cnn_convolution some = *c;
    for (int64_t first = c->rows.first; first < c->rows.end; first += rounded_rows(c)) {
        some.padding[0] = c->padding[0] - first * c->stride[0]; /* rows count from the first of them */
        some.rows = (cnn_range){0, cnn_min(rounded_rows(c), c->rows.end - first)};
        cnn_depthwise_forward(&some, x, step->parameter[0], step->parameter[1],
                              cnn_step_flags(step) & ~CNN_CONV_PAIRS, room);
        round_rows(c, some.rows.end, room, y + first * row / 2);
    }
}

/* One image, or this worker's part of it. */
static void forward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    cnn_convolution c = convolution_of(step);
    cnn_convolution_take_part(&c, place);
    if (step->output.pairs && !step->bf16) {
        forward_rounded(step, &c, place);
        return;
    }
    cnn_convolution_forward(&c, padded_input(step, &c, place), step->parameter[0], step->parameter[1],
                            cnn_step_flags(step) | far_flag(&step->input[0], &step->output, run),
                            cnn_buffer_at(&step->output, place.index, place.worker));
    if (step->activation.kind != CNN_KERNEL_NO_ACTIVATION)
        cnn_convolution_activate(&c, &step->activation,
                                 cnn_buffer_at(&step->output, place.index, place.worker));
}

/* Add this image's gradients of weight and bias to those of its slice. */
static void weight_gradients(const cnn_step *step, const cnn_run *run, const cnn_convolution *c,
                             cnn_place place, const float *dy) {
    cnn_bias_gradient(step, place);
    cnn_convolution_weight_gradient(c, padded_input(step, c, place), dy,
                                    cnn_sum_flag(place) |
                                        far_flag(&step->input[0], &step->output_gradient, run),
                                    step->gradient[0] + place.slice * step->gradient_slice);
}

/* dx from a padded copy of dy; overwrites. */
static void input_gradient(const cnn_step *step, const cnn_run *run, const cnn_convolution *c,
                           cnn_place place, const float *dy) {
    const cnn_padded_copy copy = cnn_convolution_padded_gradient(c);
    const float *padded = cnn_padded_fill(&copy, dy, cnn_buffer_at(&step->scratch, 0, place.worker));
    cnn_convolution_input_gradient(c, padded, step->parameter[0], NULL,
                                   far_flag(&step->output_gradient, &step->input_gradient[0], run),
                                   cnn_buffer_at(&step->input_gradient[0], place.index, place.worker));
}

static void backward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    cnn_convolution c = convolution_of(step);
    if (step->bf16) {
        cnn_bf16_backward(step, run, place, step->prepared + prepared_of_forward(&c));
        return;
    }
    cnn_convolution_take_backward_part(&c, place);
    const float *dy = cnn_buffer_at(&step->output_gradient, place.index, place.worker);
    if (!step->frozen)
        weight_gradients(step, run, &c, place, dy);
    if (step->input_gradient[0].data)
        input_gradient(step, run, &c, place, dy);
}

const cnn_op cnn_op_conv2d = {
    .word = "conv",
    .prefix = "conv",
    .onnx = "Conv",
    .algorithm_of = algorithm_of,
    .kind = CNN_IMAGEWISE,
    .inputs = 1,
    .forgets_output = true,
    .takes_scale = true,
    .takes_bf16 = takes_bf16,
    .reads_pairs = cnn_convolution_reads_pairs,
    .writes_pairs = writes_pairs,
    .takes_relu = true,
    .takes_limit = true,
    .takes_activation = true,
    .fields = fields,
    .complete = complete,
    .infer = infer,
    .parameters = parameters,
    .macs = macs,
    .sizes = sizes,
    .prepare = prepare,
    .divisions = divisions,
    .backward_divisions = backward_divisions,
    .forward = forward,
    .backward = backward,
};
