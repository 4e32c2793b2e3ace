/* The reference of sums and scales by channel. */
#ifndef CNN_KERNELS_CHANNELS_REF_H
#define CNN_KERNELS_CHANNELS_REF_H

#include "kernels/channels/loop.h"
#include "kernels/ref.h"

#include <stdbool.h>
#include <stddef.h>

static void channel_sums(int64_t count, int64_t step, int64_t channels, const float *x, float *sums) {
    for (int64_t o = 0; o < channels; o++) {
        double sum = sums[o];
        for (int64_t position = 0; position < count; position++)
            sum += x[position * step + o];
        sums[o] = (float)sum;
    }
}

/* Value i, whose channel is i % channels, before any ReLU. */
static double scaled_and_shifted(const float *x, const float *by, int64_t channels, int64_t i) {
    const float *of = by + i % channels;
    return ((double)x[i] - of[0]) * of[channels] + of[2 * channels];
}

static void scale_shift(int64_t count, int64_t channels, const float *x, const float *by, int flags,
                        float limit, float *y) {
    for (int64_t i = 0; i < count * channels; i++)
        y[i] = bounded((float)scaled_and_shifted(x, by, channels, i), flags, limit);
}

/* dy at value i, if it passes the ReLU of scale_shift, whose last two factors `scale` begins. */
static double passed_gradient(double centred, float dy, const float *scale, float limit, int64_t channels) {
    const double value = centred * scale[0] + scale[channels];
    return value > 0 && value < limit ? (double)dy : 0;
}

static double gradient_at(double centred, float dy, bool through_relu, const float *scale, float limit,
                          int64_t channels) {
    return through_relu ? passed_gradient(centred, dy, scale, limit, channels) : (double)dy;
}

static void scale_shift_backward(int64_t count, int64_t channels, const float *x, const float *dy,
                                 const float *by, bool through_relu, float limit, float *dx) {
    for (int64_t i = 0; i < count * channels; i++) {
        const float *of = by + i % channels;
        const double centred = (double)x[i] - of[0];
        const double gradient = gradient_at(centred, dy[i], through_relu, of + 4 * channels, limit, channels);
        dx[i] = (float)(gradient * of[channels] + centred * of[2 * channels] + of[3 * channels]);
    }
}

/* dy NULL: of x - by[0] itself. */
static void moments(int64_t count, int64_t channels, const float *x, const float *by, const float *dy,
                    bool through_relu, float limit, float *sums) {
    for (int64_t c = 0; c < channels; c++) {
        double plain = 0, products = 0;
        for (int64_t i = c; i < count * channels; i += channels) {
            const double centred = (double)x[i] - by[c];
            const double other =
                dy ? gradient_at(centred, dy[i], through_relu, by + channels + c, limit, channels) : centred;
            plain += other;
            products += centred * other;
        }
        sums[c] = (float)plain;
        sums[channels + c] = (float)products;
    }
}

static void channel_moments(int64_t count, int64_t channels, const float *x, const float *centre,
                            float *sums) {
    moments(count, channels, x, centre, NULL, false, 0, sums);
}

static void channel_products(int64_t count, int64_t channels, const float *x, const float *by,
                             const float *dy, bool through_relu, float limit, float *sums) {
    moments(count, channels, x, by, dy, through_relu, limit, sums);
}

#endif
