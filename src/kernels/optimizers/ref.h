/* The reference of the optimizers' steps. */
#ifndef CNN_KERNELS_OPTIMIZERS_REF_H
#define CNN_KERNELS_OPTIMIZERS_REF_H

#include "kernels/optimizers/loop.h"

#include <math.h>

static void sgd(int64_t count, const cnn_sgd_step *step, const float *gradient, float *w, float *m) {
    for (int64_t i = 0; i < count; i++) {
        double g = (double)step->gradient_scale * gradient[i] + (double)step->decay * w[i], direction = g;
        if (step->momentum != 0) {
            double kept = (double)step->momentum * m[i] + g;
            m[i] = (float)kept;
            direction = step->nesterov ? g + step->momentum * kept : kept;
        }
        w[i] = (float)(w[i] - step->rate * direction);
    }
}

static void adam(int64_t count, const cnn_adam_step *step, const float *gradient, float *w, float *m,
                 float *v) {
    for (int64_t i = 0; i < count; i++) {
        double g = (double)step->gradient_scale * gradient[i] + (double)step->decay * w[i];
        double mean = m[i] + (1 - (double)step->beta1) * (g - m[i]);
        double square = v[i] + (1 - (double)step->beta2) * (g * g - v[i]);
        double shrunk = w[i] - (double)step->shrink * w[i];
        m[i] = (float)mean;
        v[i] = (float)square;
        w[i] = (float)(shrunk - step->rate * mean / (sqrt(square) * step->root_scale + step->epsilon));
    }
}

static void lion(int64_t count, const cnn_lion_step *step, const float *gradient, float *w, float *m) {
    for (int64_t i = 0; i < count; i++) {
        const double difference = (double)step->gradient_scale * gradient[i] - m[i];
        const double direction = m[i] + (1 - (double)step->beta1) * difference;
        const double sign = direction > 0 ? 1 : direction < 0 ? -1 : direction; /* stays what is no number */
        m[i] = (float)(m[i] + (1 - (double)step->beta2) * difference);
        w[i] = (float)(w[i] - (double)step->shrink * w[i] - step->rate * sign);
    }
}

#endif
