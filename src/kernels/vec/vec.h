/* The vocabulary of vectors. The kernels are written once, over these words; each instruction set defines all of them in a
 * header of its own beside this one (avx512.h, avx2.h), which its file in isa/ includes before any template. Where none was
 * included, the compiler's generic vectors stand in, so that each template compiles alone.
 *
 *   vec            a vector of VEC floats, passed by value. Element 0 is the one that lies first in memory
 *   VEC            a macro: 4, 8 or 16. Channels of some kernels come in blocks of 16 (CNN_POOLED_BLOCK), which whole vectors fill
 *   VEC_REGISTERS  a macro: how many vectors the registers hold, 16 or 32 (isa/parameters.h); an includer may set it before
 *   VEC_PREFETCHES a macro: defined if lines of memory can be prefetched; elsewhere tiles that do so would be the others again
 *
 * Arithmetic is IEEE 754's in single precision, element by element, rounded to nearest; addresses need no alignment. What
 * follows is checked against plain arithmetic, bit by bit, on every instruction set (tests/kernels/test_vec.c). */
#ifndef CNN_KERNELS_VEC_VEC_H
#define CNN_KERNELS_VEC_VEC_H

#ifndef VEC
#include "kernels/vec/generic.h"
#endif

#include <stdint.h>

/* ---- Into and out of memory ------------------------------------------------------------------------- */

static inline vec vec_set(float value); /* in each element */
static inline vec vec_load(const float *from);
static inline void vec_store(float *to, vec value);
/* The first `count` elements, 1 .. VEC: nothing beyond them is touched, and the others read as 0. */
static inline vec vec_load_part(const float *from, int64_t count);
static inline void vec_store_part(float *to, int64_t count, vec value);
/* Whole numbers, of magnitude below 2^31, as integers. */
static inline void vec_store_whole(int32_t *to, vec value);
/* The same value, held in a register: left alone, the compiler reads memory once more for each use. */
static inline vec vec_keep(vec value);

/* ---- Element by element ----------------------------------------------------------------------------- */

static inline vec vec_add(vec a, vec b);
static inline vec vec_sub(vec a, vec b);
static inline vec vec_mul(vec a, vec b);
static inline vec vec_div(vec a, vec b);
static inline vec vec_sqrt(vec a);
/* a b + c, rounded once; generic vectors round the product, too. */
static inline vec vec_fma(vec a, vec b, vec c);
/* a < b ? a : b and a > b ? a : b, thus b where either is not a number. */
static inline vec vec_min(vec a, vec b);
static inline vec vec_max(vec a, vec b);

/* a > b ? yes : no, a <= b ? yes : no, a == b ? yes : no. Not a number compares false with everything. */
static inline vec vec_if_greater(vec a, vec b, vec yes, vec no);
static inline vec vec_if_at_most(vec a, vec b, vec yes, vec no);
static inline vec vec_if_equal(vec a, vec b, vec yes, vec no);
/* Bit i: whether elements i are equal, or not (as what is not a number never is). The bits from VEC on are 0. */
static inline unsigned vec_equal_bits(vec a, vec b);
static inline unsigned vec_unequal_bits(vec a, vec b);

/* Beside 1.5 x 2^23 no fraction fits: x + VEC_WHOLE, less VEC_WHOLE, is the nearest whole number, for |x| < 2^22. */
#define VEC_WHOLE 12582912
/* 2^(n / 8), rounded (VEC_EIGHTHS), for whole n in -1008 .. 1023; shifted: n + VEC_WHOLE. */
static inline vec vec_power2(vec shifted);
/* x = m 2^power with m between sqrt(1/2) and sqrt(2), for finite x >= FLT_MIN; returns m. */
static inline vec vec_split(vec x, vec *power);

/* ---- In bfloat16 (bf16/number.h) ---------------------------------------------------------------------- */

/* The numbers of `first`, then those of `second`, rounded to bfloat16: VEC pairs, in this order. */
static inline vec vec_bf16_round(vec first, vec second);
/* The reverse, which is exact: the numbers of the first VEC / 2 pairs, and those of the others. */
static inline vec vec_bf16_widen(vec pairs, vec *second);
/* Element i: the pair of first[i] and second[i], rounded. */
static inline vec vec_bf16_pair(vec first, vec second);
/* cnn_bf16_dot of each element, the pairs a, the pairs b and the sum. To be called between the two that follow; where the processor
 * has no instruction for it, VEC_SPLITS_PAIRS is defined, or VEC_CALLS_PAIRS if it is a call of a function. */
static inline vec vec_bf16_dot(vec a, vec b, vec sum);
/* a + b by the same rules: tiny numbers are zero, before and after. Between the two that follow. */
static inline vec vec_bf16_add(vec a, vec b);
/* Where these need it, make this thread take tiny numbers for zero, and let it be as it was `before`. */
static inline unsigned vec_bf16_begin(void);
static inline void vec_bf16_end(unsigned before);

/* ---- Across elements -------------------------------------------------------------------------------- */

/* The sum of all elements, in an order that is the instruction set's own. */
static inline float vec_sum(vec a);
/* Element i: the sum of rows[i], likewise. */
static inline vec vec_sums(const vec rows[VEC]);
/* Element j of rows[i] and element i of rows[j] change places. */
static inline void vec_transpose(vec rows[VEC]);

#endif
