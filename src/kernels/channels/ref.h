/* The reference of sums and scales by channel. */
#ifndef CNN_KERNELS_CHANNELS_REF_H
#define CNN_KERNELS_CHANNELS_REF_H

#include "kernels/channels/loop.h"
#include "kernels/ref.h"

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
                        float *y) {
    for (int64_t i = 0; i < count * channels; i++) {
        y[i] = (float)scaled_and_shifted(x, by, channels, i);
        if (flags & CNN_CONV_RELU)
            y[i] = positive_part(y[i]);
    }
}

static double passed_gradient(const float *x, const float *dy, const float *open, int64_t channels,
                              int64_t i) {
    return open && !(scaled_and_shifted(x, open, channels, i) > 0) ? 0 : (double)dy[i];
}

static void scale_shift_backward(int64_t count, int64_t channels, const float *x, const float *dy,
                                 const float *by, const float *open, float *dx) {
    for (int64_t i = 0; i < count * channels; i++) {
        const float *of = by + i % channels;
        const double centred = (double)x[i] - of[0];
        dx[i] = (float)(passed_gradient(x, dy, open, channels, i) * of[channels] +
                        centred * of[2 * channels] + of[3 * channels]);
    }
}

static void channel_products(int64_t count, int64_t channels, const float *x, const float *centre,
                             const float *dy, const float *open, float *sums) {
    for (int64_t c = 0; c < channels; c++) {
        double plain = 0, products = 0;
        for (int64_t i = c; i < count * channels; i += channels) {
            const double centred = (double)x[i] - centre[c];
            const double other = dy ? passed_gradient(x, dy, open, channels, i) : centred;
            plain += other;
            products += centred * other;
        }
        sums[c] = (float)plain;
        sums[channels + c] = (float)products;
    }
}

static void channel_moments(int64_t count, int64_t channels, const float *x, const float *centre,
                            float *sums) {
    channel_products(count, channels, x, centre, NULL, NULL, sums);
}

#endif
