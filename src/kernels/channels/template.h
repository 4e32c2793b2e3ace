/* Kernels that treat each channel of channels-last positions by itself. */
#ifndef CNN_KERNELS_CHANNELS_TEMPLATE_H
#define CNN_KERNELS_CHANNELS_TEMPLATE_H

#include "kernels/channels/loop.h"
#include "kernels/isa/tile.h"

#include <math.h>
#include <stdbool.h>

static void kernel_channel_sums(int64_t count, int64_t step, int64_t channels, const float *x, float *sums) {
    FOR_CHANNELS(c, n, channels) {
        vec sum = load_some(sums + c, n);
        for (int64_t i = 0; i < count; i++)
            sum = vec_add(sum, load_some(x + i * step + c, n));
        store_some(sums + c, n, sum);
    }
}

static void kernel_scale_shift(int64_t count, int64_t channels, const float *x, const float *by, int flags,
                               float limit, float *y) {
    const vec lower = lower_bound(flags), upper = upper_bound(flags, limit);
    for (int64_t i = 0; i < count; i++, x += channels, y += channels)
        FOR_CHANNELS(c, n, channels) {
            const float *of = by + c;
            const vec centred = vec_sub(load_some(x + c, n), load_some(of, n));
            const vec value = vec_fma(centred, load_some(of + channels, n), load_some(of + 2 * channels, n));
            store_some(y + c, n, vec_min(upper, vec_max(lower, value)));
        }
}

/* The gradient, where what scale_shift gives lets it pass. */
static inline vec passed_gradient(vec gradient, vec centred, vec scale, vec shift, vec limit) {
    const vec zero = vec_set(0), value = vec_fma(centred, scale, shift);
    return vec_if_greater(value, zero, vec_if_greater(limit, value, gradient, zero), zero);
}

TILE_INLINE void scale_back(int64_t count, int64_t channels, const float *x, const float *dy, const float *by,
                            bool through_relu, float limit, float *dx) {
    for (int64_t i = 0; i < count; i++, x += channels, dy += channels, dx += channels)
        FOR_CHANNELS(c, n, channels) {
            const float *of = by + c;
            const vec centred = vec_sub(load_some(x + c, n), load_some(of, n));
            const vec from_x =
                vec_fma(centred, load_some(of + 2 * channels, n), load_some(of + 3 * channels, n));
            vec gradient = load_some(dy + c, n);
            if (through_relu)
                gradient = passed_gradient(gradient, centred, load_some(of + 4 * channels, n),
                                           load_some(of + 5 * channels, n), vec_set(limit));
            store_some(dx + c, n, vec_fma(gradient, load_some(of + channels, n), from_x));
        }
}

static void kernel_scale_shift_backward(int64_t count, int64_t channels, const float *x, const float *dy,
                                        const float *by, bool through_relu, float limit, float *dx) {
    if (through_relu)
        scale_back(count, channels, x, dy, by, true, limit, dx);
    else
        scale_back(count, channels, x, dy, by, false, limit, dx);
}

/* Vectors of channels whose sums are in registers; values of the positions that stay in the first-level cache while all channels are
 * summed up, which come from memory in its order. */
enum { SUMMED_VECTORS = 4, STRETCH_VALUES = 2048, MIN_STRETCH = 8 };

typedef enum moments_of { SQUARES, PRODUCTS, PRODUCTS_THROUGH_RELU } moments_of;

/* Add the sums of one to four vectors of channels, the last of which has n, over `count` positions to `sums`. */
TILE_INLINE void add_moments(moments_of what, int vectors, int64_t n, int64_t count, int64_t channels,
                             const float *x, const float *by, const float *dy, vec limit, float *sums) {
    vec plain[SUMMED_VECTORS], product[SUMMED_VECTORS];
    UNROLL_FOR(v, vectors)
        plain[v] = product[v] = vec_set(0);
    for (int64_t i = 0; i < count; i++, x += channels, dy += channels)
        UNROLL_FOR(v, vectors) {
            const float *of = by + v * VEC;
            const vec centred = vec_sub(load_some(x + v * VEC, n), load_some(of, n));
            vec other = what == SQUARES ? centred : load_some(dy + v * VEC, n);
            if (what == PRODUCTS_THROUGH_RELU)
                other = passed_gradient(other, centred, load_some(of + channels, n),
                                        load_some(of + 2 * channels, n), limit);
            plain[v] = vec_add(plain[v], other);
            product[v] = vec_fma(centred, other, product[v]);
        }
    UNROLL_FOR(v, vectors) {
        float *plain_to = sums + v * VEC, *product_to = plain_to + channels;
        store_some(plain_to, n, vec_add(load_some(plain_to, n), plain[v]));
        store_some(product_to, n, vec_add(load_some(product_to, n), product[v]));
    }
}

/* The same of all channels. */
TILE_INLINE void add_all_moments(moments_of what, int64_t count, int64_t channels, const float *x,
                                 const float *by, const float *dy, vec limit, float *sums) {
    int64_t c = 0;
    for (; c + SUMMED_VECTORS * VEC <= channels; c += SUMMED_VECTORS * VEC)
        add_moments(what, SUMMED_VECTORS, VEC, count, channels, x + c, by + c, dy + c, limit, sums + c);
    for (; c + VEC <= channels; c += VEC)
        add_moments(what, 1, VEC, count, channels, x + c, by + c, dy + c, limit, sums + c);
    if (c < channels)
        add_moments(what, 1, channels - c, count, channels, x + c, by + c, dy + c, limit, sums + c);
}

TILE_INLINE void moments(moments_of what, int64_t count, int64_t channels, const float *x, const float *by,
                         const float *dy, float limit, float *sums) {
    const int64_t fitting = STRETCH_VALUES / channels;
    const int64_t stretch = fitting > MIN_STRETCH ? fitting : MIN_STRETCH;
    for (int64_t i = 0; i < 2 * channels; i++)
        sums[i] = 0;
    for (int64_t i = 0; i < count; i += stretch)
        add_all_moments(what, count - i < stretch ? count - i : stretch, channels, x + i * channels, by,
                        dy + i * channels, vec_set(limit), sums);
}

static void kernel_channel_moments(int64_t count, int64_t channels, const float *x, const float *centre,
                                   float *sums) {
    moments(SQUARES, count, channels, x, centre, x, INFINITY, sums);
}

static void kernel_channel_products(int64_t count, int64_t channels, const float *x, const float *by,
                                    const float *dy, bool through_relu, float limit, float *sums) {
    if (through_relu)
        moments(PRODUCTS_THROUGH_RELU, count, channels, x, by, dy, limit, sums);
    else
        moments(PRODUCTS, count, channels, x, by, dy, limit, sums);
}

#endif
