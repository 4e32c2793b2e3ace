/* What the templates share, over the vectors of a header of vec/ that was included before. */
#include "kernels/kernels.h"

#include <math.h>

#define TILE_INLINE static inline __attribute__((always_inline))
/* Loops of constant length that become straight code: over v = 0 .. n - 1, or with any head. */
#define UNROLL_FOR(v, n) _Pragma("GCC unroll 32") for (int v = 0; v < (n); v++)
#define UNROLL_LOOP(...) _Pragma("GCC unroll 32") for (__VA_ARGS__)
/* A pointer of which the compiler forgets what it was made from, so that it stays in a register of its own. */
#define OPAQUE(pointer) __asm__("" : "+r"(pointer))
/* What holds all over an image but at its edges: there the code goes straight on. In short bodies a jump there and back is
 * most of the time. */
#define LIKELY(condition) __builtin_expect((condition), 1)

/* The convolutions over vectors of half the width, for up to so many outputs: a whole vector would stay half empty. None
 * where `outputs` is 0. */
typedef struct half_kernels {
    int64_t outputs;
    void (*conv)(const cnn_conv_loop *loop, const float *x, const float *w, const float *bias, int flags,
                 float *y);
    void (*conv_weights)(const cnn_conv_loop *loop, const float *x, const float *dy, int flags, float *dw);
} half_kernels;

static int64_t at_most(int64_t most, int64_t value) {
    return value > most ? most : value;
}

enum { LINE = 16 }; /* floats in a cache line */

/* Every size 1 .. TILE_ROWS of X(rows); the lists differ because registers do. */
#define TILE_SIZES_3(X)  X(1) X(2) X(3)
#define TILE_SIZES_6(X)  TILE_SIZES_3(X) X(4) X(5) X(6)
#define TILE_SIZES_7(X)  TILE_SIZES_6(X) X(7)
#define TILE_SIZES_14(X) TILE_SIZES_7(X) X(8) X(9) X(10) X(11) X(12) X(13) X(14)

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
TILE_INLINE vec least_of(int flags) {
    return vec_set(flags & CNN_CONV_RELU ? 0 : -INFINITY);
}
TILE_INLINE vec most_of(int flags, float most) {
    return vec_set(flags & CNN_CONV_LIMIT ? most : INFINITY);
}
