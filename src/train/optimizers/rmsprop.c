/* RMSprop (Tieleman and Hinton 2012, lecture 6.5 of "Neural Networks for Machine Learning"): the gradient divided by the
 * root of a running mean of its square. */
#include "train/optimizers/optimizer.h"

/* A running mean of the gradient's square, behind the kernel's mean of the gradient, which is the gradient here. */
static int states(const cnn_update_options *options) {
    (void)options;
    return 2;
}

static void update(const cnn_optimizer_step *step) {
    const cnn_adam_step adam = {
        .rate = (float)step->learning_rate,
        .beta2 = (float)step->options->beta2,
        .epsilon = (float)step->options->epsilon,
        .decay = (float)step->weight_decay,
        .root_scale = 1,
        .gradient_scale = step->gradient_scale,
    };
    step->kernels->adam(step->count, &adam, step->gradient, step->weights, step->state[0], step->state[1]);
}

const cnn_optimizer_kind cnn_optimizer_rmsprop = {
    .beta2 = 0.99, .epsilon = 1e-8, .states = states, .update = update};
