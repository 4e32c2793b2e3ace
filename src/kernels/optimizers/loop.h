/* Steps of the optimizers, weight by weight; w: weights, m, v: the state that is kept between steps. */
#ifndef CNN_KERNELS_OPTIMIZERS_LOOP_H
#define CNN_KERNELS_OPTIMIZERS_LOOP_H

#include <stdbool.h>
#include <stdint.h>

/* g = gradient_scale * gradient + decay * w; m = momentum * m + g; w -= rate * (nesterov ? g + momentum * m : m); with
 * momentum 0, m is not touched. */
typedef struct cnn_sgd_step {
    float rate, momentum, decay, gradient_scale;
    bool nesterov;
} cnn_sgd_step;

/* g = gradient_scale * gradient + decay * w; m += (1 - beta1)(g - m); v += (1 - beta2)(g g - v); w -= shrink * w;
 * w -= rate * m / (sqrt(v) * root_scale + epsilon).
 * The bias corrections of step t are folded in: rate = lr / (1 - beta1^t), root_scale = 1 / sqrt(1 - beta2^t).
 * `decay` is Adam's, `shrink` = lr * decay AdamW's. */
typedef struct cnn_adam_step {
    float rate, beta1, beta2, epsilon, decay, shrink, root_scale, gradient_scale;
} cnn_adam_step;

/* g = gradient_scale * gradient; c = m + (1 - beta1)(g - m); m += (1 - beta2)(g - m); w -= shrink * w;
 * w -= rate * sign(c), where the sign of 0 is 0; `shrink` = lr * decay. */
typedef struct cnn_lion_step {
    float rate, beta1, beta2, shrink, gradient_scale;
} cnn_lion_step;

/* One step each, as the structs say. */
#define CNN_OPTIMIZERS_KERNELS(X)                                                                            \
    X(sgd, (int64_t count, const cnn_sgd_step *step, const float *gradient, float *w, float *m))             \
    X(adam, (int64_t count, const cnn_adam_step *step, const float *gradient, float *w, float *m, float *v)) \
    X(lion, (int64_t count, const cnn_lion_step *step, const float *gradient, float *w, float *m))

#endif
