/* Stochastic gradient descent, with momentum and Nesterov's momentum where they are asked for. */
#include "train/optimizers/optimizer.h"

static int states(const cnn_update_options *options) {
    return options->momentum > 0;
}

/* Momentum adds up many steps. */
static double learning_rate(const cnn_update_options *options) {
    return options->momentum > 0 ? 0.05 : 0.1;
}

static void update(const cnn_optimizer_step *step) {
    const cnn_sgd_step sgd = {
        .rate = (float)step->learning_rate,
        .momentum = (float)step->options->momentum,
        .nesterov = step->options->nesterov,
        .decay = (float)step->weight_decay,
        .gradient_scale = step->gradient_scale,
    };
    step->kernels->sgd(step->count, &sgd, step->gradient, step->weights, step->state[0]);
}

const cnn_optimizer_kind cnn_optimizer_sgd = {
    .takes_momentum = true, .states = states, .learning_rate = learning_rate, .update = update};
