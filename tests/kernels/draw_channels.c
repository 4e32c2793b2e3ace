/* Random calls of the kernels that treat each channel by itself. */
#include "kernels/draw.h"

#include <math.h>
#include <stddef.h>

static void draw_positions(kernel_case *c) {
    c->count = kernel_case_size(c, 70);
    c->step = kernel_case_size(c, 131); /* channels */
    c->flags = (kernel_case_flip(c) ? CNN_CONV_RELU : 0) | (kernel_case_flip(c) ? CNN_CONV_LIMIT : 0);
    c->conv.limit = 0.5f;
}

/* What is taken off x; in the run that measures how large rounding may be, it is added. A second call turns it
 * back. */
static void turn_centre(const kernel_case *c, float *centre, bool absolute) {
    for (int64_t i = 0; absolute && i < c->step; i++)
        centre[i] = -centre[i];
}

static void call_scale_shift(const kernel_case *c, const cnn_kernels *kernels, float *const b[],
                             bool absolute) {
    turn_centre(c, b[1], absolute);
    kernels->scale_shift(c->count, c->step, b[0], b[1], absolute ? 0 : c->flags, c->conv.limit,
                         c->in_place ? b[0] : b[2]);
    turn_centre(c, b[1], absolute);
}

void kernel_draw_scale_shift(kernel_case *c) {
    c->call = call_scale_shift;
    draw_positions(c);
    c->terms = 4;
    c->in_place = kernel_case_flip(c);
    kernel_case_add_random(c, c->count * c->step, c->in_place);
    kernel_case_add_random(c, 3 * c->step, false);
    kernel_case_add(c, c->count * c->step, !c->in_place);
}

/* Whether rounding could decide if a ReLU lets the gradient at this value pass. */
static bool is_close(const kernel_case *c, float value) {
    return fabsf(value) < 1e-3f || fabsf(value - c->conv.limit) < 1e-3f;
}

/* Whether dy passes a ReLU, whose factors are `by` and then those from `scale` on: no value of x in buffer 0 is close to its thresholds. */
static void draw_relu(kernel_case *c, const float *by, const float *scale) {
    const int64_t channels = c->step;
    c->conv.limit = kernel_case_flip(c) ? 0.5f : INFINITY;
    c->null = kernel_case_flip(c);
    float *x = c->buffer[0].start;
    for (int64_t i = 0; i < c->count * channels; i++) {
        const int64_t of = i % channels;
        while (is_close(c, (x[i] - by[of]) * scale[of] + scale[channels + of]))
            x[i] = kernel_case_value(c);
    }
}

/* Absolute values let everything pass. */
static bool through_relu(const kernel_case *c, bool absolute) {
    return !c->null && !absolute;
}

static void call_scale_shift_backward(const kernel_case *c, const cnn_kernels *kernels, float *const b[],
                                      bool absolute) {
    turn_centre(c, b[2], absolute);
    kernels->scale_shift_backward(c->count, c->step, b[0], b[1], b[2], through_relu(c, absolute),
                                  c->conv.limit, b[3]);
    turn_centre(c, b[2], absolute);
}

void kernel_draw_scale_shift_backward(kernel_case *c) {
    c->call = call_scale_shift_backward;
    draw_positions(c);
    c->terms = 6;
    kernel_case_add_random(c, c->count * c->step, false);
    kernel_case_add_random(c, c->count * c->step, false);
    const float *by = kernel_case_add_random(c, 6 * c->step, false);
    kernel_case_add(c, c->count * c->step, true);
    draw_relu(c, by, by + 4 * c->step);
}

static void call_channel_moments(const kernel_case *c, const cnn_kernels *kernels, float *const b[],
                                 bool absolute) {
    turn_centre(c, b[1], absolute);
    kernels->channel_moments(c->count, c->step, b[0], b[1], b[2]);
    turn_centre(c, b[1], absolute);
}

void kernel_draw_channel_moments(kernel_case *c) {
    c->call = call_channel_moments;
    draw_positions(c);
    c->terms = c->count + 4;
    kernel_case_add_random(c, c->count * c->step, false);
    kernel_case_add_random(c, c->step, false);
    kernel_case_add(c, 2 * c->step, true);
}

static void call_channel_products(const kernel_case *c, const cnn_kernels *kernels, float *const b[],
                                  bool absolute) {
    turn_centre(c, b[1], absolute);
    kernels->channel_products(c->count, c->step, b[0], b[1], b[2], through_relu(c, absolute), c->conv.limit,
                              b[3]);
    turn_centre(c, b[1], absolute);
}

void kernel_draw_channel_products(kernel_case *c) {
    c->call = call_channel_products;
    draw_positions(c);
    c->terms = c->count + 4;
    kernel_case_add_random(c, c->count * c->step, false);
    const float *by = kernel_case_add_random(c, 3 * c->step, false);
    kernel_case_add_random(c, c->count * c->step, false);
    kernel_case_add(c, 2 * c->step, true);
    draw_relu(c, by, by + c->step);
}

static void call_channel_sums(const kernel_case *c, const cnn_kernels *kernels, float *const b[],
                              bool absolute) {
    (void)absolute;
    const int64_t channels = c->buffer[1].count;
    kernels->channel_sums(c->count, c->step, channels, b[0], b[1]);
}

void kernel_draw_channel_sums(kernel_case *c) {
    c->call = call_channel_sums;
    const int64_t channels = kernel_case_size(c, 131);
    c->count = kernel_case_size(c, 131);
    c->step = channels + (kernel_case_flip(c) ? 0 : kernel_case_between(c, 1, 5));
    c->terms = c->count + 1;
    float *x = kernel_case_add(c, (c->count - 1) * c->step + channels, false);
    for (int64_t position = 0; position < c->count; position++)
        for (int64_t o = 0; o < channels; o++)
            x[position * c->step + o] = kernel_case_value(c);
    kernel_case_add_random(c, channels, true);
}
