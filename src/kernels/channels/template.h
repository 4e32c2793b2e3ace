/* Kernels that treat each channel of channels-last positions by itself. */
#ifndef CNN_KERNELS_CHANNELS_TEMPLATE_H
#define CNN_KERNELS_CHANNELS_TEMPLATE_H

#include "kernels/channels/loop.h"
#include "kernels/isa/tile.h"

#include <stddef.h>

static void kernel_channel_sums(int64_t count, int64_t step, int64_t channels, const float *x, float *sums) {
    FOR_CHANNELS(c, n, channels) {
        vec sum = load_some(sums + c, n);
        for (int64_t i = 0; i < count; i++)
            sum = vec_add(sum, load_some(x + i * step + c, n));
        store_some(sums + c, n, sum);
    }
}

/* What scale_shift gives before any ReLU, of n channels from c on. */
static inline vec scaled_and_shifted(const float *x, const float *by, int64_t channels, int64_t c,
                                     int64_t n) {
    const vec centred = vec_sub(load_some(x + c, n), load_some(by + c, n));
    return vec_fma(centred, load_some(by + channels + c, n), load_some(by + 2 * channels + c, n));
}

static void kernel_scale_shift(int64_t count, int64_t channels, const float *x, const float *by, int flags,
                               float *y) {
    for (int64_t i = 0; i < count; i++, x += channels, y += channels)
        FOR_CHANNELS(c, n, channels) {
            const vec value = scaled_and_shifted(x, by, channels, c, n);
            store_some(y + c, n, flags & CNN_CONV_RELU ? vec_max(vec_set(0), value) : value);
        }
}

/* dy of n channels from c on, where `open` lets it pass. */
TILE_INLINE vec passed_gradient(const float *x, const float *dy, const float *open, int64_t channels,
                                int64_t c, int64_t n) {
    const vec gradient = load_some(dy + c, n);
    return open
               ? vec_if_greater(scaled_and_shifted(x, open, channels, c, n), vec_set(0), gradient, vec_set(0))
               : gradient;
}

TILE_INLINE void scale_back(int64_t count, int64_t channels, const float *x, const float *dy, const float *by,
                            const float *open, float *dx) {
    const float *of_dy = by + channels, *of_x = by + 2 * channels, *constant = by + 3 * channels;
    for (int64_t i = 0; i < count; i++, x += channels, dy += channels, dx += channels)
        FOR_CHANNELS(c, n, channels) {
            const vec centred = vec_sub(load_some(x + c, n), load_some(by + c, n));
            const vec from_x = vec_fma(centred, load_some(of_x + c, n), load_some(constant + c, n));
            store_some(
                dx + c, n,
                vec_fma(passed_gradient(x, dy, open, channels, c, n), load_some(of_dy + c, n), from_x));
        }
}

static void kernel_scale_shift_backward(int64_t count, int64_t channels, const float *x, const float *dy,
                                        const float *by, const float *open, float *dx) {
    if (open)
        scale_back(count, channels, x, dy, by, open, dx);
    else
        scale_back(count, channels, x, dy, by, NULL, dx);
}

enum { MOMENT_CHAINS = 4 }; /* sums side by side, as an addition takes several cycles */

/* Of all of them. */
static inline vec sum_of_chains(const vec chain[MOMENT_CHAINS]) {
    return vec_add(vec_add(chain[0], chain[1]), vec_add(chain[2], chain[3]));
}

/* With dy NULL it stands for x - centre. */
TILE_INLINE void moments(int64_t count, int64_t channels, const float *x, const float *centre,
                         const float *dy, const float *open, float *sums) {
    FOR_CHANNELS(c, n, channels) {
        const vec middle = load_some(centre + c, n);
        vec plain[MOMENT_CHAINS], product[MOMENT_CHAINS];
        for (int k = 0; k < MOMENT_CHAINS; k++)
            plain[k] = product[k] = vec_set(0);
        int64_t i = 0;
        for (; i + MOMENT_CHAINS <= count; i += MOMENT_CHAINS)
            UNROLL_FOR(k, MOMENT_CHAINS) {
                const int64_t at = (i + k) * channels;
                const vec centred = vec_sub(load_some(x + at + c, n), middle);
                const vec other = dy ? passed_gradient(x + at, dy + at, open, channels, c, n) : centred;
                plain[k] = vec_add(plain[k], other);
                product[k] = vec_fma(centred, other, product[k]);
            }
        for (; i < count; i++) {
            const int64_t at = i * channels;
            const vec centred = vec_sub(load_some(x + at + c, n), middle);
            const vec other = dy ? passed_gradient(x + at, dy + at, open, channels, c, n) : centred;
            plain[0] = vec_add(plain[0], other);
            product[0] = vec_fma(centred, other, product[0]);
        }
        store_some(sums + c, n, sum_of_chains(plain));
        store_some(sums + channels + c, n, sum_of_chains(product));
    }
}

static void kernel_channel_moments(int64_t count, int64_t channels, const float *x, const float *centre,
                                   float *sums) {
    moments(count, channels, x, centre, NULL, NULL, sums);
}

static void kernel_channel_products(int64_t count, int64_t channels, const float *x, const float *centre,
                                    const float *dy, const float *open, float *sums) {
    if (open)
        moments(count, channels, x, centre, dy, open, sums);
    else
        moments(count, channels, x, centre, dy, NULL, sums);
}

#endif
