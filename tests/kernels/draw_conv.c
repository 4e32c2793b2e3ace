/* Random calls of the kernels that multiply weights, and of channel_sums. */
#include "kernels/draw.h"

#include <stdlib.h>

static int64_t smaller(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static int64_t larger(int64_t a, int64_t b) {
    return a > b ? a : b;
}

static bool flip(kernel_case *c) {
    return cnn_random_bits(&c->random) & 1;
}

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

/* Rows of outputs one after another, or (as a gradient seen column by column) the other way round. */
static void draw_output_strides(kernel_case *c) {
    cnn_conv_loop *loop = &c->conv;
    const int64_t gap = flip(c) ? 0 : kernel_case_between(c, 1, 5);
    if (flip(c)) {
        loop->y_column = loop->outputs + gap;
        loop->y_row = loop->columns * loop->y_column + gap;
    } else {
        loop->y_row = loop->outputs + gap;
        loop->y_column = loop->rows * loop->y_row + gap;
    }
}

static void draw_loop(kernel_case *c) {
    cnn_conv_loop *loop = &c->conv;
    draw_sizes(c);
    const int64_t pixel = loop->inputs + (flip(c) ? 0 : kernel_case_between(c, 1, 5));
    const int64_t image_row = (loop->columns + 3) * pixel;
    loop->x_row = kernel_case_between(c, 1, 2) * image_row;
    loop->x_column = kernel_case_between(c, 1, 3) * pixel;
    draw_output_strides(c);
    loop->w_row = loop->outputs + (flip(c) ? 0 : kernel_case_between(c, 1, 17));
    if (flip(c))
        draw_grid_taps(c, pixel, image_row);
    else
        draw_scattered_taps(c);
}

/* Buffer 0: the input values that the loop reaches, and nothing at either end of them. */
static void add_input(kernel_case *c) {
    const cnn_conv_loop *loop = &c->conv;
    int64_t lowest = c->tap[0], highest = c->tap[0];
    for (int64_t t = 1; t < loop->taps; t++) {
        lowest = smaller(lowest, c->tap[t]);
        highest = larger(highest, c->tap[t]);
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

static void add_outputs(kernel_case *c, bool written, bool filled) {
    const cnn_conv_loop *loop = &c->conv;
    const int64_t last = (loop->rows - 1) * loop->y_row + (loop->columns - 1) * loop->y_column;
    float *y = kernel_case_add(c, last + loop->outputs, written);
    for (int64_t row = 0; filled && row < loop->rows; row++)
        for (int64_t column = 0; column < loop->columns; column++)
            for (int64_t o = 0; o < loop->outputs; o++)
                y[row * loop->y_row + column * loop->y_column + o] = kernel_case_value(c);
}

static void add_weights(kernel_case *c, bool written) {
    const cnn_conv_loop *loop = &c->conv;
    const int64_t rows = loop->taps * loop->inputs;
    float *w = kernel_case_add(c, (rows - 1) * loop->w_row + loop->outputs, written);
    for (int64_t row = 0; row < rows; row++)
        for (int64_t o = 0; o < loop->outputs; o++)
            w[row * loop->w_row + o] = kernel_case_value(c);
}

static cnn_conv_loop loop_of(const kernel_case *c) {
    cnn_conv_loop loop = c->conv;
    loop.tap = c->tap;
    return loop;
}

/* Absolute values leave no work for a ReLU. */
static int flags_of(const kernel_case *c, bool absolute) {
    return absolute ? c->flags & ~CNN_CONV_LIMIT : c->flags;
}

/* Buffers: what add_x adds, weights, bias, output. */
static void draw_product(kernel_case *c, void (*add_x)(kernel_case *)) {
    c->flags =
        (int)kernel_case_between(c, 0, CNN_CONV_ACCUMULATE | CNN_CONV_RELU | CNN_CONV_LIMIT | CNN_CONV_FAR);
    c->conv.limit = kernel_case_value(c);
    c->null = flip(c);
    c->terms = c->conv.taps * c->conv.inputs + 2;
    add_x(c);
    add_weights(c, false);
    kernel_case_add_random(c, c->conv.outputs, false);
    add_outputs(c, true, c->flags & CNN_CONV_ACCUMULATE);
}

/* Buffers: what add_x adds, gradients by outputs, gradients by weights. */
static void draw_weights_gradient(kernel_case *c, void (*add_x)(kernel_case *)) {
    c->flags = flip(c) ? CNN_CONV_ACCUMULATE : 0;
    c->terms = c->conv.rows * c->conv.columns + 2;
    add_x(c);
    add_outputs(c, false, true);
    add_weights(c, true);
}

static void call_conv(const kernel_case *c, const cnn_kernels *kernels, float *const b[], bool absolute) {
    const cnn_conv_loop loop = loop_of(c);
    kernels->conv(&loop, b[0] + c->first_position, b[1], c->null ? NULL : b[2], flags_of(c, absolute), b[3]);
}

void kernel_draw_conv(kernel_case *c) {
    c->call = call_conv;
    draw_loop(c);
    draw_product(c, add_input);
}

static void call_conv_weights(const kernel_case *c, const cnn_kernels *kernels, float *const b[],
                              bool absolute) {
    (void)absolute;
    const cnn_conv_loop loop = loop_of(c);
    kernels->conv_weights(&loop, b[0] + c->first_position, b[1], c->flags, b[2]);
}

void kernel_draw_conv_weights(kernel_case *c) {
    c->call = call_conv_weights;
    draw_loop(c);
    draw_weights_gradient(c, add_input);
}

/* ---- Matrix products that leave out zeros ---------------------------------------------------------- */

static void draw_matrix(kernel_case *c) {
    cnn_conv_loop *loop = &c->conv;
    do {
        *loop = (cnn_conv_loop){.rows = 1,
                                .columns = kernel_case_size(c, 131),
                                .taps = 1,
                                .inputs = kernel_case_size(c, 131),
                                .outputs = kernel_case_size(c, 131)};
    } while (loop->columns * loop->inputs * loop->outputs > 600000);
    loop->x_column = loop->inputs + kernel_case_between(c, 0, 5);
    loop->y_column = loop->outputs + kernel_case_between(c, 0, 5);
    loop->w_row = loop->outputs + kernel_case_between(c, 0, 17);
    c->tap[0] = 0;
}

/* None, some, most or all values are zero. */
static void add_sparse_input(kernel_case *c) {
    const cnn_conv_loop *loop = &c->conv;
    const int64_t in_ten = kernel_case_between(c, 0, 3) * 3 + flip(c);
    add_input(c);
    for (int64_t column = 0; column < loop->columns; column++)
        for (int64_t i = 0; i < loop->inputs; i++)
            if (kernel_case_between(c, 0, 9) < in_ten)
                c->buffer[0].start[column * loop->x_column + i] = 0;
}

static void call_sparse(const kernel_case *c, const cnn_kernels *kernels, float *const b[], bool absolute) {
    const cnn_conv_loop loop = loop_of(c);
    kernels->sparse(&loop, b[0], b[1], c->null ? NULL : b[2], flags_of(c, absolute), b[3]);
}

void kernel_draw_sparse(kernel_case *c) {
    c->call = call_sparse;
    draw_matrix(c);
    draw_product(c, add_sparse_input);
}

static void call_sparse_weights(const kernel_case *c, const cnn_kernels *kernels, float *const b[],
                                bool absolute) {
    (void)absolute;
    const cnn_conv_loop loop = loop_of(c);
    kernels->sparse_weights(&loop, b[0], b[1], c->flags, b[2]);
}

void kernel_draw_sparse_weights(kernel_case *c) {
    c->call = call_sparse_weights;
    draw_matrix(c);
    draw_weights_gradient(c, add_sparse_input);
}

static void call_sparse_gradient(const kernel_case *c, const cnn_kernels *kernels, float *const b[],
                                 bool absolute) {
    (void)absolute;
    const cnn_conv_loop loop = loop_of(c);
    kernels->sparse_gradient(&loop, b[0], b[1], b[2], c->step, b[3]);
}

void kernel_draw_sparse_gradient(kernel_case *c) {
    c->call = call_sparse_gradient;
    draw_matrix(c);
    c->terms = c->conv.outputs + 2;
    c->step = c->conv.inputs + kernel_case_between(c, 0, 5);
    add_sparse_input(c);
    add_outputs(c, false, true);
    add_weights(c, false);
    kernel_case_add(c, (c->conv.columns - 1) * c->step + c->conv.inputs, true);
}

/* ---- channel_sums ---------------------------------------------------------------------------------- */

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
    c->step = channels + (flip(c) ? 0 : kernel_case_between(c, 1, 5));
    c->terms = c->count + 1;
    float *x = kernel_case_add(c, (c->count - 1) * c->step + channels, false);
    for (int64_t position = 0; position < c->count; position++)
        for (int64_t o = 0; o < channels; o++)
            x[position * c->step + o] = kernel_case_value(c);
    kernel_case_add_random(c, channels, true);
}

/* ---- Products ---------------------------------------------------------------------------------------- */

/* A matrix in each of `planes` planes, with gaps between rows and between planes that must not be used. */
static void add_planes(kernel_case *c, int64_t plane, int64_t rows, int64_t columns, int64_t row) {
    const int64_t last = (c->products.planes - 1) * plane + (rows - 1) * row + columns;
    float *values = kernel_case_add(c, last, false);
    for (int64_t p = 0; p < c->products.planes; p++)
        for (int64_t at = 0; at < rows * columns; at++)
            values[p * plane + at / columns * row + at % columns] = kernel_case_value(c);
}

static void call_products(const kernel_case *c, const cnn_kernels *kernels, float *const b[], bool absolute) {
    (void)absolute;
    kernels->products(&c->products, b[0], b[1], b[2]);
}

/* Buffers: the matrices on the left, on the right, the products. */
void kernel_draw_products(kernel_case *c) {
    cnn_products_loop *loop = &c->products;
    c->call = call_products;
    loop->planes = kernel_case_between(c, 1, 3);
    loop->rows = kernel_case_size(c, 40);
    loop->halved = kernel_case_between(c, 0, 1);
    loop->inputs = (loop->halved ? 2 : 1) * kernel_case_size(c, 40);
    loop->outputs = CNN_POOLED_BLOCK * kernel_case_between(c, 1, 5);
    loop->w_row = loop->outputs + kernel_case_between(c, 0, 17);
    loop->x_plane = loop->rows * loop->inputs + kernel_case_between(c, 0, 17);
    loop->w_plane = loop->inputs * loop->w_row + kernel_case_between(c, 0, 17);
    loop->y_plane = loop->rows * loop->outputs + kernel_case_between(c, 0, 17);
    c->terms = loop->inputs + 2;
    add_planes(c, loop->x_plane, loop->rows, loop->inputs, loop->inputs);
    add_planes(c, loop->w_plane, loop->inputs, loop->outputs, loop->w_row);
    kernel_case_add(c, (loop->planes - 1) * loop->y_plane + loop->rows * loop->outputs, true);
}
