/* Lion (Chen et al. 2023, "Symbolic Discovery of Optimization Algorithms", arXiv:2302.06675): every weight moves by the
 * learning rate, up or down, as the sign of a mean of the gradients says. */
#include "train/optimizers/optimizer.h"

/* A running mean of the gradient. */
static int states(const cnn_update_options *options) {
    (void)options;
    return 1;
}

static void update(const cnn_optimizer_step *step) {
    const cnn_lion_step lion = {
        .rate = (float)step->learning_rate,
        .beta1 = (float)step->options->beta1,
        .beta2 = (float)step->options->beta2,
        .shrink = (float)(step->learning_rate * step->weight_decay),
        .gradient_scale = step->gradient_scale,
    };
    step->kernels->lion(step->count, &lion, step->gradient, step->weights, step->state[0]);
}

const cnn_optimizer_kind cnn_optimizer_lion = {
    .beta1 = 0.9, .beta2 = 0.99, .states = states, .update = update};
