/* Random calls of the gradients behind a pooling. */
#include "kernels/draw.h"

#include "base/memory.h"
#include "support/cmocka.h"

static int64_t pooled_values(const kernel_case *c) {
    return c->pooled.rows * c->pooled.columns * c->pooled.filters;
}

static int64_t image_values(const kernel_case *c) {
    return (2 * c->pooled.rows + 2) * c->pooled.image_row;
}

/* Buffers: gradients, four in ten of them zero, and winners. */
static void draw_pooled(kernel_case *c) {
    cnn_pooled_loop *loop = &c->pooled;
    loop->rows = kernel_case_between(c, 1, 5);
    loop->columns = kernel_case_between(c, 1, 5);
    loop->filters = CNN_POOLED_BLOCK * kernel_case_between(c, 1, 3);
    loop->channels = CNN_POOLED_BLOCK * kernel_case_between(c, 1, 4);
    loop->image_row = (2 * loop->columns + 2 + kernel_case_between(c, 0, 2)) * loop->channels;
    c->terms = 4 * loop->filters + loop->rows * loop->columns;
    float *gradient = kernel_case_add_random(c, pooled_values(c), false);
    float *winner = kernel_case_add(c, pooled_values(c), false);
    for (int64_t i = 0; i < pooled_values(c); i++) {
        winner[i] = (float)kernel_case_between(c, 0, 4); /* 4: cnn_pooled_closed */
        if (kernel_case_between(c, 1, 10) <= 4)
            gradient[i] = 0;
    }
}

static float *scratch_for(const kernel_case *c) {
    float *scratch = cnn_allocate((size_t)cnn_pooled_scratch(&c->pooled), sizeof *scratch, "scratch", NULL);
    assert_non_null(scratch);
    return scratch;
}

static void call_pooled_input_gradient(const kernel_case *c, const cnn_kernels *kernels, float *const b[],
                                       bool absolute) {
    (void)absolute;
    float *scratch = scratch_for(c);
    kernels->pooled_input_gradient(&c->pooled, b[0], b[1], b[2], scratch, b[3]);
    cnn_free(scratch);
}

void kernel_draw_pooled_input_gradient(kernel_case *c) {
    c->call = call_pooled_input_gradient;
    draw_pooled(c);
    kernel_case_add_random(c, 9 * c->pooled.filters * c->pooled.channels, false);
    const int64_t row = (2 * c->pooled.columns + 2) * c->pooled.channels;
    float *dx = kernel_case_add(c, image_values(c), true);
    for (int64_t i = 0; i < image_values(c); i++) /* beyond the columns that are written: must stay */
        dx[i] = i % c->pooled.image_row < row ? dx[i] : 1;
}

static void call_pooled_weight_gradient(const kernel_case *c, const cnn_kernels *kernels, float *const b[],
                                        bool absolute) {
    (void)absolute;
    float *scratch = scratch_for(c);
    kernels->pooled_weight_gradient(&c->pooled, b[2], b[0], b[1], scratch, b[3], c->null ? NULL : b[4]);
    cnn_free(scratch);
}

void kernel_draw_pooled_weight_gradient(kernel_case *c) {
    c->call = call_pooled_weight_gradient;
    draw_pooled(c);
    kernel_case_add_random(c, image_values(c), false);
    kernel_case_add_random(c, 9 * c->pooled.filters * c->pooled.channels, true);
    kernel_case_add_random(c, c->pooled.filters, true);
    c->null = kernel_case_between(c, 0, 3) == 0;
}
