/* Sums over positions and scales, of each channel by itself. */
#ifndef CNN_KERNELS_CHANNELS_LOOP_H
#define CNN_KERNELS_CHANNELS_LOOP_H

#include "kernels/flags.h"

#include <stdbool.h>
#include <stdint.h>

/* At `count` positions, channels last; by[k] and sums[k] hold a value for each channel.
 * channel_sums          sums[o] += sum over positions, `step` floats apart, of x[position * step + o]
 * scale_shift           y = (x - by[0]) * by[1] + by[2]; then max(0, y) if CNN_CONV_RELU, and min(limit, y) if CNN_CONV_LIMIT.
 *                       y may be x
 * scale_shift_backward  dx = dy * by[1] + (x - by[0]) * by[2] + by[3]
 * channel_moments       sums[0] = sum of x - centre, sums[1] = sum of (x - centre)^2
 * channel_products      sums[0] = sum of dy, sums[1] = sum of dy * (x - by[0])
 * In scale_shift_backward and channel_products, if `through_relu`, dy counts as 0 where scale_shift(x) is not positive, or not below
 * `limit`: the gradient through its ReLU. INFINITY is no limit. Its factors are by[0] and the next two: by[4] and by[5] of
 * scale_shift_backward, by[1] and by[2] of channel_products. */
#define CNN_CHANNELS_KERNELS(X)                                                                              \
    X(channel_sums, (int64_t count, int64_t step, int64_t channels, const float *x, float *sums))            \
    X(scale_shift,                                                                                           \
      (int64_t count, int64_t channels, const float *x, const float *by, int flags, float limit, float *y))  \
    X(scale_shift_backward, (int64_t count, int64_t channels, const float *x, const float *dy,               \
                             const float *by, bool through_relu, float limit, float *dx))                    \
    X(channel_moments, (int64_t count, int64_t channels, const float *x, const float *centre, float *sums))  \
    X(channel_products, (int64_t count, int64_t channels, const float *x, const float *by, const float *dy,  \
                         bool through_relu, float limit, float *sums))

#endif
