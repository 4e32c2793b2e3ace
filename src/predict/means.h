/* Shares and means of figures some of which are not there: NaN. */
#ifndef CNN_PREDICT_MEANS_H
#define CNN_PREDICT_MEANS_H

#include <math.h>
#include <stdint.h>

/* NaN for 0 of 0. */
static inline double cnn_share(int64_t part, int64_t whole) {
    return whole ? (double)part / (double)whole : (double)NAN;
}

typedef struct cnn_mean {
    double sum;
    int64_t count;
} cnn_mean;

/* Leaves out what is NaN. */
static inline void cnn_mean_add(cnn_mean *mean, double value) {
    if (isnan(value))
        return;
    mean->sum += value;
    mean->count++;
}

static inline double cnn_mean_of(const cnn_mean *mean) {
    return mean->count ? mean->sum / (double)mean->count : (double)NAN;
}

#endif
