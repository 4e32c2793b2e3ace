/* Random calls of the depthwise kernels: taps inside and beside the image, also none at all. */
#include "kernels/draw.h"

#include <stddef.h>

static int64_t gap(kernel_case *c) {
    return kernel_case_flip(c) ? 0 : kernel_case_between(c, 1, 5);
}

static int64_t work(const cnn_depthwise_loop *loop) {
    const cnn_depthwise_axis *axis = loop->axis;
    return axis[0].positions * axis[1].positions * axis[0].taps * axis[1].taps * loop->channels;
}

static void draw_axis(kernel_case *c, cnn_depthwise_axis *axis) {
    *axis = (cnn_depthwise_axis){.positions = kernel_case_size(c, 31),
                                 .step = kernel_case_between(c, 1, 2),
                                 .taps = kernel_case_between(c, 0, 7),
                                 .tap_step = kernel_case_between(c, 1, 2)};
    const int64_t reach = axis->positions * axis->step + axis->taps * axis->tap_step;
    axis->offset = kernel_case_between(c, 0, 12) - 10;
    axis->size = kernel_case_flip(c) ? reach : kernel_case_size(c, reach);
}

static void draw_loop(kernel_case *c) {
    cnn_depthwise_loop *loop = &c->depthwise;
    cnn_depthwise_axis *rows = &loop->axis[0], *columns = &loop->axis[1];
    do {
        draw_axis(c, rows);
        draw_axis(c, columns);
        loop->channels = kernel_case_size(c, 67);
    } while (work(loop) > 300000);
    columns->x_step = loop->channels + gap(c);
    rows->x_step = columns->size * columns->x_step + gap(c);
    columns->w_step = loop->channels + gap(c);
    rows->w_step = columns->taps * columns->w_step + gap(c);
    columns->y_step = loop->channels + gap(c);
    rows->y_step = columns->positions * columns->y_step + gap(c);
}

static void fill(kernel_case *c, const int64_t count[2], const int64_t step[2], float *at) {
    for (int64_t i = 0; i < count[0]; i++)
        for (int64_t j = 0; j < count[1]; j++)
            for (int64_t o = 0; o < c->depthwise.channels; o++)
                at[i * step[0] + j * step[1] + o] = kernel_case_value(c);
}

/* A buffer that holds the channels of count[0] x count[1] places and nothing beyond. */
static void add_places(kernel_case *c, const int64_t count[2], const int64_t step[2], bool written,
                       bool filled) {
    const bool none = count[0] == 0 || count[1] == 0;
    const int64_t last = none ? 0 : (count[0] - 1) * step[0] + (count[1] - 1) * step[1];
    float *start = kernel_case_add(c, none ? 1 : last + c->depthwise.channels, written);
    if (filled)
        fill(c, count, step, start);
}
static void add_x(kernel_case *c) {
    const cnn_depthwise_axis *axis = c->depthwise.axis;
    add_places(c, (int64_t[]){axis[0].size, axis[1].size}, (int64_t[]){axis[0].x_step, axis[1].x_step}, false,
               true);
}
static void add_w(kernel_case *c, bool written) {
    const cnn_depthwise_axis *axis = c->depthwise.axis;
    add_places(c, (int64_t[]){axis[0].taps, axis[1].taps}, (int64_t[]){axis[0].w_step, axis[1].w_step},
               written, true);
}
static void add_y(kernel_case *c, bool written) {
    const cnn_depthwise_axis *axis = c->depthwise.axis;
    add_places(c, (int64_t[]){axis[0].positions, axis[1].positions},
               (int64_t[]){axis[0].y_step, axis[1].y_step}, written, !written);
}

/* Half of the cases take the taps from the last one on. */
static int64_t turn_taps(cnn_depthwise_loop *loop, int64_t turned) {
    int64_t first = 0;
    for (int k = 0; k < 2; k++) {
        cnn_depthwise_axis *axis = &loop->axis[k];
        if (!turned || axis->taps == 0)
            continue;
        first += (axis->taps - 1) * axis->w_step;
        axis->w_step = -axis->w_step;
    }
    return first;
}

static void call_depthwise(const kernel_case *c, const cnn_kernels *kernels, float *const b[],
                           bool absolute) {
    const int flags = absolute ? c->flags & ~CNN_CONV_LIMIT : c->flags;
    kernels->depthwise(&c->depthwise, b[0], b[1] + c->first_weight, c->null ? NULL : b[2], flags, b[3]);
}

void kernel_draw_depthwise(kernel_case *c) {
    c->call = call_depthwise;
    draw_loop(c);
    c->flags = (kernel_case_flip(c) ? CNN_CONV_RELU : 0) | (kernel_case_flip(c) ? CNN_CONV_LIMIT : 0) |
               (kernel_case_flip(c) ? CNN_CONV_FAR : 0);
    c->depthwise.limit = kernel_case_value(c);
    c->null = kernel_case_flip(c);
    c->terms = c->depthwise.axis[0].taps * c->depthwise.axis[1].taps + 2;
    add_x(c);
    add_w(c, false);
    kernel_case_add_random(c, c->depthwise.channels, false);
    add_y(c, true);
    c->first_weight = turn_taps(&c->depthwise, kernel_case_flip(c));
}

static void call_depthwise_weights(const kernel_case *c, const cnn_kernels *kernels, float *const b[],
                                   bool absolute) {
    (void)absolute;
    kernels->depthwise_weights(&c->depthwise, b[0], b[1], c->flags, b[2] + c->first_weight);
}

void kernel_draw_depthwise_weights(kernel_case *c) {
    c->call = call_depthwise_weights;
    draw_loop(c);
    c->flags = kernel_case_flip(c) ? CNN_CONV_FAR : 0;
    c->terms = c->depthwise.axis[0].positions * c->depthwise.axis[1].positions + 2;
    add_x(c);
    add_y(c, false);
    add_w(c, true);
    c->first_weight = turn_taps(&c->depthwise, kernel_case_flip(c));
}
