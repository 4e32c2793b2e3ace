#include "kernels/bf16/self_test.h"

#include "base/random.h"
#include "kernels/bf16/number.h"

enum { LANES = 16, TRIES = 512 };

/* Floats and numbers in bfloat16 where arithmetic changes its ways, as bits: zero, the least and largest numbers that are tiny and
 * that are not, 1 and its neighbours, ties in rounding to bfloat16, the largest number, infinity, not-a-number. */
static const uint32_t edges[] = {0x00000000, 0x00000001, 0x00400000, 0x007fffff, 0x00800000, 0x00810000,
                                 0x3f7f0000, 0x3f7fffff, 0x3f800000, 0x3f808000, 0x3f818000, 0x3f810001,
                                 0x20000000, 0x1f800000, 0x7f7f0000, 0x7f7fffff, 0x7f800000, 0x7fc00000};
enum { EDGES = sizeof edges / sizeof edges[0] };

/* Any bits; an edge of either sign; or a number whose products with its like are about the least that are not tiny. */
static float draw(cnn_random *random) {
    const uint32_t bits = (uint32_t)cnn_random_bits(random);
    switch (cnn_random_below(random, 4)) {
    case 0:
        return cnn_float_of_bits(edges[cnn_random_below(random, EDGES)] ^ (bits & 0x80000000));
    case 1:
        return cnn_float_of_bits((bits & 0x83ffffff) | 0x1e000000);
    default:
        return cnn_float_of_bits(bits);
    }
}

static float draw_pair(cnn_random *random) {
    const float first = draw(random);
    return cnn_bf16_pair(first, draw(random));
}

/* Anything, or what nearly cancels the product of a pair's second numbers. */
static float draw_sum(cnn_random *random, float a, float b) {
    if (cnn_random_below(random, 2))
        return draw(random);
    const float product = cnn_bf16_add_product(0, cnn_bf16_second(a), cnn_bf16_second(b));
    return cnn_float_of_bits(cnn_float_bits(-product) + (uint32_t)cnn_random_below(random, 3) - 1);
}

/* Bit for bit, but for which NaN it is. */
static bool same(float a, float b) {
    return cnn_float_bits(a) == cnn_float_bits(b) || (isnan(a) && isnan(b));
}

/* A pair with a row of others, added to a row of sums. */
static bool sums_pass(const cnn_kernels *kernels, cnn_random *random) {
    static const int64_t no_offset[1] = {0};
    const cnn_conv_loop loop = {
        .rows = 1, .columns = 1, .taps = 1, .tap = no_offset, .inputs = 1, .outputs = LANES, .w_row = LANES};
    const float x = draw_pair(random);
    float w[LANES], sums[LANES], wanted[LANES];
    bool passes = true;
    for (int i = 0; i < LANES; i++) {
        w[i] = draw_pair(random);
        sums[i] = draw_sum(random, x, w[i]);
        wanted[i] = cnn_bf16_dot(x, w[i], sums[i]);
    }
    kernels->bf16_conv(&loop, &x, w, NULL, CNN_CONV_ACCUMULATE, sums);
    for (int i = 0; i < LANES; i++)
        passes = passes && same(sums[i], wanted[i]);
    return passes;
}

static bool rounding_passes(const cnn_kernels *kernels, cnn_random *random) {
    float x[2 * LANES], pairs[LANES];
    bool passes = true;
    for (int i = 0; i < 2 * LANES; i++)
        x[i] = draw(random);
    kernels->bf16_round(1, 2 * LANES, x, pairs);
    for (int i = 0; i < LANES; i++)
        passes = passes && cnn_float_bits(pairs[i]) == cnn_float_bits(cnn_bf16_pair(x[2 * i], x[2 * i + 1]));
    kernels->bf16_pair(1, LANES, 0, x, x + LANES, pairs);
    for (int i = 0; i < LANES; i++)
        passes = passes && cnn_float_bits(pairs[i]) == cnn_float_bits(cnn_bf16_pair(x[i], x[LANES + i]));
    return passes;
}

bool cnn_bf16_passes(const cnn_kernels *kernels) {
    cnn_random random;
    cnn_random_seed(&random, 1);
    bool passes = true;
    for (int i = 0; i < TRIES && passes; i++)
        passes = sums_pass(kernels, &random) && rounding_passes(kernels, &random);
    return passes;
}
