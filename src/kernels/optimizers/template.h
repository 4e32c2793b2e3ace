/* Steps of the optimizers, weight by weight. */
#ifndef CNN_KERNELS_OPTIMIZERS_TEMPLATE_H
#define CNN_KERNELS_OPTIMIZERS_TEMPLATE_H

#include "kernels/isa/tile.h"
#include "kernels/optimizers/loop.h"

static void kernel_sgd(int64_t count, const cnn_sgd_step *step, const float *gradient, float *w, float *m) {
    const vec rate = vec_set(-step->rate), momentum = vec_set(step->momentum), decay = vec_set(step->decay);
    const vec scale = vec_set(step->gradient_scale);
    FOR_CHANNELS(i, n, count) {
        vec weight = load_some(w + i, n);
        vec g = vec_fma(scale, load_some(gradient + i, n), vec_mul(decay, weight));
        vec direction = g;
        if (step->momentum != 0) {
            vec velocity = vec_fma(momentum, load_some(m + i, n), g);
            store_some(m + i, n, velocity);
            direction = step->nesterov ? vec_fma(momentum, velocity, g) : velocity;
        }
        store_some(w + i, n, vec_fma(rate, direction, weight));
    }
}

static void kernel_adam(int64_t count, const cnn_adam_step *step, const float *gradient, float *w, float *m,
                        float *v) {
    const vec keep = vec_set(1 - step->beta1), keep_square = vec_set(1 - step->beta2);
    const vec rate = vec_set(-step->rate), scale = vec_set(step->gradient_scale);
    FOR_CHANNELS(i, n, count) {
        vec weight = load_some(w + i, n), mean = load_some(m + i, n), square = load_some(v + i, n);
        vec g = vec_fma(scale, load_some(gradient + i, n), vec_mul(vec_set(step->decay), weight));
        mean = vec_fma(keep, vec_sub(g, mean), mean);
        square = vec_fma(keep_square, vec_sub(vec_mul(g, g), square), square);
        vec root = vec_fma(vec_sqrt(square), vec_set(step->root_scale), vec_set(step->epsilon));
        weight = vec_fma(vec_set(-step->shrink), weight, weight);
        store_some(m + i, n, mean);
        store_some(v + i, n, square);
        store_some(w + i, n, vec_fma(rate, vec_div(mean, root), weight));
    }
}

static void kernel_lion(int64_t count, const cnn_lion_step *step, const float *gradient, float *w, float *m) {
    const vec keep = vec_set(1 - step->beta1), keep_mean = vec_set(1 - step->beta2);
    const vec rate = vec_set(-step->rate), shrink = vec_set(-step->shrink);
    const vec scale = vec_set(step->gradient_scale), zero = vec_set(0);
    FOR_CHANNELS(i, n, count) {
        vec weight = load_some(w + i, n), mean = load_some(m + i, n);
        const vec difference = vec_sub(vec_mul(scale, load_some(gradient + i, n)), mean);
        const vec direction = vec_fma(keep, difference, mean);
        vec sign = vec_if_greater(zero, direction, vec_set(-1), direction); /* stays what is no number */
        sign = vec_if_greater(direction, zero, vec_set(1), sign);
        weight = vec_fma(shrink, weight, weight);
        store_some(m + i, n, vec_fma(keep_mean, difference, mean));
        store_some(w + i, n, vec_fma(rate, sign, weight));
    }
}

#endif
