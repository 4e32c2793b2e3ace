/* Layer normalisation (Ba et al. 2016, arXiv:1607.06450): the channels of each position of a map, as ConvNeXt has it, or all
 * values of a vector get mean 0 and variance 1, then each channel a trained scale and shift. */
#include "base/numbers.h"
#include "ops/batch_norm.h"
#include "ops/lanes.h"

#include <math.h>
#include <string.h>

static const cnn_field fields[] = {
    CNN_FIELD("epsilon", CNN_FIELD_REAL, layer_norm.epsilon, .onnx = "epsilon"),
    {0},
};

static cnn_status complete(cnn_options *options, cnn_error *error) {
    double *epsilon = &options->layer_norm.epsilon;
    if (*epsilon == 0)
        *epsilon = 1e-5;
    if (!(*epsilon > 0) || !isfinite((float)*epsilon))
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "layernorm's epsilon must be above 0 and finite, not %g",
                        *epsilon);
    return CNN_OK;
}

static int parameters(const cnn_options *options, const cnn_shape *input, const cnn_layout *layout,
                      cnn_parameter_spec specs[CNN_MAX_PARAMETERS]) {
    (void)options;
    specs[0] = specs[1] = cnn_bias_spec(input->dim[0]);
    specs[0].order = specs[1].order = cnn_norm_order_of(input, layout);
    specs[0].suffix = "weight";
    specs[0].start = 1;
    return 2;
}

/* saved: mean and inverse deviation of each position. scratch: an image's sums for the gradients of the parameters. */
static cnn_step_sizes sizes(const cnn_step *step) {
    const cnn_norm_shape shape = cnn_norm_shape_of(&step->output_shape);
    const int64_t sums = 2 * shape.channels * (int64_t)(sizeof(double) / sizeof(float));
    return step->training ? (cnn_step_sizes){.saved = 2 * shape.positions, .scratch = sums}
                          : (cnn_step_sizes){0};
}

static int64_t divisions(const cnn_step *step) {
    return cnn_norm_shape_of(&step->output_shape).positions;
}

/* ---- Forward --------------------------------------------------------------------------------------- */

static double squares_of(const float *x, int64_t count, double mean) {
    double lanes[CNN_LANES] = {0};
    int64_t i = 0;
    for (; i + CNN_LANES <= count; i += CNN_LANES)
        for (int k = 0; k < CNN_LANES; k++)
            lanes[k] += ((double)x[i + k] - mean) * ((double)x[i + k] - mean);
    for (int k = 0; i < count; i++, k++)
        lanes[k] += ((double)x[i] - mean) * ((double)x[i] - mean);
    return cnn_lanes_total(lanes);
}

/* Mean and 1 / sqrt(variance + epsilon) of one position. */
typedef struct moments {
    float mean, inverse;
} moments;

static moments moments_of(const cnn_step *step, const float *x, int64_t count) {
    const double mean = cnn_lanes_sum(x, count) / (double)count;
    const double variance = squares_of(x, count, mean) / (double)count;
    return (moments){(float)mean, (float)(1 / sqrt(variance + step->options.layer_norm.epsilon))};
}

/* y = weight (x - mean) / sqrt(variance + epsilon) + bias; when workers share an image, this worker's positions. */
static void forward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    const cnn_norm_shape shape = cnn_norm_shape_of(&step->output_shape);
    const cnn_range part = cnn_part_of(place, shape.positions);
    const float *input = cnn_buffer_at(&step->input[0], place.index, place.worker);
    float *output = cnn_buffer_at(&step->output, place.index, place.worker);
    for (int64_t at = part.first; at < part.end; at++) {
        const float *x = input + at * shape.channels;
        float *y = output + at * shape.channels;
        const moments m = moments_of(step, x, shape.channels);
        for (int64_t c = 0; c < shape.channels; c++)
            y[c] = (x[c] - m.mean) * m.inverse * step->parameter[0][c] + step->parameter[1][c];
        if (step->training) {
            float *saved = cnn_buffer_at(&step->saved, place.index, place.worker) + 2 * at;
            saved[0] = m.mean;
            saved[1] = m.inverse;
        }
    }
}

/* ---- Backward -------------------------------------------------------------------------------------- */

/* With n = (x - mean) inverse and g = weight dy: dx = inverse (g - mean of g - n times the mean of g n). */
static void input_gradient(const float *weight, int64_t channels, moments m, const float *x, const float *dy,
                           float *dx) {
    double sum = 0, product = 0;
    for (int64_t c = 0; c < channels; c++) {
        const double g = (double)(weight[c] * dy[c]);
        sum += g;
        product += g * (double)((x[c] - m.mean) * m.inverse);
    }
    const float mean = (float)(sum / (double)channels), slope = (float)(product / (double)channels);
    for (int64_t c = 0; c < channels; c++)
        dx[c] = m.inverse * (weight[c] * dy[c] - mean - (x[c] - m.mean) * m.inverse * slope);
}

/* What one position adds to the gradients of weight and bias. */
static void add_position(int64_t channels, moments m, const float *x, const float *dy, double *weight,
                         double *bias) {
    for (int64_t c = 0; c < channels; c++) {
        weight[c] += (double)(dy[c] * (x[c] - m.mean) * m.inverse);
        bias[c] += (double)dy[c];
    }
}

static void backward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    const cnn_norm_shape shape = cnn_norm_shape_of(&step->output_shape);
    const float *input = cnn_buffer_at(&step->input[0], place.index, place.worker);
    const float *upstream = cnn_buffer_at(&step->output_gradient, place.index, place.worker);
    const float *saved = cnn_buffer_at(&step->saved, place.index, place.worker);
    double *sums = (double *)(void *)cnn_buffer_at(&step->scratch, 0, place.worker);
    memset(sums, 0, 2 * (size_t)shape.channels * sizeof *sums);
    for (int64_t at = 0; at < shape.positions; at++) {
        const int64_t row = at * shape.channels;
        const moments m = {saved[2 * at], saved[2 * at + 1]};
        add_position(shape.channels, m, input + row, upstream + row, sums, sums + shape.channels);
        if (step->input_gradient[0].data)
            input_gradient(step->parameter[0], shape.channels, m, input + row, upstream + row,
                           cnn_buffer_at(&step->input_gradient[0], place.index, place.worker) + row);
    }
    for (int64_t k = 0; k < 2 * shape.channels; k++)
        step->gradient[k / shape.channels][place.slice * step->gradient_slice + k % shape.channels] +=
            (float)sums[k];
}

const cnn_op cnn_op_layer_norm = {
    .word = "layernorm",
    .prefix = "layer_norm",
    .onnx = "LayerNormalization",
    .onnx_opset = 17,
    .kind = CNN_IMAGEWISE,
    .inputs = 1,
    .keeps_layout = true,
    .fields = fields,
    .complete = complete,
    .infer = cnn_infer_same_shape,
    .parameters = parameters,
    .sizes = sizes,
    .divisions = divisions,
    .forward = forward,
    .backward = backward,
};
