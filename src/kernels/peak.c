#include "kernels/peak.h"

#include "base/clock.h"

/* The best of many short tries: what else runs on the machine only makes some of them slower. */
double cnn_peak_flops(const cnn_kernels *kernels) {
    enum { ROUNDS = 1 << 14, TRIES = 50 };
    float values[CNN_REPEAT_FMA_FLOATS] = {0};
    double best = 0;
    for (int i = 0; i < TRIES; i++) {
        const double begin = cnn_seconds();
        kernels->repeat_fma(CNN_REPEAT_FMA_FLOATS, ROUNDS, 0.75f, 0.25f, values);
        const double speed = 2.0 * CNN_REPEAT_FMA_FLOATS * ROUNDS / (cnn_seconds() - begin);
        best = speed > best ? speed : best;
    }
    return best;
}
