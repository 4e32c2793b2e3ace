/* Convolution as the field means it: cross-correlation, the kernel is not flipped. */
#include "ops/op.h"
#include "ops/window.h"

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
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "conv needs at least 1 filter, not %lld",
                        (long long)conv->filters);
    if (conv->groups < 1)
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "groups must be at least 1, not %lld",
                        (long long)conv->groups);
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
    if (inputs->dim[0] % conv->groups || conv->filters % conv->groups)
        return cnn_fail(error, CNN_ERROR_SHAPE,
                        "conv: %lld groups must divide both the %lld input channels and the %lld filters",
                        (long long)conv->groups, (long long)inputs->dim[0], (long long)conv->filters);
    *output = cnn_shape_3(conv->filters, size[0], size[1]);
    return CNN_OK;
}

static int parameters(const cnn_options *options, const cnn_shape *input, const cnn_layout *layout,
                      cnn_parameter_spec specs[CNN_MAX_PARAMETERS]) {
    const cnn_conv2d_options *conv = &options->conv2d;
    (void)layout;
    int64_t area = conv->kernel[0] * conv->kernel[1], groups = conv->groups;
    int64_t inputs = input->dim[0] / groups, outputs = conv->filters / groups;
    specs[0] = (cnn_parameter_spec){
        .suffix = "weight",
        .shape = cnn_shape_of(4, (int64_t[]){conv->filters, inputs, conv->kernel[0], conv->kernel[1]}),
        .order = {.groups = groups, .outputs = outputs, .inputs = inputs, .area = area},
        .fan_in = inputs * area,
        .fan_out = outputs * area,
        .init = conv->init == CNN_INIT_DEFAULT ? CNN_INIT_HE : conv->init,
        .decays = true,
    };
    specs[1] = cnn_bias_spec(conv->filters);
    return conv->no_bias ? 1 : 2;
}

static int64_t macs(const cnn_options *options, const cnn_shape *input, const cnn_shape *output) {
    const cnn_conv2d_options *conv = &options->conv2d;
    return cnn_shape_elements(output) * (input->dim[0] / conv->groups) * conv->kernel[0] * conv->kernel[1];
}

/* ---- Geometry of a step, derived from its options each time it runs -------------------------------- */

typedef struct geometry {
    const cnn_conv2d_options *conv;
    int64_t channels, size[2], padded[2]; /* of the input; rows, columns, with and without padding */
    int64_t filters, out[2];
    int64_t group_inputs, group_outputs, taps;
    /* Zeros around the output's gradient, so that every tap of the gradient of the input finds a value. */
    int64_t before[2], framed[2];
} geometry;

/* Division that rounds down, for a negative dividend too. */
static int64_t floor_divide(int64_t a, int64_t b) {
    return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

static void frame_gradient(geometry *g, int axis) {
    const cnn_conv2d_options *conv = g->conv;
    int64_t reach = conv->dilation[axis] * (conv->kernel[axis] - 1);
    int64_t first = floor_divide(conv->padding[axis] - reach, conv->stride[axis]);
    int64_t last = (conv->padding[axis] + g->size[axis] - 1) / conv->stride[axis];
    g->before[axis] = first < 0 ? -first : 0;
    int64_t after = last > g->out[axis] - 1 ? last - (g->out[axis] - 1) : 0;
    g->framed[axis] = g->before[axis] + g->out[axis] + after;
}

static geometry geometry_of(const cnn_step *step) {
    const cnn_conv2d_options *conv = &step->options.conv2d;
    const cnn_shape *input = &step->input_shape[0], *output = &step->output_shape;
    geometry g = {.conv = conv, .channels = input->dim[0], .filters = output->dim[0]};
    for (int axis = 0; axis < 2; axis++) {
        g.size[axis] = input->dim[1 + axis];
        g.padded[axis] = g.size[axis] + conv->padding[axis] + conv->padding[2 + axis];
        g.out[axis] = output->dim[1 + axis];
        frame_gradient(&g, axis);
    }
    g.group_inputs = g.channels / conv->groups;
    g.group_outputs = g.filters / conv->groups;
    g.taps = conv->kernel[0] * conv->kernel[1];
    return g;
}

static cnn_frame input_frame(const geometry *g) {
    return (cnn_frame){g->size[0],   g->size[1],          g->channels,        g->padded[0],
                       g->padded[1], g->conv->padding[0], g->conv->padding[1]};
}
static cnn_frame gradient_frame(const geometry *g) {
    return (cnn_frame){g->out[0],    g->out[1],    g->filters,  g->framed[0],
                       g->framed[1], g->before[0], g->before[1]};
}

/* prepared: the taps' offsets of forward, those of backward, then (training) the weights turned around for
 * the gradient of the input. */
static int64_t *forward_taps(const cnn_step *step) {
    return (int64_t *)(void *)step->prepared;
}
static int64_t *backward_taps(const cnn_step *step, const geometry *g) {
    return forward_taps(step) + g->taps;
}
static float *turned_weights(const cnn_step *step, const geometry *g) {
    return (float *)(void *)(forward_taps(step) + 2 * g->taps);
}

static int64_t largest(int64_t a, int64_t b) {
    return a > b ? a : b;
}

static cnn_step_sizes sizes(const cnn_step *step) {
    geometry g = geometry_of(step);
    const cnn_frame input = input_frame(&g), gradient = gradient_frame(&g);
    int64_t padded = cnn_frame_floats(&input), framed = step->training ? cnn_frame_floats(&gradient) : 0;
    int64_t weights = step->training ? g.taps * g.group_inputs * g.filters : 0;
    int64_t offsets = 2 * g.taps * (int64_t)(sizeof(int64_t) / sizeof(float));
    return (cnn_step_sizes){.scratch = largest(padded, framed), .prepared = offsets + weights};
}

/* The gradient of the input falls into stride x stride phases: position + padding = remainder modulo the
 * stride. Each kernel element belongs to one phase; the elements of a phase stand together in the turned
 * weights. */
typedef struct phase {
    int64_t remainder[2]; /* rows, columns */
    int64_t first_tap;    /* how many taps the phases before it have */
    int64_t taps;
} phase;

static bool reaches(const geometry *g, int axis, int64_t element, int64_t remainder) {
    return (element * g->conv->dilation[axis] - remainder) % g->conv->stride[axis] == 0;
}

static int64_t gradient_offset(const geometry *g, const phase *p, int64_t i, int64_t j) {
    int64_t row = floor_divide(p->remainder[0] - i * g->conv->dilation[0], g->conv->stride[0]);
    int64_t column = floor_divide(p->remainder[1] - j * g->conv->dilation[1], g->conv->stride[1]);
    return (row * g->framed[1] + column) * g->filters;
}

/* w[tap][input][output] of each group into [output][input]. */
static void turn_groups(const cnn_step *step, const geometry *g, int64_t tap, int64_t to) {
    const int64_t size = g->group_inputs * g->group_outputs;
    const cnn_transpose_loop turn = {g->group_inputs, g->group_outputs, g->group_outputs, g->group_inputs};
    for (int64_t group = 0; group < g->conv->groups; group++)
        step->kernels->transpose(&turn, step->parameter[0] + (group * g->taps + tap) * size,
                                 turned_weights(step, g) + (group * g->taps + to) * size);
}

/* Count a phase's taps; with `step`, also note their offsets and turn their weights. */
static void collect_phase(const cnn_step *step, const geometry *g, phase *p) {
    p->taps = 0;
    for (int64_t i = 0; i < g->conv->kernel[0]; i++)
        for (int64_t j = 0; j < g->conv->kernel[1]; j++) {
            if (!reaches(g, 0, i, p->remainder[0]) || !reaches(g, 1, j, p->remainder[1]))
                continue;
            int64_t to = p->first_tap + p->taps++;
            if (!step)
                continue;
            backward_taps(step, g)[to] = gradient_offset(g, p, i, j);
            turn_groups(step, g, i * g->conv->kernel[1] + j, to);
        }
}

static void next_phase(const geometry *g, phase *p) {
    p->first_tap += p->taps;
    if (++p->remainder[1] == g->conv->stride[1]) {
        p->remainder[1] = 0;
        p->remainder[0]++;
    }
}

static void prepare(const cnn_step *step) {
    geometry g = geometry_of(step);
    const cnn_conv2d_options *conv = g.conv;
    for (int64_t i = 0; i < conv->kernel[0]; i++)
        for (int64_t j = 0; j < conv->kernel[1]; j++)
            forward_taps(step)[i * conv->kernel[1] + j] =
                (i * conv->dilation[0] * g.padded[1] + j * conv->dilation[1]) * g.channels;
    if (!step->training)
        return;
    for (phase p = {0}; p.remainder[0] < conv->stride[0]; next_phase(&g, &p))
        collect_phase(step, &g, &p);
}

/* ---- Running --------------------------------------------------------------------------------------- */

static const float *padded_input(const cnn_step *step, const geometry *g, cnn_place place) {
    const cnn_frame frame = input_frame(g);
    return cnn_frame_fill(&frame, cnn_buffer_at(&step->input[0], place.index, place.worker),
                          cnn_buffer_at(&step->scratch, 0, place.worker));
}

static cnn_conv_loop forward_loop(const cnn_step *step, const geometry *g) {
    return (cnn_conv_loop){
        .rows = g->out[0],
        .columns = g->out[1],
        .x_row = g->conv->stride[0] * g->padded[1] * g->channels,
        .x_column = g->conv->stride[1] * g->channels,
        .y_row = g->out[1] * g->filters,
        .y_column = g->filters,
        .taps = g->taps,
        .tap = forward_taps(step),
        .inputs = g->group_inputs,
        .outputs = g->group_outputs,
        .w_row = g->group_outputs,
    };
}

static void forward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    geometry g = geometry_of(step);
    cnn_conv_loop loop = forward_loop(step, &g);
    const float *x = padded_input(step, &g, place), *bias = step->parameter[1];
    float *y = cnn_buffer_at(&step->output, place.index, place.worker);
    for (int64_t group = 0; group < g.conv->groups; group++)
        step->kernels->conv(&loop, x + group * g.group_inputs,
                            step->parameter[0] + group * g.taps * g.group_inputs * g.group_outputs,
                            bias ? bias + group * g.group_outputs : NULL, step->relu ? CNN_CONV_RELU : 0,
                            y + group * g.group_outputs);
}

static void weight_gradients(const cnn_step *step, const geometry *g, cnn_place place, const float *dy) {
    cnn_conv_loop loop = forward_loop(step, g);
    const float *x = padded_input(step, g, place);
    float *dw = step->gradient[0] + place.slice * step->gradient_slice;
    for (int64_t group = 0; group < g->conv->groups; group++)
        step->kernels->conv_weights(&loop, x + group * g->group_inputs, dy + group * g->group_outputs,
                                    dw + group * g->taps * g->group_inputs * g->group_outputs);
    if (step->gradient[1])
        step->kernels->channel_sums(g->out[0] * g->out[1], g->filters, g->filters, dy,
                                    step->gradient[1] + place.slice * step->gradient_slice);
}

/* Positions of one phase along an axis: the first multiple q of the stride, and how many. */
static int64_t phase_positions(const geometry *g, const phase *p, int axis, int64_t *first) {
    int64_t padding = g->conv->padding[axis], stride = g->conv->stride[axis], r = p->remainder[axis];
    *first = -floor_divide(r - padding, stride);
    return floor_divide(padding + g->size[axis] - 1 - r, stride) - *first + 1;
}

/* The gradient of the input at the positions of one phase: a convolution of the framed gradient. */
static void input_gradient_phase(const cnn_step *step, const geometry *g, const phase *p, const float *framed,
                                 float *dx) {
    const cnn_conv2d_options *conv = g->conv;
    int64_t q[2];
    cnn_conv_loop loop = {
        .rows = phase_positions(g, p, 0, &q[0]),
        .columns = phase_positions(g, p, 1, &q[1]),
        .x_row = g->framed[1] * g->filters,
        .x_column = g->filters,
        .y_row = conv->stride[0] * g->size[1] * g->channels,
        .y_column = conv->stride[1] * g->channels,
        .taps = p->taps,
        .tap = backward_taps(step, g) + p->first_tap,
        .inputs = g->group_outputs,
        .outputs = g->group_inputs,
        .w_row = g->group_inputs,
    };
    if (loop.rows <= 0 || loop.columns <= 0)
        return;
    const float *from = framed + ((q[0] + g->before[0]) * g->framed[1] + q[1] + g->before[1]) * g->filters;
    int64_t row = conv->stride[0] * q[0] + p->remainder[0] - conv->padding[0];
    int64_t column = conv->stride[1] * q[1] + p->remainder[1] - conv->padding[1];
    float *to = dx + (row * g->size[1] + column) * g->channels;
    int64_t size = g->group_inputs * g->group_outputs;
    for (int64_t group = 0; group < conv->groups; group++)
        step->kernels->conv(&loop, from + group * g->group_outputs,
                            turned_weights(step, g) + (group * g->taps + p->first_tap) * size, NULL, 0,
                            to + group * g->group_inputs);
}

static void input_gradient(const cnn_step *step, const geometry *g, cnn_place place, const float *dy) {
    float *dx = cnn_buffer_at(&step->input_gradient[0], place.index, place.worker);
    const cnn_frame frame = gradient_frame(g);
    const float *framed = cnn_frame_fill(&frame, dy, cnn_buffer_at(&step->scratch, 0, place.worker));
    for (phase p = {0}; p.remainder[0] < g->conv->stride[0]; next_phase(g, &p)) {
        collect_phase(NULL, g, &p);
        input_gradient_phase(step, g, &p, framed, dx);
    }
}

static void backward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    geometry g = geometry_of(step);
    const float *dy = cnn_buffer_at(&step->output_gradient, place.index, place.worker);
    weight_gradients(step, &g, place, dy);
    if (step->input_gradient[0].data)
        input_gradient(step, &g, place, dy);
}

const cnn_op cnn_op_conv2d = {
    .word = "conv",
    .prefix = "conv",
    .onnx = "Conv",
    .algorithm = "direct",
    .kind = CNN_IMAGEWISE,
    .inputs = 1,
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
