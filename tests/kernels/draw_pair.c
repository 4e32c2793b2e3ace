/* Random calls of the kernels that take two inputs value by value. */
#include "kernels/draw.h"

static void draw_loop(kernel_case *c) {
    static const cnn_kernel_pair kinds[] = {CNN_KERNEL_MUL, CNN_KERNEL_SUB, CNN_KERNEL_DIV, CNN_KERNEL_MAX,
                                            CNN_KERNEL_MIN};
    cnn_pair_loop *loop = &c->pair;
    *loop = (cnn_pair_loop){.kind = kinds[cnn_random_below(&c->random, 5)],
                            .rows = kernel_case_between(c, 1, 8),
                            .columns = kernel_case_size(c, 131)};
    for (int side = 0; side < 2; side++) {
        loop->single[side] = cnn_random_below(&c->random, 4) == 0;
        loop->row[side] = loop->single[side] ? 1 : cnn_random_bits(&c->random) & 1 ? loop->columns : 0;
        kernel_case_add_random(c, loop->row[side] ? loop->rows * loop->row[side] : loop->columns, false);
    }
}

/* What a difference's error is relative to: the larger of both. */
static cnn_pair_loop loop_of(const kernel_case *c, bool absolute) {
    cnn_pair_loop loop = c->pair;
    if (absolute && loop.kind == CNN_KERNEL_SUB)
        loop.kind = CNN_KERNEL_MAX;
    return loop;
}

static void call_pair(const kernel_case *c, const cnn_kernels *kernels, float *const b[], bool absolute) {
    const cnn_pair_loop loop = loop_of(c, absolute);
    kernels->pair(&loop, b[0], b[1], b[2]);
}

void kernel_draw_pair(kernel_case *c) {
    c->call = call_pair;
    c->terms = 2;
    draw_loop(c);
    kernel_case_add(c, c->pair.rows * c->pair.columns, true);
}

static void call_pair_backward(const kernel_case *c, const cnn_kernels *kernels, float *const b[],
                               bool absolute) {
    kernels->pair_backward(&c->pair, c->flags, b[0], b[1], b[2], b[3]);
    const int64_t count = c->pair.rows * c->pair.columns;
    for (int64_t i = 0; absolute && i < count; i++)
        b[3][i] = b[3][i] < 0 ? -b[3][i] : b[3][i];
}

void kernel_draw_pair_backward(kernel_case *c) {
    c->call = call_pair_backward;
    c->terms = 4;
    draw_loop(c);
    c->flags = (int)cnn_random_below(&c->random, 2); /* the side */
    kernel_case_add_random(c, c->pair.rows * c->pair.columns, false);
    kernel_case_add(c, c->pair.rows * c->pair.columns, true);
}
