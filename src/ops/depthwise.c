#include "ops/depthwise.h"

/* ---- Along one axis -------------------------------------------------------------------------------- */

/* Tap k of position q meets the image at q * step + offset + k * tap_step, if that is within 0 .. size - 1. */
typedef struct axis {
    int64_t positions, step;
    int64_t taps, tap_step, offset;
    int64_t size;
    int64_t first_weight,
        weight_step;         /* which element of the kernel tap k is: first_weight + k * weight_step */
    int64_t y_first, y_step; /* where position q writes: y_first + q * y_step */
} axis;

/* Positions [first, end) at which the same taps meet the image: [tap, tap + taps). */
typedef struct stretch {
    int64_t first, end, tap, taps;
} stretch;

static int64_t ceiling_divide(int64_t a, int64_t b) { /* b > 0 */
    return a > 0 ? (a + b - 1) / b : -(-a / b);
}

/* The next position after q at which tap k begins or ceases to meet the image. */
static int64_t next_change(const axis *a, int64_t k, int64_t q) {
    const int64_t at_zero = a->offset + k * a->tap_step;
    const int64_t begin = ceiling_divide(-at_zero, a->step), end = ceiling_divide(a->size - at_zero, a->step);
    if (begin > q)
        return begin;
    return end > q ? end : a->positions;
}

static stretch stretch_at(const axis *a, int64_t q) {
    stretch s = {.first = q, .end = a->positions};
    for (int64_t k = 0; k < a->taps; k++) {
        const int64_t at = q * a->step + a->offset + k * a->tap_step, change = next_change(a, k, q);
        if (change < s.end)
            s.end = change;
        if (at < 0 || at >= a->size)
            continue;
        if (s.taps++ == 0)
            s.tap = k;
    }
    return s;
}

/* ---- Both axes ------------------------------------------------------------------------------------- */

/* A loop over one rectangle of positions, and where it begins in the three arrays. */
typedef struct part {
    cnn_depthwise_loop loop;
    int64_t x, y, w;
} part;

static part part_of(const cnn_convolution *c, const axis axes[2], const stretch along[2], int64_t x_width,
                    int64_t y_width) {
    const int64_t channels = c->groups;
    const int64_t x_pixel[2] = {x_width * channels, channels}, y_pixel[2] = {y_width * channels, channels};
    const int64_t w_pixel[2] = {c->kernel[1] * channels, channels};
    part p = {.loop = {.rows = along[0].end - along[0].first,
                       .columns = along[1].end - along[1].first,
                       .channels = channels,
                       .most = c->most,
                       .x_row = axes[0].step * x_pixel[0],
                       .x_column = axes[1].step * x_pixel[1],
                       .y_row = axes[0].y_step * y_pixel[0],
                       .y_column = axes[1].y_step * y_pixel[1]}};
    for (int k = 0; k < 2; k++) {
        const axis *a = &axes[k];
        p.loop.taps[k] = along[k].taps;
        p.loop.x_tap[k] = a->tap_step * x_pixel[k];
        p.loop.w_tap[k] = a->weight_step * w_pixel[k];
        p.y += (a->y_first + along[k].first * a->y_step) * y_pixel[k];
        p.w += (a->first_weight + along[k].tap * a->weight_step) * w_pixel[k];
        if (along[k].taps)
            p.x += (along[k].first * a->step + a->offset + along[k].tap * a->tap_step) * x_pixel[k];
    }
    return p;
}

/* What is done with each part: a kernel and its arrays. */
typedef struct task {
    const float *x, *w, *bias;
    int flags;
    float *y; /* NULL: the weights' gradient is wanted, from dy into dw */
    const float *dy;
    float *dw;
} task;

static void do_part(const cnn_kernels *kernels, const task *t, const part *p) {
    if (t->y)
        kernels->depthwise(&p->loop, t->x + p->x, t->w + p->w, t->bias, t->flags, t->y + p->y);
    else
        kernels->depthwise_weights(&p->loop, t->x + p->x, t->dy + p->y, t->dw + p->w);
}

/* The rectangles in which every position meets the image with the same taps. */
static void do_parts(const cnn_convolution *c, const axis axes[2], cnn_range rows, int64_t y_width,
                     const task *t) {
    stretch along[2];
    for (int64_t row = rows.first; row < rows.end; row = along[0].end) {
        along[0] = stretch_at(&axes[0], row);
        if (along[0].end > rows.end)
            along[0].end = rows.end;
        for (int64_t column = 0; column < axes[1].positions; column = along[1].end) {
            along[1] = stretch_at(&axes[1], column);
            const part p = part_of(c, axes, along, axes[1].size, y_width);
            do_part(c->kernels, t, &p);
        }
    }
}

/* ---- The three directions -------------------------------------------------------------------------- */

static axis forward_axis(const cnn_convolution *c, int k) {
    return (axis){.positions = c->out[k],
                  .step = c->stride[k],
                  .taps = c->kernel[k],
                  .tap_step = c->dilation[k],
                  .offset = -c->padding[k],
                  .size = c->size[k],
                  .weight_step = 1,
                  .y_step = 1};
}

void cnn_depthwise_forward(const cnn_convolution *c, const float *x, const float *weights, const float *bias,
                           int flags, float *y) {
    const axis axes[2] = {forward_axis(c, 0), forward_axis(c, 1)};
    do_parts(c, axes, c->rows, c->out[1],
             &(task){.x = x, .w = weights, .bias = bias, .flags = flags, .y = y});
}

void cnn_depthwise_weight_gradient(const cnn_convolution *c, const float *x, const float *dy, float *dw) {
    const axis axes[2] = {forward_axis(c, 0), forward_axis(c, 1)};
    do_parts(c, axes, (cnn_range){0, axes[0].positions}, c->out[1], &(task){.x = x, .dy = dy, .dw = dw});
}

static int64_t common_divisor(int64_t a, int64_t b) {
    while (b) {
        const int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* The positions of the input whose place in the padded one is `phase` modulo the stride: of the kernel's elements only
 * every so many-th reaches them. */
static axis gradient_axis(const cnn_convolution *c, int k, int64_t phase) {
    const int64_t stride = c->stride[k], dilation = c->dilation[k], padding = c->padding[k];
    const int64_t every = stride / common_divisor(stride, dilation);
    int64_t element = 0; /* the first that reaches */
    while (element < c->kernel[k] && element < every && (element * dilation - phase) % stride)
        element++;
    const bool reached = element < c->kernel[k] && element < every;
    const int64_t first = ceiling_divide(padding - phase, stride); /* in strides of the padded input */
    const int64_t last_position = padding + c->size[k] - 1 - phase;
    const int64_t positions = last_position < 0 ? 0 : last_position / stride - first + 1;
    return (axis){.positions = positions > 0 ? positions : 0,
                  .step = 1,
                  .taps = reached ? (c->kernel[k] - element + every - 1) / every : 0,
                  .tap_step = -(every * dilation / stride),
                  .offset = first - (element * dilation - phase) / stride,
                  .size = c->out[k],
                  .first_weight = element,
                  .weight_step = every,
                  .y_first = first * stride + phase - padding,
                  .y_step = stride};
}

void cnn_depthwise_input_gradient(const cnn_convolution *c, const float *dy, const float *weights,
                                  const float *bias, int flags, float *dx) {
    for (int64_t i = 0; i < c->stride[0]; i++)
        for (int64_t j = 0; j < c->stride[1]; j++) {
            const axis axes[2] = {gradient_axis(c, 0, i), gradient_axis(c, 1, j)};
            do_parts(c, axes, (cnn_range){0, axes[0].positions}, c->size[1],
                     &(task){.x = dy, .w = weights, .bias = bias, .flags = flags, .y = dx});
        }
}
