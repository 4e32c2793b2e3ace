#include "ops/depthwise.h"

#include "base/numbers.h"

/* Strides in floats along both axes: x, y and the weights' kernel, each a rectangle of pixels of c->groups channels.
 * */
static void lay_out(const cnn_convolution *c, cnn_depthwise_axis axes[2], int64_t y_width) {
    const int64_t channels = c->groups;
    axes[1].x_step = axes[1].w_step = axes[1].y_step = channels;
    axes[0].x_step = axes[1].size * channels;
    axes[0].w_step = c->kernel[1] * channels;
    axes[0].y_step = y_width * channels;
}

/* Positions are outputs, taps read the input. */
static cnn_depthwise_axis forward_axis(const cnn_convolution *c, int k) {
    return (cnn_depthwise_axis){.positions = c->out[k],
                                .step = c->stride[k],
                                .offset = -c->padding[k],
                                .taps = c->kernel[k],
                                .tap_step = c->dilation[k],
                                .size = c->size[k]};
}

/* The loop of the whole forward pass over both axes. */
static cnn_depthwise_loop forward_loop(const cnn_convolution *c) {
    cnn_depthwise_loop loop = {{forward_axis(c, 0), forward_axis(c, 1)}, c->groups, c->limit};
    lay_out(c, loop.axis, c->out[1]);
    return loop;
}

void cnn_depthwise_forward(const cnn_convolution *c, const float *x, const float *weights, const float *bias,
                           int flags, float *y) {
    const int64_t first = c->within_groups.first;
    cnn_depthwise_loop loop = forward_loop(c);
    cnn_depthwise_axis *rows = &loop.axis[0];
    loop.channels = c->within_groups.end - first;
    rows->positions = c->rows.end - c->rows.first;
    rows->offset += c->rows.first * rows->step;
    if (loop.channels > 0)
        c->kernels->depthwise(&loop, x + first, weights + first, bias ? bias + first : NULL, flags,
                              y + c->rows.first * rows->y_step + first);
}

void cnn_depthwise_weight_gradient(const cnn_convolution *c, const float *x, const float *dy, int flags,
                                   float *dw) {
    const int64_t first = c->within_groups.first;
    cnn_depthwise_loop loop = forward_loop(c);
    loop.channels = c->within_groups.end - first;
    if (loop.channels == 0)
        return;
    if (!(flags & CNN_CONV_ACCUMULATE))
        cnn_clear_rows(c->taps, c->groups, loop.channels, dw + first);
    c->kernels->depthwise_weights(&loop, x + first, dy + first, flags, dw + first);
}

/* ---- The gradient of the input --------------------------------------------------------------------- */

/* Euclid's algorithm, for positive numbers. */
static int64_t common_divisor(int64_t a, int64_t b) {
    while (b) {
        const int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* Along one axis, the positions of the input within a range whose position in the padded input is `phase` modulo the
 * stride: only every `every`-th element of the kernel reaches them. */
typedef struct gradient_axis {
    cnn_depthwise_axis axis; /* x is the output's gradient, y that of the input */
    int64_t element, every;  /* which element of the kernel tap t is: element + t * every */
    int64_t first_y, stride; /* where position p writes: first_y + p * stride */
} gradient_axis;

/* Which taps reach the positions of one phase along axis k, and where they read and write. */
static gradient_axis gradient_axis_of(const cnn_convolution *c, int k, cnn_range within, int64_t phase) {
    const int64_t stride = c->stride[k], dilation = c->dilation[k], padding = c->padding[k];
    const int64_t every = stride / common_divisor(stride, dilation);
    int64_t element = 0; /* the first that reaches */
    while (element < c->kernel[k] && element < every && (element * dilation - phase) % stride)
        element++;
    const bool reached = element < c->kernel[k] && element < every;
    const int64_t taps = reached ? cnn_ceil_div(c->kernel[k] - element, every) : 0;
    const int64_t tap_step = every * dilation / stride;
    /* in strides of the padded input */
    const int64_t first = cnn_ceil_div(within.first + padding - phase, stride);
    const int64_t last_position = padding + within.end - 1 - phase;
    const int64_t positions = last_position < 0 ? 0 : last_position / stride - first + 1;
    /* Tap t lies t steps before tap 0: taken from the last one on, steps are positive. */
    return (gradient_axis){
        .axis = {.positions = positions > 0 ? positions : 0,
                 .step = 1,
                 .offset = first - (element * dilation - phase) / stride - (taps - 1) * tap_step,
                 .taps = taps,
                 .tap_step = tap_step,
                 .size = c->out[k]},
        .element = element + (taps - 1) * every,
        .every = -every,
        .first_y = first * stride + phase - padding,
        .stride = stride};
}

/* The gradient of the input at the positions of one phase of both axes. */
static void phase_gradient(const cnn_convolution *c, const gradient_axis along[2], const float *dy,
                           const float *weights, const float *bias, int flags, float *dx) {
    cnn_depthwise_loop loop = {{along[0].axis, along[1].axis}, c->groups, c->limit};
    lay_out(c, loop.axis, c->size[1]);
    for (int k = 0; k < 2; k++) {
        cnn_depthwise_axis *axis = &loop.axis[k];
        if (axis->taps)
            weights += along[k].element * axis->w_step;
        dx += along[k].first_y * axis->y_step;
        axis->w_step *= along[k].every;
        axis->y_step *= along[k].stride;
    }
    c->kernels->depthwise(&loop, dy, weights, bias, flags, dx);
}

void cnn_depthwise_input_gradient(const cnn_convolution *c, const float *dy, const float *weights,
                                  const float *bias, int flags, float *dx) {
    for (int64_t i = 0; i < c->stride[0]; i++)
        for (int64_t j = 0; j < c->stride[1]; j++) {
            const gradient_axis along[2] = {gradient_axis_of(c, 0, c->input_rows, i),
                                            gradient_axis_of(c, 1, (cnn_range){0, c->size[1]}, j)};
            phase_gradient(c, along, dy, weights, bias, flags, dx);
        }
}
