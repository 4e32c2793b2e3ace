/* Local response normalisation (Krizhevsky et al. 2012, "ImageNet classification with deep convolutional neural
 * networks"): y = x (bias + alpha / size * sum of x^2 over `size` neighbouring channels)^-beta. */
#include "ops/op.h"

#include "ops/window.h"

#include <inttypes.h>
#include <math.h>

static const cnn_field fields[] = {
    CNN_FIELD("size", CNN_FIELD_INTEGER, lrn.size, .positional = true, .onnx = "size"),
    CNN_FIELD("alpha", CNN_FIELD_REAL, lrn.alpha, .onnx = "alpha"),
    CNN_FIELD("beta", CNN_FIELD_REAL, lrn.beta, .onnx = "beta"),
    CNN_FIELD("bias", CNN_FIELD_REAL, lrn.bias, .onnx = "bias"),
    {0},
};

/* `value` or, if it is 0, the default. */
static double real_or(double value, double fallback) {
    return value == 0 ? fallback : value;
}

static cnn_status complete(cnn_options *options, cnn_error *error) {
    cnn_lrn_options *lrn = &options->lrn;
    lrn->alpha = real_or(lrn->alpha, 1e-4);
    lrn->beta = real_or(lrn->beta, 0.75);
    lrn->bias = real_or(lrn->bias, 1);
    if (lrn->size < 1 || lrn->size > INT32_MAX)
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "lrn: size must be 1 to %d channels, not %" PRId64,
                        INT32_MAX, lrn->size);
    if (!((float)lrn->alpha > 0) || !((float)lrn->bias > 0) || !isfinite((float)lrn->alpha) ||
        !isfinite((float)lrn->beta) || !isfinite((float)lrn->bias))
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "lrn: alpha, bias and beta must be finite, and alpha and bias above 0, but they are "
                        "%g, %g and %g",
                        lrn->alpha, lrn->bias, lrn->beta);
    return CNN_OK;
}

static cnn_status infer(cnn_options *options, const cnn_shape *inputs, cnn_shape *output, cnn_error *error) {
    (void)options;
    *output = *inputs;
    return cnn_window_needs_map("lrn", inputs, error);
}

/* ---- Running: one row of the map after the other --------------------------------------------------- */

enum { ROWS_OF_SCRATCH = 3 };

/* Floats of one row of positions, whose channels are normalised at a time. */
static int64_t row_floats(const cnn_step *step) {
    return step->output_shape.dim[2] * step->output_shape.dim[0];
}

static cnn_step_sizes sizes(const cnn_step *step) {
    return (cnn_step_sizes){.scratch = ROWS_OF_SCRATCH * row_floats(step)};
}

/* Channels before and after one that belong to its window; an even size has one more after it. */
static int64_t below(const cnn_step *step) {
    return (step->options.lrn.size - 1) / 2;
}

/* How many channels above the centre a window has; the rest of `size` lies below it. */
static int64_t above(const cnn_step *step) {
    return step->options.lrn.size - 1 - below(step);
}

/* sum[c] = the sum of x[k] * z[k] for k from c - before to c + behind, at each position of a row. */
static void window_sums(const cnn_step *step, int64_t before, int64_t behind, const float *x, const float *z,
                        float *sum) {
    const int64_t channels = step->output_shape.dim[0];
    for (int64_t at = 0; at < row_floats(step); at += channels)
        for (int64_t c = 0; c < channels; c++) {
            const int64_t first = c > before ? c - before : 0;
            const int64_t end = behind < channels - c ? c + behind + 1 : channels;
            sum[at + c] = 0;
            for (int64_t k = first; k < end; k++)
                sum[at + c] += x[at + k] * z[at + k];
        }
}

/* base = bias + alpha / size * squares, and power = base^-beta. `room` is a third row. */
static void find_powers(const cnn_step *step, const float *x, float *base, float *power, float *room) {
    const cnn_lrn_options *lrn = &step->options.lrn;
    const cnn_activation_function logarithm = {.kind = CNN_KERNEL_LOG},
                                  exponential = {.kind = CNN_KERNEL_EXP};
    const float scale = (float)(lrn->alpha / (double)lrn->size);
    const int64_t count = row_floats(step);
    window_sums(step, below(step), above(step), x, x, base);
    for (int64_t k = 0; k < count; k++)
        base[k] = (float)lrn->bias + scale * base[k];
    step->kernels->activate(&logarithm, count, base, room);
    for (int64_t k = 0; k < count; k++)
        room[k] *= -(float)lrn->beta;
    step->kernels->activate(&exponential, count, room, power);
}

/* y = x (bias + alpha / size * sum of squares of the neighbouring channels)^-beta, position by position. */
static void forward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    const int64_t count = row_floats(step);
    const float *x = cnn_buffer_at(&step->input[0], place.index, place.worker);
    float *y = cnn_buffer_at(&step->output, place.index, place.worker);
    float *base = cnn_buffer_at(&step->scratch, 0, place.worker), *power = base + count;
    for (int64_t row = 0; row < step->output_shape.dim[1]; row++, x += count, y += count) {
        find_powers(step, x, base, power, power + count);
        for (int64_t k = 0; k < count; k++)
            y[k] = x[k] * power[k];
    }
}

/* dx = dy power - 2 alpha beta / size * x * the sum, over the channels whose window this one is in, of
 * dy x power / base. */
static void backward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    if (!step->input_gradient[0].data)
        return;
    const cnn_lrn_options *lrn = &step->options.lrn;
    const float factor = (float)(2 * lrn->alpha * lrn->beta / (double)lrn->size);
    const int64_t count = row_floats(step);
    const float *x = cnn_buffer_at(&step->input[0], place.index, place.worker);
    const float *dy = cnn_buffer_at(&step->output_gradient, place.index, place.worker);
    float *dx = cnn_buffer_at(&step->input_gradient[0], place.index, place.worker);
    float *base = cnn_buffer_at(&step->scratch, 0, place.worker), *power = base + count, *sum = power + count;
    for (int64_t row = 0; row < step->output_shape.dim[1]; row++, x += count, dy += count, dx += count) {
        find_powers(step, x, base, power, sum);
        for (int64_t k = 0; k < count; k++)
            base[k] = dy[k] * power[k] / base[k];
        window_sums(step, above(step), below(step), base, x, sum);
        for (int64_t k = 0; k < count; k++)
            dx[k] = dy[k] * power[k] - factor * x[k] * sum[k];
    }
}

const cnn_op cnn_op_lrn = {
    .word = "lrn",
    .prefix = "lrn",
    .onnx = "LRN",
    .kind = CNN_IMAGEWISE,
    .inputs = 1,
    .fields = fields,
    .complete = complete,
    .infer = infer,
    .sizes = sizes,
    .forward = forward,
    .backward = backward,
};
