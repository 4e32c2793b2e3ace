/* Adam (Kingma and Ba 2014, arXiv:1412.6980) and AdamW (Loshchilov and Hutter 2017, arXiv:1711.05101), which lets
 * weights decay by themselves instead of by way of the gradient. */
#include "train/optimizers/optimizer.h"

#include <math.h>

/* Running means of the gradient and of its square. */
static int states(const cnn_update_options *options) {
    (void)options;
    return 2;
}

/* `decay` is part of the gradient, `shrink` is what the weights lose beside it. */
static void step_with(const cnn_optimizer_step *step, double decay, double shrink) {
    const cnn_update_options *options = step->options;
    const double t = (double)step->number;
    const cnn_adam_step adam = {
        .rate = (float)(step->learning_rate / (1 - pow(options->beta1, t))),
        .beta1 = (float)options->beta1,
        .beta2 = (float)options->beta2,
        .epsilon = (float)options->epsilon,
        .decay = (float)decay,
        .shrink = (float)shrink,
        .root_scale = (float)(1 / sqrt(1 - pow(options->beta2, t))),
        .gradient_scale = step->gradient_scale,
    };
    step->kernels->adam(step->count, &adam, step->gradient, step->weights, step->state[0], step->state[1]);
}

static void update_adam(const cnn_optimizer_step *step) {
    step_with(step, step->weight_decay, 0);
}

static void update_adamw(const cnn_optimizer_step *step) {
    step_with(step, 0, step->learning_rate * step->weight_decay);
}

const cnn_optimizer_kind cnn_optimizer_adam = {
    .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .states = states, .update = update_adam};
const cnn_optimizer_kind cnn_optimizer_adamw = {
    .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .states = states, .update = update_adamw};
