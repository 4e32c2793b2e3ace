/* Batch normalisation with the running statistics, in inference and where the layer is frozen: each channel is
 * scaled and shifted. */
#include "ops/batch_norm.h"

#include <math.h>
#include <string.h>

static const cnn_field fields[] = {
    CNN_FIELD("epsilon", CNN_FIELD_REAL, batch_norm.epsilon, .onnx = "epsilon"),
    CNN_FIELD("momentum", CNN_FIELD_REAL, batch_norm.momentum),
    {0},
};

static cnn_status complete(cnn_options *options, cnn_error *error) {
    cnn_batch_norm_options *norm = &options->batch_norm;
    norm->epsilon = norm->epsilon == 0 ? 1e-5 : norm->epsilon;
    norm->momentum = norm->momentum == 0 ? 0.1 : norm->momentum;
    if (!(norm->epsilon > 0) || !isfinite(norm->epsilon))
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "batchnorm's epsilon must be greater than 0, not %g",
                        norm->epsilon);
    if (!(norm->momentum > 0 && norm->momentum <= 1))
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "batchnorm's momentum must be above 0 and at most 1, not %g", norm->momentum);
    return CNN_OK;
}

cnn_norm_shape cnn_norm_shape_of(const cnn_shape *shape) {
    return (cnn_norm_shape){.channels = shape->dim[0],
                            .positions = cnn_shape_elements(shape) / shape->dim[0]};
}

cnn_order cnn_norm_order_of(const cnn_shape *input, const cnn_layout *layout) {
    if (input->rank == 1)
        return (cnn_order){.groups = 1, .outputs = 1, .inputs = layout->channels, .area = layout->area};
    return (cnn_order){.groups = 1, .outputs = input->dim[0], .inputs = 1, .area = 1};
}

/* Weight and bias are trained, running mean and variance are kept; each one value per channel. */
static int parameters(const cnn_options *options, const cnn_shape *input, const cnn_layout *layout,
                      cnn_parameter_spec specs[CNN_MAX_PARAMETERS]) {
    (void)options;
    const cnn_parameter_spec any = {.shape = cnn_shape_1(input->dim[0]),
                                    .order = cnn_norm_order_of(input, layout),
                                    .init = CNN_INIT_ZEROS};
    for (int i = 0; i < CNN_MAX_PARAMETERS; i++)
        specs[i] = any;
    specs[CNN_NORM_WEIGHT].suffix = "weight";
    specs[CNN_NORM_WEIGHT].start = 1;
    specs[CNN_NORM_BIAS].suffix = "bias";
    specs[CNN_NORM_MEAN].suffix = "running_mean";
    specs[CNN_NORM_MEAN].statistic = true;
    specs[CNN_NORM_VARIANCE].suffix = "running_var";
    specs[CNN_NORM_VARIANCE].statistic = true;
    specs[CNN_NORM_VARIANCE].start = 1;
    return CNN_MAX_PARAMETERS;
}

void cnn_norm_scale(const cnn_batch_norm_options *norm, const float *const parameter[CNN_MAX_PARAMETERS],
                    int64_t channels, float *scale) {
    for (int64_t c = 0; c < channels; c++)
        scale[c] =
            (float)(parameter[CNN_NORM_WEIGHT][c] / sqrt(parameter[CNN_NORM_VARIANCE][c] + norm->epsilon));
}

/* prepared: mean, scale and shift, as scale_shift takes them; then (training) the same for the gradient of the
 * input, which is only scaled. scratch: an image's sums for the gradients of the parameters. */
static cnn_step_sizes sizes(const cnn_step *step) {
    const int64_t channels = cnn_norm_shape_of(&step->output_shape).channels;
    return (cnn_step_sizes){.prepared = (step->training ? 6 : 3) * channels,
                            .scratch = step->training ? 2 * channels : 0};
}

/* Mean, variance, weight and bias become what the kernel scale_shift takes: y = scale (x - mean) + bias. */
static void prepare(const cnn_step *step, int64_t piece) {
    (void)piece;
    const int64_t channels = cnn_norm_shape_of(&step->output_shape).channels;
    const float *const parameter[] = {step->parameter[0], step->parameter[1], step->parameter[2],
                                      step->parameter[3]};
    const size_t bytes = (size_t)channels * sizeof(float);
    memcpy(step->prepared, parameter[CNN_NORM_MEAN], bytes);
    cnn_norm_scale(&step->options.batch_norm, parameter, channels, step->prepared + channels);
    memcpy(step->prepared + 2 * channels, parameter[CNN_NORM_BIAS], bytes);
    if (!step->training)
        return;
    memset(step->prepared + 3 * channels, 0, 3 * bytes);
    memcpy(step->prepared + 4 * channels, step->prepared + channels, bytes);
}

/* Inference, and frozen layers in training: y = scale (x - mean) + bias with the running statistics. */
static void forward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    const cnn_norm_shape shape = cnn_norm_shape_of(&step->output_shape);
    const cnn_range part = cnn_part_of(place, shape.positions);
    const int64_t offset = part.first * shape.channels;
    step->kernels->scale_shift(part.end - part.first, shape.channels,
                               cnn_buffer_at(&step->input[0], place.index, place.worker) + offset,
                               step->prepared, cnn_step_flags(step), step->limit,
                               cnn_buffer_at(&step->output, place.index, place.worker) + offset);
}

/* Of an image, with n = (x - mean) / deviation: the weight's is the sum of dy n, the bias's that of dy. */
static void parameter_gradients(const cnn_step *step, cnn_place place) {
    const cnn_norm_shape shape = cnn_norm_shape_of(&step->output_shape);
    const float *variance = step->parameter[CNN_NORM_VARIANCE];
    float *sums = cnn_buffer_at(&step->scratch, 0, place.worker), *products = sums + shape.channels;
    float *weight = step->gradient[CNN_NORM_WEIGHT] + place.slice * step->gradient_slice;
    float *bias = step->gradient[CNN_NORM_BIAS] + place.slice * step->gradient_slice;
    step->kernels->channel_products(shape.positions, shape.channels,
                                    cnn_buffer_at(&step->input[0], place.index, place.worker), step->prepared,
                                    cnn_buffer_at(&step->output_gradient, place.index, place.worker), false,
                                    INFINITY, sums);
    for (int64_t c = 0; c < shape.channels; c++) {
        weight[c] += (float)(products[c] / sqrt(variance[c] + step->options.batch_norm.epsilon));
        bias[c] += sums[c];
    }
}

/* The statistics do not depend on the batch: dx = scale dy. */
static void backward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    if (!step->frozen)
        parameter_gradients(step, place);
    const cnn_norm_shape shape = cnn_norm_shape_of(&step->output_shape);
    if (step->input_gradient[0].data)
        step->kernels->scale_shift(shape.positions, shape.channels,
                                   cnn_buffer_at(&step->output_gradient, place.index, place.worker),
                                   step->prepared + 3 * shape.channels, 0, 0,
                                   cnn_buffer_at(&step->input_gradient[0], place.index, place.worker));
}

static int64_t divisions(const cnn_step *step) {
    return cnn_norm_shape_of(&step->output_shape).positions;
}

const cnn_op cnn_op_batch_norm = {
    .word = "batchnorm",
    .prefix = "batch_norm",
    .onnx = "BatchNormalization",
    .kind = CNN_IMAGEWISE,
    .inputs = 1,
    .takes_relu = true,
    .takes_limit = true,
    .keeps_layout = true,
    .fields = fields,
    .complete = complete,
    .infer = cnn_infer_same_shape,
    .parameters = parameters,
    .sizes = sizes,
    .prepare = prepare,
    .divisions = divisions,
    .forward = forward,
    .backward = backward,
};
