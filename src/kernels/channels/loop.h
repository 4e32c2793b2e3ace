/* Sums over positions and scales, of each channel by itself. */
#ifndef CNN_KERNELS_CHANNELS_LOOP_H
#define CNN_KERNELS_CHANNELS_LOOP_H

#include "kernels/flags.h"

#include <stdint.h>

/* At `count` positions, channels last; by[k] and sums[k] hold a value for each channel.
 * channel_sums          sums[o] += sum over positions, `step` floats apart, of x[position * step + o]
 * scale_shift           y = (x - by[0]) * by[1] + by[2]; then max(0, y) if CNN_CONV_RELU
 * scale_shift_backward  dx = dy * by[1] + (x - by[0]) * by[2] + by[3]
 * channel_moments       sums[0] = sum of x - centre, sums[1] = sum of (x - centre)^2
 * channel_products      sums[0] = sum of dy, sums[1] = sum of dy * (x - centre)
 * In scale_shift_backward and channel_products, unless `open` is NULL, dy counts as 0 where scale_shift(x) by `open` is not
 * positive: the gradient through its ReLU. */
#define CNN_CHANNELS_KERNELS(X)                                                                              \
    X(channel_sums, (int64_t count, int64_t step, int64_t channels, const float *x, float *sums))            \
    X(scale_shift, (int64_t count, int64_t channels, const float *x, const float *by, int flags, float *y))  \
    X(scale_shift_backward, (int64_t count, int64_t channels, const float *x, const float *dy,               \
                             const float *by, const float *open, float *dx))                                 \
    X(channel_moments, (int64_t count, int64_t channels, const float *x, const float *centre, float *sums))  \
    X(channel_products, (int64_t count, int64_t channels, const float *x, const float *centre,               \
                         const float *dy, const float *open, float *sums))

#endif
