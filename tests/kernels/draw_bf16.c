/* Random calls of sums in bfloat16, which have to agree with the reference bit for bit. */
#include "kernels/bf16/number.h"
#include "kernels/draw.h"
#include "kernels/draw_conv.h"
#include "support/guarded.h"

/* The floats that were drawn for a buffer become pairs of numbers. */
static void pair_up(kernel_case *c, int buffer) {
    float *value = c->buffer[buffer].start;
    for (int64_t i = 0; i < c->buffer[buffer].count; i++)
        if (!guarded_is_untouched(value[i]))
            value[i] = cnn_bf16_pair(value[i], kernel_case_value(c));
}

static void call_bf16_conv(const kernel_case *c, const cnn_kernels *kernels, float *const b[],
                           bool absolute) {
    const cnn_conv_loop loop = kernel_case_conv_loop(c);
    kernels->bf16_conv(&loop, b[0] + c->first_position, b[1], c->null ? NULL : b[2],
                       kernel_case_conv_flags(c, absolute), b[3]);
}

void kernel_draw_bf16_conv(kernel_case *c) {
    kernel_draw_conv(c);
    pair_up(c, 0);
    pair_up(c, 1);
    c->terms = 0;
    c->call = call_bf16_conv;
}

static void call_bf16_round(const kernel_case *c, const cnn_kernels *kernels, float *const b[],
                            bool absolute) {
    (void)absolute;
    kernels->bf16_round(c->count, c->step, b[0], b[1]);
}

void kernel_draw_bf16_round(kernel_case *c) {
    c->call = call_bf16_round;
    c->count = kernel_case_size(c, 33);
    c->step = kernel_case_size(c, 131);
    kernel_case_add_random(c, c->count * c->step, false);
    kernel_case_add(c, c->count * ((c->step + 1) / 2), true);
}
