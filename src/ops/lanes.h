/* Sums of single values in double precision, several side by side, which the compiler keeps in vectors. */
#ifndef CNN_OPS_LANES_H
#define CNN_OPS_LANES_H

#include <stdint.h>

enum { CNN_LANES = 8 };

static inline double cnn_lanes_total(const double lanes[CNN_LANES]) {
    double sum = 0;
    for (int k = 0; k < CNN_LANES; k++)
        sum += lanes[k];
    return sum;
}

/* The sum of `count` neighbouring values. */
static inline double cnn_lanes_sum(const float *x, int64_t count) {
    double lanes[CNN_LANES] = {0};
    int64_t i = 0;
    for (; i + CNN_LANES <= count; i += CNN_LANES)
        for (int k = 0; k < CNN_LANES; k++)
            lanes[k] += (double)x[i + k];
    for (int k = 0; i < count; i++, k++)
        lanes[k] += (double)x[i];
    return cnn_lanes_total(lanes);
}

#endif
