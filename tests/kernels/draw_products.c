/* Random calls of many products at once. */
#include "kernels/draw.h"

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

/* A multiple of every instruction set's conv_outputs. */
enum { LARGEST_BLOCK = 32 };

/* Buffers: the matrices on the left, on the right, the products. */
void kernel_draw_products(kernel_case *c) {
    cnn_products_loop *loop = &c->products;
    c->call = call_products;
    loop->planes = kernel_case_between(c, 1, 3);
    loop->rows = kernel_case_size(c, 40);
    loop->halved = kernel_case_between(c, 0, 1);
    loop->far = kernel_case_between(c, 0, 1);
    loop->inputs = (loop->halved ? 2 : 1) * kernel_case_size(c, 40);
    loop->outputs = CNN_POOLED_BLOCK * kernel_case_between(c, 1, 5);
    loop->w_block = kernel_case_between(c, 0, 1) * LARGEST_BLOCK;
    loop->w_row = loop->w_block > 0 ? loop->outputs : loop->outputs + kernel_case_between(c, 0, 17);
    loop->x_row = loop->inputs + kernel_case_between(c, 0, 17);
    loop->y_row = loop->outputs + kernel_case_between(c, 0, 17);
    loop->x_plane = loop->rows * loop->x_row + kernel_case_between(c, 0, 17);
    loop->w_plane = loop->inputs * loop->w_row + kernel_case_between(c, 0, 17);
    loop->y_plane = loop->rows * loop->y_row + kernel_case_between(c, 0, 17);
    c->terms = loop->inputs + 2;
    add_planes(c, loop->x_plane, loop->rows, loop->inputs, loop->x_row);
    add_planes(c, loop->w_plane, loop->inputs, loop->outputs, loop->w_row);
    kernel_case_add(c, (loop->planes - 1) * loop->y_plane + (loop->rows - 1) * loop->y_row + loop->outputs,
                    true);
}
