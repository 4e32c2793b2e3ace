/* Instance normalisation (Ulyanov et al. 2016, arXiv:1607.08022): each feature map of each image gets mean 0 and
 * variance 1, then a trained scale and shift. */
#include "ops/op.h"

#include "ops/window.h"

#include <math.h>

enum { BLOCK = 16 }; /* channels that are summed up at the same time, in double precision */

static const cnn_field fields[] = {
    CNN_FIELD("epsilon", CNN_FIELD_REAL, instance_norm.epsilon, .onnx = "epsilon"),
    {0},
};

static cnn_status complete(cnn_options *options, cnn_error *error) {
    cnn_instance_norm_options *norm = &options->instance_norm;
    if (norm->epsilon == 0)
        norm->epsilon = 1e-5;
    if (!(norm->epsilon > 0) || !isfinite((float)norm->epsilon))
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "epsilon must be above 0 and finite, not %g",
                        norm->epsilon);
    return CNN_OK;
}

static cnn_status infer(cnn_options *options, const cnn_shape *inputs, cnn_shape *output, cnn_error *error) {
    (void)options;
    *output = *inputs;
    return cnn_window_needs_map("instancenorm", inputs, error);
}

/* Scale and bias of each channel. */
static int parameters(const cnn_options *options, const cnn_shape *input, const cnn_layout *layout,
                      cnn_parameter_spec specs[CNN_MAX_PARAMETERS]) {
    (void)options, (void)layout;
    specs[0] = specs[1] = cnn_bias_spec(input->dim[0]);
    specs[0].suffix = "weight";
    specs[0].start = 1;
    return 2;
}

/* ---- Running --------------------------------------------------------------------------------------- */

/* Mean and inverse deviation of every channel: backward needs them again. */
static cnn_step_sizes sizes(const cnn_step *step) {
    const int64_t moments = 2 * step->output_shape.dim[0];
    return step->training ? (cnn_step_sizes){.saved = moments} : (cnn_step_sizes){.scratch = moments};
}

/* Where forward keeps mean and 1 / sqrt(variance + epsilon) of an image's channels for backward. */
static float *moments_at(const cnn_step *step, cnn_place place) {
    return step->training ? cnn_buffer_at(&step->saved, place.index, place.worker)
                          : cnn_buffer_at(&step->scratch, 0, place.worker);
}

/* `count` channels of all positions, which lie `channels` floats apart; mean[0] and inverse[0] are of the first. */
static void find_moments(const float *x, int64_t area, int64_t channels, int64_t count, double epsilon,
                         float *mean, float *inverse) {
    double sum[BLOCK] = {0}, squares[BLOCK] = {0};
    for (const float *row = x; row < x + area * channels; row += channels)
        for (int64_t k = 0; k < count; k++)
            sum[k] += (double)row[k];
    for (const float *row = x; row < x + area * channels; row += channels)
        for (int64_t k = 0; k < count; k++) {
            const double centred = (double)row[k] - sum[k] / (double)area;
            squares[k] += centred * centred;
        }
    for (int64_t k = 0; k < count; k++) {
        mean[k] = (float)(sum[k] / (double)area);
        inverse[k] = (float)(1 / sqrt(squares[k] / (double)area + epsilon));
    }
}

/* y = scale (x - mean) / sqrt(variance + epsilon) + bias, mean and variance over the positions of one image and
 * channel. */
static void forward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    const int64_t channels = step->output_shape.dim[0],
                  area = cnn_shape_elements(&step->output_shape) / channels;
    const float *x = cnn_buffer_at(&step->input[0], place.index, place.worker);
    float *y = cnn_buffer_at(&step->output, place.index, place.worker);
    float *mean = moments_at(step, place), *inverse = mean + channels;
    for (int64_t c = 0; c < channels; c += BLOCK)
        find_moments(x + c, area, channels, channels - c < BLOCK ? channels - c : BLOCK,
                     step->options.instance_norm.epsilon, mean + c, inverse + c);
    for (int64_t at = 0; at < area * channels; at += channels)
        for (int64_t c = 0; c < channels; c++)
            y[at + c] = (x[at + c] - mean[c]) * inverse[c] * step->parameter[0][c] + step->parameter[1][c];
}

/* The sums of dy and of dy times the normalised x, for `count` channels. */
static void sum_gradients(const float *x, const float *dy, int64_t area, int64_t channels, int64_t count,
                          const float *mean, const float *inverse, double dy_sum[BLOCK],
                          double product_sum[BLOCK]) {
    for (int64_t at = 0; at < area * channels; at += channels)
        for (int64_t k = 0; k < count; k++) {
            dy_sum[k] += (double)dy[at + k];
            product_sum[k] += (double)(dy[at + k] * (x[at + k] - mean[k]) * inverse[k]);
        }
}

/* With n = (x - mean) inverse: dx = weight inverse (dy - mean of dy - n times the mean of dy n). */
static void backward_block(const cnn_step *step, cnn_place place, int64_t first, int64_t count) {
    const int64_t channels = step->output_shape.dim[0],
                  area = cnn_shape_elements(&step->output_shape) / channels;
    const int64_t slice = place.slice * step->gradient_slice;
    const float *x = cnn_buffer_at(&step->input[0], place.index, place.worker) + first;
    const float *dy = cnn_buffer_at(&step->output_gradient, place.index, place.worker) + first;
    const float *mean = moments_at(step, place) + first, *inverse = mean + channels;
    double dy_sum[BLOCK] = {0}, product_sum[BLOCK] = {0};
    sum_gradients(x, dy, area, channels, count, mean, inverse, dy_sum, product_sum);
    for (int64_t k = 0; k < count; k++) {
        step->gradient[0][slice + first + k] += (float)product_sum[k];
        step->gradient[1][slice + first + k] += (float)dy_sum[k];
    }
    if (!step->input_gradient[0].data)
        return;
    float *dx = cnn_buffer_at(&step->input_gradient[0], place.index, place.worker) + first;
    const float *weight = step->parameter[0] + first;
    for (int64_t at = 0; at < area * channels; at += channels)
        for (int64_t k = 0; k < count; k++) {
            const float normalised = (x[at + k] - mean[k]) * inverse[k];
            const float shared = (float)((dy_sum[k] + (double)normalised * product_sum[k]) / (double)area);
            dx[at + k] = weight[k] * inverse[k] * (dy[at + k] - shared);
        }
}

/* With n = (x - mean) / deviation: dx = scale / deviation (dy - mean(dy) - n mean(dy n)); the gradients of scale and
 * bias are sums of dy n and dy. */
static void backward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    const int64_t channels = step->output_shape.dim[0];
    for (int64_t c = 0; c < channels; c += BLOCK)
        backward_block(step, place, c, channels - c < BLOCK ? channels - c : BLOCK);
}

const cnn_op cnn_op_instance_norm = {
    .word = "instancenorm",
    .prefix = "instance_norm",
    .onnx = "InstanceNormalization",
    .kind = CNN_IMAGEWISE,
    .inputs = 1,
    .fields = fields,
    .complete = complete,
    .infer = infer,
    .parameters = parameters,
    .sizes = sizes,
    .forward = forward,
    .backward = backward,
};
