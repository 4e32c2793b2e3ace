/* Random calls of the kernels that go value by value. */
#include "kernels/draw.h"

#include <math.h>
#include <stddef.h>

static void draw_count(kernel_case *c) {
    c->count = kernel_case_size(c, 131) * kernel_case_between(c, 1, 8);
}

/* Numbers that comparisons get wrong, here and there. */
static void strew_special_values(kernel_case *c, float *values) {
    static const float special[] = {0.0f, -0.0f, INFINITY, -INFINITY, NAN, 1e-42f, -1e-42f};
    for (int64_t i = 0; i < c->count; i++)
        if (cnn_random_below(&c->random, 4) == 0)
            values[i] = special[cnn_random_below(&c->random, sizeof special / sizeof special[0])];
}

static void call_relu(const kernel_case *c, const cnn_kernels *kernels, float *const b[], bool absolute) {
    (void)absolute;
    kernels->relu(c->count, b[0], c->in_place ? b[0] : b[1]);
}

void kernel_draw_relu(kernel_case *c) {
    c->call = call_relu;
    draw_count(c);
    c->in_place = cnn_random_bits(&c->random) & 1;
    strew_special_values(c, kernel_case_add_random(c, c->count, c->in_place));
    kernel_case_add(c, c->count, !c->in_place);
}

static void call_relu_backward(const kernel_case *c, const cnn_kernels *kernels, float *const b[],
                               bool absolute) {
    (void)absolute;
    kernels->relu_backward(c->count, b[0], b[1], c->in_place ? b[1] : b[2]);
}

void kernel_draw_relu_backward(kernel_case *c) {
    c->call = call_relu_backward;
    draw_count(c);
    c->in_place = cnn_random_bits(&c->random) & 1;
    strew_special_values(c, kernel_case_add_random(c, c->count, false));
    kernel_case_add_random(c, c->count, c->in_place);
    kernel_case_add(c, c->count, !c->in_place);
}

static void call_add(const kernel_case *c, const cnn_kernels *kernels, float *const b[], bool absolute) {
    (void)absolute;
    kernels->add(c->count, b[0], b[1]);
}

void kernel_draw_add(kernel_case *c) {
    c->call = call_add;
    draw_count(c);
    c->terms = 1;
    kernel_case_add_random(c, c->count, false);
    kernel_case_add_random(c, c->count, true);
}

static void call_repeat_fma(const kernel_case *c, const cnn_kernels *kernels, float *const b[],
                            bool absolute) {
    (void)absolute;
    kernels->repeat_fma(c->count, c->step, 0.75f, 0.5f, b[0]);
}

void kernel_draw_repeat_fma(kernel_case *c) {
    c->call = call_repeat_fma;
    draw_count(c);
    c->step = kernel_case_between(c, 0, 9);
    c->terms = 2 * c->step;
    kernel_case_add_random(c, c->count, true);
}

static void call_transpose(const kernel_case *c, const cnn_kernels *kernels, float *const b[],
                           bool absolute) {
    (void)absolute;
    kernels->transpose(&c->transpose, b[0], b[1]);
}

void kernel_draw_transpose(kernel_case *c) {
    c->call = call_transpose;
    cnn_transpose_loop *loop = &c->transpose;
    loop->rows = kernel_case_size(c, 131);
    loop->columns = kernel_case_size(c, 131);
    loop->x_row = loop->columns + kernel_case_between(c, 0, 3);
    loop->y_row = loop->rows + kernel_case_between(c, 0, 3);
    kernel_case_add_random(c, (loop->rows - 1) * loop->x_row + loop->columns, false);
    kernel_case_add(c, (loop->columns - 1) * loop->y_row + loop->rows, true);
}
