/* What the templates share: loops that become straight code, partial vectors, bounds of what is written. */
#ifndef CNN_KERNELS_ISA_TILE_H
#define CNN_KERNELS_ISA_TILE_H

#include "kernels/flags.h"
#include "kernels/isa/parameters.h"
#include "kernels/vec/vec.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#define TILE_INLINE static inline __attribute__((always_inline))
/* Loops of constant length that become straight code: over v = 0 .. n - 1, or with any head. */
#define UNROLL_FOR(v, n) _Pragma("GCC unroll 32") for (int v = 0; v < (n); v++)
#define UNROLL_LOOP(...) _Pragma("GCC unroll 32") for (__VA_ARGS__)
/* A pointer of which the compiler forgets what it was made from, so that it stays in a register of its own. */
#define OPAQUE(pointer) __asm__("" : "+r"(pointer))
/* What holds all over an image but at its edges: there the code goes straight on. In short bodies a jump there and back is
 * most of the time. */
#define LIKELY(condition) __builtin_expect((condition), 1)

enum { LINE = 16 }; /* floats in a cache line */

/* Vector v of a row of outputs: whole, or its first `last` elements when it is the row's partial end. */
TILE_INLINE vec tile_load(const float *from, int v, int vectors, bool partial, int64_t last) {
    return partial && v == vectors - 1 ? vec_load_part(from + v * VEC, last) : vec_load(from + v * VEC);
}
TILE_INLINE void tile_store(float *to, int v, int vectors, bool partial, int64_t last, vec value) {
    if (partial && v == vectors - 1)
        vec_store_part(to + v * VEC, last, value);
    else
        vec_store(to + v * VEC, value);
}

/* Vectors at c of `channels` floats; n: how many the vector holds. */
#define FOR_CHANNELS(c, n, channels)                                                                         \
    for (int64_t c = 0, n; c < (channels) && (n = (channels)-c < VEC ? (channels)-c : VEC) > 0; c += VEC)

/* The first `count` elements, 1 .. VEC, which are often all of them. */
static inline vec load_some(const float *from, int64_t count) {
    return count == VEC ? vec_load(from) : vec_load_part(from, count);
}
static inline void store_some(float *to, int64_t count, vec value) {
    if (count == VEC)
        vec_store(to, value);
    else
        vec_store_part(to, count, value);
}

/* The bounds of what is written; not-a-number passes them. */
TILE_INLINE vec lower_bound(int flags) {
    return vec_set(flags & CNN_CONV_RELU ? 0 : -INFINITY);
}
TILE_INLINE vec upper_bound(int flags, float limit) {
    return vec_set(flags & CNN_CONV_LIMIT ? limit : INFINITY);
}

#endif
