/* Random calls of the ReLU with a slope for each column. */
#include "kernels/draw.h"

/* x */
static void draw_loop(kernel_case *c) {
    c->slope = (cnn_slope_loop){.rows = kernel_case_between(c, 1, 9), .columns = kernel_case_size(c, 131)};
    c->count = c->slope.rows * c->slope.columns;
    float *x = kernel_case_add_random(c, c->count, false);
    x[0] = 0;
}

static void call_slopes(const kernel_case *c, const cnn_kernels *kernels, float *const b[], bool absolute) {
    (void)absolute;
    kernels->slopes(&c->slope, b[0], b[1], b[2]);
}

void kernel_draw_slopes(kernel_case *c) {
    c->call = call_slopes;
    draw_loop(c);
    kernel_case_add_random(c, c->slope.columns, false);
    kernel_case_add(c, c->count, true);
}

static void call_slopes_backward(const kernel_case *c, const cnn_kernels *kernels, float *const b[],
                                 bool absolute) {
    (void)absolute;
    kernels->slopes_backward(&c->slope, b[0], b[1], b[2], b[3]);
}

void kernel_draw_slopes_backward(kernel_case *c) {
    c->call = call_slopes_backward;
    draw_loop(c);
    kernel_case_add_random(c, c->slope.columns, false);
    kernel_case_add_random(c, c->count, false);
    kernel_case_add(c, c->count, true);
}

static void negate(int64_t count, float *values) {
    for (int64_t i = 0; i < count; i++)
        values[i] = -values[i];
}

/* With `absolute` every value counts, as a negative one: then the sum is one of absolute values. */
static void call_slopes_gradient(const kernel_case *c, const cnn_kernels *kernels, float *const b[],
                                 bool absolute) {
    for (int k = 0; absolute && k < 2; k++)
        negate(c->count, b[k]);
    kernels->slopes_gradient(&c->slope, b[0], b[1], b[2]);
    for (int k = 0; absolute && k < 2; k++)
        negate(c->count, b[k]);
}

void kernel_draw_slopes_gradient(kernel_case *c) {
    c->call = call_slopes_gradient;
    draw_loop(c);
    c->terms = c->slope.rows + 2;
    kernel_case_add_random(c, c->count, false);
    kernel_case_add_random(c, c->slope.columns, true);
}
