/* Random calls of the matrix products that leave out zeros. */
#include "kernels/draw.h"
#include "kernels/draw_conv.h"

#include <stddef.h>

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
    const int64_t in_ten = kernel_case_between(c, 0, 3) * 3 + kernel_case_flip(c);
    kernel_case_add_conv_input(c);
    for (int64_t column = 0; column < loop->columns; column++)
        for (int64_t i = 0; i < loop->inputs; i++)
            if (kernel_case_between(c, 0, 9) < in_ten)
                c->buffer[0].start[column * loop->x_column + i] = 0;
}

static void call_sparse(const kernel_case *c, const cnn_kernels *kernels, float *const b[], bool absolute) {
    const cnn_conv_loop loop = kernel_case_conv_loop(c);
    kernels->sparse(&loop, b[0], b[1], c->null ? NULL : b[2], kernel_case_conv_flags(c, absolute), b[3]);
}

void kernel_draw_sparse(kernel_case *c) {
    c->call = call_sparse;
    draw_matrix(c);
    kernel_case_draw_product(c, add_sparse_input, 0);
}

static void call_sparse_weights(const kernel_case *c, const cnn_kernels *kernels, float *const b[],
                                bool absolute) {
    (void)absolute;
    const cnn_conv_loop loop = kernel_case_conv_loop(c);
    kernels->sparse_weights(&loop, b[0], b[1], c->flags, b[2]);
}

void kernel_draw_sparse_weights(kernel_case *c) {
    c->call = call_sparse_weights;
    draw_matrix(c);
    kernel_case_draw_weights_gradient(c, add_sparse_input);
}

static void call_sparse_gradient(const kernel_case *c, const cnn_kernels *kernels, float *const b[],
                                 bool absolute) {
    (void)absolute;
    const cnn_conv_loop loop = kernel_case_conv_loop(c);
    kernels->sparse_gradient(&loop, b[0], b[1], b[2], c->step, b[3]);
}

void kernel_draw_sparse_gradient(kernel_case *c) {
    c->call = call_sparse_gradient;
    draw_matrix(c);
    c->terms = c->conv.outputs + 2;
    c->step = c->conv.inputs + kernel_case_between(c, 0, 5);
    add_sparse_input(c);
    kernel_case_add_conv_outputs(c, false, true);
    kernel_case_add_conv_weights(c, false);
    kernel_case_add(c, (c->conv.columns - 1) * c->step + c->conv.inputs, true);
}
