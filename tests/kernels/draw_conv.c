/* Random calls of convolutions and of their gradients by the weights. */
#include "kernels/draw_conv.h"

#include "base/numbers.h"
#include "kernels/draw.h"

#include <stddef.h>

/* Taps of a kernel of rows and columns with dilation, shifted by padding. */
static void draw_grid_taps(kernel_case *c, int64_t pixel, int64_t image_row) {
    const int64_t columns = kernel_case_between(c, 1, 3), shift = kernel_case_between(c, 0, 2);
    const int64_t dilation = kernel_case_between(c, 1, 2);
    for (int64_t t = 0; t < c->conv.taps; t++)
        c->tap[t] = (t / columns * dilation - shift) * image_row + (t % columns * dilation - shift) * pixel;
}

static void draw_scattered_taps(kernel_case *c) {
    for (int64_t t = 0; t < c->conv.taps; t++)
        c->tap[t] = kernel_case_between(c, -60, 60);
}

static void draw_sizes(kernel_case *c) {
    cnn_conv_loop *loop = &c->conv;
    do {
        loop->rows = kernel_case_size(c, 7);
        loop->columns = kernel_case_size(c, 31);
        loop->taps = kernel_case_size(c, 9);
        loop->inputs = kernel_case_size(c, 65);
        loop->outputs = kernel_case_size(c, 131);
    } while (loop->rows * loop->columns * loop->taps * loop->inputs * loop->outputs > 300000);
}

/* A grey image and few outputs, whose sums are vectors of neighbouring columns (conv/columns.h). */
static void draw_grey_image(kernel_case *c) {
    cnn_conv_loop *loop = &c->conv;
    loop->rows = kernel_case_between(c, 1, 7);
    loop->columns = kernel_case_between(c, 1, 70);
    loop->taps = kernel_case_between(c, 8, 26);
    loop->inputs = 1;
    loop->outputs = kernel_case_between(c, 1, 8);
}

/* So many positions, inputs and outputs that copies pay (conv/weights.h), in more pieces than one. */
static void draw_large_sizes(kernel_case *c) {
    cnn_conv_loop *loop = &c->conv;
    do {
        loop->rows = kernel_case_between(c, 1, 7);
        loop->columns = kernel_case_between(c, 20, 150);
        loop->taps = kernel_case_between(c, 1, 2);
        loop->inputs = kernel_case_between(c, 40, 120);
        loop->outputs = kernel_case_between(c, 90, 131);
    } while (loop->rows * loop->columns * loop->taps * loop->inputs * loop->outputs > 2000000);
}

/* Rows of outputs one after another, or (as a gradient seen column by column) the other way round. */
static void draw_output_strides(kernel_case *c) {
    cnn_conv_loop *loop = &c->conv;
    const int64_t gap = kernel_case_flip(c) ? 0 : kernel_case_between(c, 1, 5);
    if (kernel_case_flip(c)) {
        loop->y_column = loop->outputs + gap;
        loop->y_row = loop->columns * loop->y_column + gap;
    } else {
        loop->y_row = loop->outputs + gap;
        loop->y_column = loop->rows * loop->y_row + gap;
    }
}

/* The loop but for its sizes, which are drawn before. */
static void draw_loop(kernel_case *c) {
    cnn_conv_loop *loop = &c->conv;
    const int64_t pixel = loop->inputs + (kernel_case_flip(c) ? 0 : kernel_case_between(c, 1, 5));
    const int64_t image_row = (loop->columns + 3) * pixel;
    loop->x_row = kernel_case_between(c, 1, 2) * image_row;
    loop->x_column = kernel_case_between(c, 1, 3) * pixel;
    draw_output_strides(c);
    loop->w_row = loop->outputs + (kernel_case_flip(c) ? 0 : kernel_case_between(c, 1, 17));
    if (kernel_case_flip(c))
        draw_grid_taps(c, pixel, image_row);
    else
        draw_scattered_taps(c);
}

void kernel_case_add_conv_input(kernel_case *c) {
    const cnn_conv_loop *loop = &c->conv;
    int64_t lowest = c->tap[0], highest = c->tap[0];
    for (int64_t t = 1; t < loop->taps; t++) {
        lowest = cnn_min(lowest, c->tap[t]);
        highest = cnn_max(highest, c->tap[t]);
    }
    c->first_position = -lowest;
    highest += (loop->rows - 1) * loop->x_row + (loop->columns - 1) * loop->x_column;
    float *x = kernel_case_add(c, highest - lowest + loop->inputs, false) - lowest;
    for (int64_t row = 0; row < loop->rows; row++)
        for (int64_t column = 0; column < loop->columns; column++)
            for (int64_t t = 0; t < loop->taps; t++)
                for (int64_t i = 0; i < loop->inputs; i++)
                    x[row * loop->x_row + column * loop->x_column + c->tap[t] + i] = kernel_case_value(c);
}

void kernel_case_add_conv_outputs(kernel_case *c, bool written, bool filled) {
    const cnn_conv_loop *loop = &c->conv;
    const int64_t last = (loop->rows - 1) * loop->y_row + (loop->columns - 1) * loop->y_column;
    float *y = kernel_case_add(c, last + loop->outputs, written);
    for (int64_t row = 0; filled && row < loop->rows; row++)
        for (int64_t column = 0; column < loop->columns; column++)
            for (int64_t o = 0; o < loop->outputs; o++)
                y[row * loop->y_row + column * loop->y_column + o] = kernel_case_value(c);
}

void kernel_case_add_conv_weights(kernel_case *c, bool written) {
    const cnn_conv_loop *loop = &c->conv;
    const int64_t rows = loop->taps * loop->inputs;
    float *w = kernel_case_add(c, (rows - 1) * loop->w_row + loop->outputs, written);
    for (int64_t row = 0; row < rows; row++)
        for (int64_t o = 0; o < loop->outputs; o++)
            w[row * loop->w_row + o] = kernel_case_value(c);
}

cnn_conv_loop kernel_case_conv_loop(const kernel_case *c) {
    cnn_conv_loop loop = c->conv;
    loop.tap = c->tap;
    return loop;
}

int kernel_case_conv_flags(const kernel_case *c, bool absolute) {
    return absolute ? c->flags & ~CNN_CONV_LIMIT : c->flags;
}

void kernel_case_draw_product(kernel_case *c, void (*add_x)(kernel_case *), int more_flags) {
    c->flags = (int)kernel_case_between(
        c, 0, CNN_CONV_ACCUMULATE | CNN_CONV_RELU | CNN_CONV_LIMIT | CNN_CONV_FAR | more_flags);
    if (c->flags & CNN_CONV_ACCUMULATE)
        c->flags &= ~CNN_CONV_ADD;
    c->conv.limit = kernel_case_value(c);
    c->null = kernel_case_flip(c);
    c->terms = c->conv.taps * c->conv.inputs + 2;
    add_x(c);
    kernel_case_add_conv_weights(c, false);
    kernel_case_add_random(c, c->conv.outputs, false);
    kernel_case_add_conv_outputs(c, true, c->flags & (CNN_CONV_ACCUMULATE | CNN_CONV_ADD));
}

void kernel_case_draw_weights_gradient(kernel_case *c, void (*add_x)(kernel_case *)) {
    c->flags = kernel_case_flip(c) ? CNN_CONV_ACCUMULATE : 0;
    c->terms = c->conv.rows * c->conv.columns + 2;
    add_x(c);
    kernel_case_add_conv_outputs(c, false, true);
    kernel_case_add_conv_weights(c, true);
}

static void call_conv(const kernel_case *c, const cnn_kernels *kernels, float *const b[], bool absolute) {
    const cnn_conv_loop loop = kernel_case_conv_loop(c);
    kernels->conv(&loop, b[0] + c->first_position, b[1], c->null ? NULL : b[2],
                  kernel_case_conv_flags(c, absolute), b[3]);
}

void kernel_draw_conv(kernel_case *c) {
    c->call = call_conv;
    const bool grey = kernel_case_between(c, 0, 4) == 0;
    if (grey)
        draw_grey_image(c);
    else
        draw_sizes(c);
    draw_loop(c);
    if (grey)
        c->conv.x_column = 1;
    kernel_case_draw_product(c, kernel_case_add_conv_input, CNN_CONV_ADD);
    if (kernel_case_between(c, 0, 19) == 0)
        c->conv.taps = 0; /* all beside the image, as where it has more padding than the kernel reaches */
}

static void call_conv_weights(const kernel_case *c, const cnn_kernels *kernels, float *const b[],
                              bool absolute) {
    (void)absolute;
    const cnn_conv_loop loop = kernel_case_conv_loop(c);
    kernels->conv_weights(&loop, b[0] + c->first_position, b[1], c->flags, b[2]);
}

void kernel_draw_conv_weights(kernel_case *c) {
    c->call = call_conv_weights;
    if (kernel_case_between(c, 0, 9))
        draw_sizes(c);
    else
        draw_large_sizes(c);
    draw_loop(c);
    kernel_case_draw_weights_gradient(c, kernel_case_add_conv_input);
}
