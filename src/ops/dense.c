/* Dense (fully connected) layer: a matrix product over the whole batch, cut into pieces of fixed size. */
#include "ops/op.h"

#include <string.h>

/* Pieces of work, chosen so that what one reads again and again stays in the second-level cache. They do not
 * depend on the number of threads, so neither does the result. */
enum {
    UNIT_BLOCK = 32,   /* forward: outputs of a piece */
    SAMPLE_BLOCK = 64, /* forward: images of a piece */
    INPUT_BLOCK = 256, /* forward: inputs summed up before the next outputs; backward: inputs of a piece */
};

static const cnn_field fields[] = {
    CNN_FIELD("units", CNN_FIELD_INTEGER, dense.units, .positional = true),
    CNN_FIELD("nobias", CNN_FIELD_FLAG, dense.no_bias),
    CNN_FIELD("init", CNN_FIELD_CHOICE, dense.init, .choices = cnn_init_words),
    {0},
};

static cnn_status complete(cnn_options *options, cnn_error *error) {
    if (options->dense.units < 1 || options->dense.units > INT32_MAX)
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "dense needs at least 1 unit, not %lld",
                        (long long)options->dense.units);
    return CNN_OK;
}

static cnn_status infer(cnn_options *options, const cnn_shape *inputs, cnn_shape *output, cnn_error *error) {
    char text[CNN_SHAPE_TEXT];
    if (inputs->rank != 1)
        return cnn_fail(
            error, CNN_ERROR_SHAPE,
            "dense needs a flat vector, but its input is %s: put flatten before it, which gives %lld",
            cnn_shape_text(inputs, text), (long long)cnn_shape_elements(inputs));
    *output = cnn_shape_1(options->dense.units);
    return CNN_OK;
}

static int parameters(const cnn_options *options, const cnn_shape *input, const cnn_layout *layout,
                      cnn_parameter_spec specs[CNN_MAX_PARAMETERS]) {
    const cnn_dense_options *dense = &options->dense;
    const int64_t inputs = input->dim[0];
    specs[0] = (cnn_parameter_spec){
        .suffix = "weight",
        .shape = cnn_shape_2(dense->units, inputs),
        .order = {1, dense->units, layout->channels, layout->area},
        .fan_in = inputs,
        .fan_out = dense->units,
        .init = dense->init == CNN_INIT_DEFAULT ? CNN_INIT_GLOROT : dense->init,
        .decays = true,
    };
    specs[1] = (cnn_parameter_spec){.suffix = "bias",
                                    .shape = cnn_shape_1(dense->units),
                                    .order = {1, dense->units, 1, 1},
                                    .init = CNN_INIT_ZEROS};
    return dense->no_bias ? 1 : 2;
}

static int64_t macs(const cnn_options *options, const cnn_shape *input, const cnn_shape *output) {
    (void)options;
    return input->dim[0] * output->dim[0];
}

static int64_t blocks(int64_t count, int64_t block) {
    return (count + block - 1) / block;
}
static int64_t smaller(int64_t a, int64_t b) {
    return a < b ? a : b;
}
static int64_t inputs_of(const cnn_step *step) {
    return step->input_shape[0].dim[0];
}
static int64_t units_of(const cnn_step *step) {
    return step->output_shape.dim[0];
}

static cnn_step_sizes sizes(const cnn_step *step) {
    return (cnn_step_sizes){.scratch = step->training ? INPUT_BLOCK * units_of(step) : 0};
}

static int64_t forward_pieces(const cnn_step *step, const cnn_run *run) {
    return blocks(units_of(step), UNIT_BLOCK) * blocks(run->batch, SAMPLE_BLOCK);
}

static const int64_t no_offset[1] = {0};

/* Outputs [unit, unit + UNIT_BLOCK) of images [sample, sample + SAMPLE_BLOCK), summed block by block of
 * inputs. */
static void forward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    const int64_t inputs = inputs_of(step), units = units_of(step), across = blocks(units, UNIT_BLOCK);
    const int64_t unit = place.index % across * UNIT_BLOCK, sample = place.index / across * SAMPLE_BLOCK;
    const float *x = cnn_buffer_at(&step->input[0], sample, 0), *bias = step->parameter[1];
    float *y = cnn_buffer_at(&step->output, sample, 0) + unit;
    cnn_conv_loop loop = {
        .rows = 1,
        .columns = smaller(SAMPLE_BLOCK, run->batch - sample),
        .x_column = inputs,
        .y_column = units,
        .taps = 1,
        .tap = no_offset,
        .outputs = smaller(UNIT_BLOCK, units - unit),
        .w_row = units,
    };
    for (int64_t i = 0; i < inputs; i += INPUT_BLOCK) {
        loop.inputs = smaller(INPUT_BLOCK, inputs - i);
        int flags =
            (i > 0 ? CNN_CONV_ACCUMULATE : 0) | (step->relu && i + loop.inputs == inputs ? CNN_CONV_RELU : 0);
        step->kernels->conv(&loop, x + i, step->parameter[0] + i * units + unit, bias ? bias + unit : NULL,
                            flags, y);
    }
}

static int64_t backward_pieces(const cnn_step *step, const cnn_run *run) {
    (void)run;
    return blocks(inputs_of(step), INPUT_BLOCK);
}

static void input_gradient(const cnn_step *step, int64_t batch, int64_t first, int64_t count, int worker) {
    const int64_t units = units_of(step);
    float *turned = cnn_buffer_at(&step->scratch, 0, worker);
    const cnn_transpose_loop turn = {.rows = count, .columns = units, .x_row = units, .y_row = count};
    step->kernels->transpose(&turn, step->parameter[0] + first * units, turned); /* [unit][input] */
    cnn_conv_loop loop = {
        .rows = 1,
        .columns = batch,
        .x_column = units,
        .y_column = inputs_of(step),
        .taps = 1,
        .tap = no_offset,
        .inputs = units,
        .outputs = count,
        .w_row = count,
    };
    step->kernels->conv(&loop, cnn_buffer_at(&step->output_gradient, 0, 0), turned, NULL, 0,
                        cnn_buffer_at(&step->input_gradient[0], 0, 0) + first);
}

static void weight_gradient(const cnn_step *step, int64_t batch, int64_t first, int64_t count) {
    const int64_t units = units_of(step);
    float *dw = step->gradient[0] + first * units;
    cnn_conv_loop loop = {
        .rows = 1,
        .columns = batch,
        .x_column = inputs_of(step),
        .y_column = units,
        .taps = 1,
        .tap = no_offset,
        .inputs = count,
        .outputs = units,
        .w_row = units,
    };
    memset(dw, 0, (size_t)(count * units) * sizeof *dw);
    step->kernels->conv_weights(&loop, cnn_buffer_at(&step->input[0], 0, 0) + first,
                                cnn_buffer_at(&step->output_gradient, 0, 0), dw);
}

static void bias_gradient(const cnn_step *step, int64_t batch) {
    const int64_t units = units_of(step);
    memset(step->gradient[1], 0, (size_t)units * sizeof(float));
    step->kernels->channel_sums(batch, units, units, cnn_buffer_at(&step->output_gradient, 0, 0),
                                step->gradient[1]);
}

/* Both gradients at a block of inputs. */
static void backward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    const int64_t first = place.index * INPUT_BLOCK;
    const int64_t count = smaller(INPUT_BLOCK, inputs_of(step) - first);
    weight_gradient(step, run->batch, first, count);
    if (step->input_gradient[0].data)
        input_gradient(step, run->batch, first, count, place.worker);
    if (place.index == 0 && step->gradient[1])
        bias_gradient(step, run->batch);
}

const cnn_op cnn_op_dense = {
    .word = "dense",
    .prefix = "fc",
    .onnx = "Gemm",
    .kind = CNN_BATCHWISE,
    .inputs = 1,
    .takes_relu = true,
    .fields = fields,
    .complete = complete,
    .infer = infer,
    .parameters = parameters,
    .macs = macs,
    .sizes = sizes,
    .forward_pieces = forward_pieces,
    .backward_pieces = backward_pieces,
    .forward = forward,
    .backward = backward,
};
