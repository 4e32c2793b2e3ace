/* Sums of values that lie side by side: several at a time, always the same ones, so that the compiler uses vectors and the
 * result depends on nothing but the values. */
#ifndef CNN_ARRAYS_SUMS_H
#define CNN_ARRAYS_SUMS_H

#include <math.h>
#include <stdint.h>

enum { CNN_SUM_LANES = 8 };

/* In double. */
static inline double cnn_sum_of(const float *values, int64_t count) {
    double lanes[CNN_SUM_LANES] = {0}, sum = 0;
    int64_t i = 0;
    for (; i + CNN_SUM_LANES <= count; i += CNN_SUM_LANES)
        for (int k = 0; k < CNN_SUM_LANES; k++)
            lanes[k] += (double)values[i + k];
    for (; i < count; i++)
        sum += (double)values[i];
    for (int k = 0; k < CNN_SUM_LANES; k++)
        sum += lanes[k];
    return sum;
}

/* Of the squared distances from `centre`. */
static inline double cnn_squares_about(const float *values, int64_t count, double centre) {
    double lanes[CNN_SUM_LANES] = {0}, sum = 0;
    int64_t i = 0;
    for (; i + CNN_SUM_LANES <= count; i += CNN_SUM_LANES)
        for (int k = 0; k < CNN_SUM_LANES; k++) {
            const double distance = (double)values[i + k] - centre;
            lanes[k] += distance * distance;
        }
    for (; i < count; i++)
        sum += ((double)values[i] - centre) * ((double)values[i] - centre);
    for (int k = 0; k < CNN_SUM_LANES; k++)
        sum += lanes[k];
    return sum;
}

/* The largest value, without not-a-numbers. */
static inline float cnn_largest_of(const float *values, int64_t count) {
    float lanes[CNN_SUM_LANES], largest = -INFINITY;
    int64_t i = 0;
    for (int k = 0; k < CNN_SUM_LANES; k++)
        lanes[k] = -INFINITY;
    for (; i + CNN_SUM_LANES <= count; i += CNN_SUM_LANES)
        for (int k = 0; k < CNN_SUM_LANES; k++)
            lanes[k] = values[i + k] > lanes[k] ? values[i + k] : lanes[k];
    for (; i < count; i++)
        largest = values[i] > largest ? values[i] : largest;
    for (int k = 0; k < CNN_SUM_LANES; k++)
        largest = lanes[k] > largest ? lanes[k] : largest;
    return largest;
}

#endif
