/* Muon (Jordan 2024, kellerjordan.github.io/posts/muon): the weights of convolutions and dense layers are matrices, which
 * move along their gradient's nearest orthogonal matrix (orthogonal.c) and decay by themselves; all others, which have no
 * such direction, move by SGD with Nesterov's momentum. */
#include "train/optimizers/optimizer.h"

static int states(const cnn_update_options *options) {
    (void)options;
    return 1;
}

static void move_along(const cnn_optimizer_step *step) {
    const float rate = (float)step->learning_rate, shrink = (float)(step->learning_rate * step->weight_decay);
    for (int64_t i = 0; i < step->count; i++)
        step->weights[i] -= shrink * step->weights[i] + rate * step->direction[i];
}

static void update(const cnn_optimizer_step *step) {
    if (step->direction) {
        move_along(step);
        return;
    }
    const cnn_sgd_step sgd = {
        .rate = (float)step->learning_rate,
        .momentum = (float)step->options->momentum,
        .nesterov = true,
        .decay = (float)step->weight_decay,
        .gradient_scale = step->gradient_scale,
    };
    step->kernels->sgd(step->count, &sgd, step->gradient, step->weights, step->state[0]);
}

const cnn_optimizer_kind cnn_optimizer_muon = {
    .takes_momentum = true, .momentum = 0.95, .whole_matrices = true, .states = states, .update = update};
