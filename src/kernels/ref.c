/* The kernels as plain loops: what kernels.h says and nothing else. Sums are formed in double and rounded
 * once, so that these are the most exact of all. */
#include "kernels/ref.h"

#include "kernels/kernels.h"

#include <stddef.h>

#include <math.h>

#include "kernels/conv/ref.h"
#include "kernels/products/ref.h"
#include "kernels/sparse/ref.h"
#include "kernels/depthwise/ref.h"
#include "kernels/channels/ref.h"
#include "kernels/pool/ref.h"
#include "kernels/pooled/ref.h"
#include "kernels/elements/ref.h"

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

#include "kernels/activation/ref.h"
#include "kernels/pair/ref.h"
#include "kernels/slopes/ref.h"
#include "kernels/winograd/ref.h"

const cnn_kernels cnn_kernels_reference = {.name = "reference",
#define CNN_REFERENCE_KERNEL(name, arguments) .name = name,
                                           CNN_KERNEL_LIST(CNN_REFERENCE_KERNEL)
#undef CNN_REFERENCE_KERNEL
};
