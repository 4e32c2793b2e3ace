/* Random calls of the optimizers' steps. */
#include "kernels/draw.h"

#include <math.h>
#include <stddef.h>

/* A positive number that is 0 in every third case: the term it multiplies is left out. */
static float draw_factor(kernel_case *c, double min, double max) {
    if (cnn_random_below(&c->random, 3) == 0)
        return 0;
    return (float)(min + (max - min) * cnn_random_uniform(&c->random));
}

static void call_sgd(const kernel_case *c, const cnn_kernels *kernels, float *const b[], bool absolute) {
    cnn_sgd_step step = c->sgd;
    step.rate = absolute ? -step.rate : step.rate;
    kernels->sgd(c->count, &step, b[0], b[1], c->null ? NULL : b[2]);
}

void kernel_draw_sgd(kernel_case *c) {
    c->call = call_sgd;
    c->count = kernel_case_size(c, 131) * kernel_case_between(c, 1, 8);
    c->terms = 8;
    c->sgd = (cnn_sgd_step){.rate = 0.1f + draw_factor(c, 0, 1),
                            .momentum = draw_factor(c, 0.5, 0.99),
                            .decay = draw_factor(c, 0, 0.1),
                            .gradient_scale = 0.1f + draw_factor(c, 0, 1),
                            .nesterov = cnn_random_bits(&c->random) & 1};
    c->null = c->sgd.momentum == 0 && (cnn_random_bits(&c->random) & 1);
    kernel_case_add_random(c, c->count, false);
    kernel_case_add_random(c, c->count, true);
    kernel_case_add_random(c, c->count, true);
}

static void call_adam(const kernel_case *c, const cnn_kernels *kernels, float *const b[], bool absolute) {
    cnn_adam_step step = c->adam;
    step.rate = absolute ? -step.rate : step.rate;
    step.shrink = absolute ? -step.shrink : step.shrink;
    kernels->adam(c->count, &step, b[0], b[1], b[2], b[3]);
}

void kernel_draw_adam(kernel_case *c) {
    c->call = call_adam;
    c->count = kernel_case_size(c, 131) * kernel_case_between(c, 1, 8);
    c->terms = 32;
    c->adam = (cnn_adam_step){.rate = 0.01f + draw_factor(c, 0, 1),
                              .beta1 = (float)(0.5 + 0.45 * cnn_random_uniform(&c->random)),
                              .beta2 = (float)(0.5 + 0.499 * cnn_random_uniform(&c->random)),
                              .epsilon = 1e-8f + draw_factor(c, 0, 0.1),
                              .decay = draw_factor(c, 0, 0.1),
                              .shrink = draw_factor(c, 0, 0.1),
                              .root_scale = 1 + draw_factor(c, 0, 10),
                              .gradient_scale = 0.1f + draw_factor(c, 0, 1)};
    kernel_case_add_random(c, c->count, false);
    kernel_case_add_random(c, c->count, true);
    kernel_case_add_random(c, c->count, true);
    float *squares = kernel_case_add_random(c, c->count, true);
    for (int64_t i = 0; i < c->count; i++)
        squares[i] = fabsf(squares[i]);
}

static void call_lion(const kernel_case *c, const cnn_kernels *kernels, float *const b[], bool absolute) {
    cnn_lion_step step = c->lion;
    step.rate = absolute ? -step.rate : step.rate;
    step.shrink = absolute ? -step.shrink : step.shrink;
    kernels->lion(c->count, &step, b[0], b[1], b[2]);
}

/* Some gradients are zero from the beginning, as behind a ReLU that never opened: those weights only shrink. */
void kernel_draw_lion(kernel_case *c) {
    c->call = call_lion;
    c->count = kernel_case_size(c, 131) * kernel_case_between(c, 1, 8);
    c->terms = 16;
    c->lion = (cnn_lion_step){.rate = 0.01f + draw_factor(c, 0, 1),
                              .beta1 = (float)(0.5 + 0.45 * cnn_random_uniform(&c->random)),
                              .beta2 = (float)(0.5 + 0.499 * cnn_random_uniform(&c->random)),
                              .shrink = draw_factor(c, 0, 0.1),
                              .gradient_scale = 0.1f + draw_factor(c, 0, 1)};
    float *gradient = kernel_case_add_random(c, c->count, false);
    kernel_case_add_random(c, c->count, true);
    float *mean = kernel_case_add_random(c, c->count, true);
    for (int64_t i = 0; i < c->count; i += 5)
        gradient[i] = mean[i] = 0;
}
