/* Random calls of the depthwise kernels: rectangles of taps in either direction, also none at all. */
#include "support/kernel_draw.h"

#include <stdlib.h>

static bool flip(kernel_case *c) {
    return cnn_random_bits(&c->random) & 1;
}

static int64_t gap(kernel_case *c) {
    return flip(c) ? 0 : kernel_case_between(c, 1, 5);
}

static void draw_positions(kernel_case *c) {
    cnn_depthwise_loop *loop = &c->depthwise;
    do {
        loop->rows = kernel_case_size(c, 31);
        loop->columns = kernel_case_size(c, 31);
        loop->channels = kernel_case_size(c, 67);
        for (int axis = 0; axis < 2; axis++)
            loop->taps[axis] = kernel_case_between(c, 0, 7);
    } while (loop->rows * loop->columns * loop->channels * loop->taps[0] * loop->taps[1] > 300000);
    const int64_t pixel = loop->channels + gap(c), row = (loop->columns + 6) * pixel + gap(c);
    loop->x_column = kernel_case_between(c, 1, 2) * pixel;
    loop->x_row = kernel_case_between(c, 1, 2) * row;
    loop->x_tap[1] = (flip(c) ? 1 : -1) * kernel_case_between(c, 1, 2) * pixel;
    loop->x_tap[0] = (flip(c) ? 1 : -1) * kernel_case_between(c, 1, 2) * row;
    loop->w_tap[1] = loop->channels + gap(c);
    loop->w_tap[0] = (loop->taps[1] + 1) * loop->w_tap[1];
    loop->y_column = loop->channels + gap(c);
    loop->y_row = loop->columns * loop->y_column + gap(c);
}

/* A float offset that varies along up to four axes. */
typedef struct grid {
    int64_t count[4], step[4];
} grid;

static grid input_grid(const cnn_depthwise_loop *l) {
    return (grid){{l->rows, l->columns, l->taps[0], l->taps[1]},
                  {l->x_row, l->x_column, l->x_tap[0], l->x_tap[1]}};
}
static grid output_grid(const cnn_depthwise_loop *l) {
    return (grid){{l->rows, l->columns, 1, 1}, {l->y_row, l->y_column, 0, 0}};
}
static grid weight_grid(const cnn_depthwise_loop *l) {
    return (grid){{l->taps[0], l->taps[1], 1, 1}, {l->w_tap[0], l->w_tap[1], 0, 0}};
}

static void fill(kernel_case *c, const grid *g, int axis, float *at) {
    for (int64_t i = 0; axis < 4 && i < g->count[axis]; i++)
        fill(c, g, axis + 1, at + i * g->step[axis]);
    for (int64_t o = 0; axis == 4 && o < c->depthwise.channels; o++)
        at[o] = kernel_case_value(c);
}

/* A buffer that holds the grid's channels and nothing beyond; returns where offset 0 lies in it. */
static int64_t add_grid(kernel_case *c, const grid *g, bool written, bool filled) {
    int64_t lowest = 0, highest = 0;
    for (int axis = 0; axis < 4; axis++) {
        if (g->count[axis] == 0) {
            kernel_case_add(c, 1, written);
            return 0;
        }
        const int64_t reach = (g->count[axis] - 1) * g->step[axis];
        lowest += reach < 0 ? reach : 0;
        highest += reach > 0 ? reach : 0;
    }
    float *start = kernel_case_add(c, highest - lowest + c->depthwise.channels, written);
    if (filled)
        fill(c, g, 0, start - lowest);
    return -lowest;
}

static void call_depthwise(const kernel_case *c, const cnn_kernels *kernels, float *const b[],
                           bool absolute) {
    const int flags = absolute ? c->flags & ~CNN_CONV_LIMIT : c->flags;
    kernels->depthwise(&c->depthwise, b[0] + c->first_position, b[1], c->null ? NULL : b[2], flags, b[3]);
}

void kernel_draw_depthwise(kernel_case *c) {
    c->call = call_depthwise;
    draw_positions(c);
    const grid x = input_grid(&c->depthwise), w = weight_grid(&c->depthwise), y = output_grid(&c->depthwise);
    c->flags = (flip(c) ? CNN_CONV_RELU : 0) | (flip(c) ? CNN_CONV_LIMIT : 0);
    c->depthwise.most = kernel_case_value(c);
    c->null = flip(c);
    c->terms = c->depthwise.taps[0] * c->depthwise.taps[1] + 2;
    c->first_position = add_grid(c, &x, false, true);
    add_grid(c, &w, false, true);
    kernel_case_add_random(c, c->depthwise.channels, false);
    add_grid(c, &y, true, false);
}

static void call_depthwise_weights(const kernel_case *c, const cnn_kernels *kernels, float *const b[],
                                   bool absolute) {
    (void)absolute;
    kernels->depthwise_weights(&c->depthwise, b[0] + c->first_position, b[1], b[2]);
}

void kernel_draw_depthwise_weights(kernel_case *c) {
    c->call = call_depthwise_weights;
    draw_positions(c);
    const grid x = input_grid(&c->depthwise), w = weight_grid(&c->depthwise), y = output_grid(&c->depthwise);
    c->terms = c->depthwise.rows * c->depthwise.columns + 2;
    c->first_position = add_grid(c, &x, false, true);
    add_grid(c, &y, false, true);
    add_grid(c, &w, true, true);
}
