/* Numbers in bfloat16 and sums of their products: the definition against arithmetic that is carried out in another way, and the
 * test that an instruction set has to pass before its instructions are trusted. (That kernels agree with the definition is in
 * test_kernels.c, their words in test_vec.c.) */
#include "kernels/bf16/number.h"
#include "kernels/bf16/self_test.h"
#include "support/cmocka.h"

#include <float.h>

static float number(uint32_t bits) {
    return cnn_float_of_bits(bits << 16);
}

static void each_number_in_bfloat16_is_itself(void **state) {
    (void)state;
    for (uint32_t bits = 0; bits < 1 << 16; bits++) {
        const uint32_t got = cnn_bf16_bits(number(bits));
        const bool is_nan = (bits & 0x7f80) == 0x7f80 && bits & 0x7f;
        const bool is_tiny = !(bits & 0x7f80);
        assert_int_equal(got, is_nan ? bits | 0x40 : is_tiny ? bits & 0x8000 : bits);
    }
}

/* Between each number that is not tiny and the next one: the last float below the middle, the middle, the first one above it. */
static void floats_become_the_nearest_number_and_ties_the_even_one(void **state) {
    (void)state;
    for (uint32_t bits = 0x80; bits < 0x7f80; bits++)
        for (uint32_t sign = 0; sign <= 0x8000; sign += 0x8000) {
            const uint32_t all = (bits | sign) << 16, number = bits | sign;
            assert_int_equal(cnn_bf16_bits(cnn_float_of_bits(all | 0x7fff)), number);
            assert_int_equal(cnn_bf16_bits(cnn_float_of_bits(all | 0x8000)), number + (number & 1));
            assert_int_equal(cnn_bf16_bits(cnn_float_of_bits(all | 0x8001)), number + 1);
        }
    assert_int_equal(cnn_bf16_bits(FLT_MAX), 0x7f80);
    assert_int_equal(cnn_bf16_bits(-0x1.fffffcp-127f), 0x8000);
    assert_int_equal(cnn_bf16_bits(cnn_float_of_bits(0x7f800001)), 0x7fc0);
}

static void a_pair_holds_the_first_number_in_the_lower_half(void **state) {
    (void)state;
    const float pair = cnn_bf16_pair(1.5f, -2);
    assert_int_equal(cnn_float_bits(pair), 0xc0003fc0);
    assert_true(cnn_bf16_first(pair) == 1.5f);
    assert_true(cnn_bf16_second(pair) == -2);
}

/* ---- Sums: by the C library's fused multiplication and addition, from which tiny results are taken ---------------- */

static float without_tiny(float value) {
    return fabsf(value) < FLT_MIN ? copysignf(0, value) : value;
}

/* FLT_MIN may have been rounded up to from what has 24 bits below it. */
static float fused(float sum, float a, float b) {
    sum = without_tiny(sum);
    const float rounded = fmaf(a, b, sum);
    const double scaled = fma((double)a * 0x1p60, (double)b, (double)sum * 0x1p60);
    if (fabsf(rounded) == FLT_MIN && fabs(scaled) < 0x1.ffffffp-67)
        return copysignf(0, rounded);
    return without_tiny(rounded);
}

static const uint32_t exponents[] = {0,   1,   2,   30,  62,  63,  64,  65,  86,  110,
                                     126, 127, 128, 140, 190, 191, 192, 253, 254, 255};
static const uint32_t fractions[] = {0, 1, 0x2a, 0x3f, 0x40, 0x7e, 0x7f};
enum {
    EXPONENTS = sizeof exponents / sizeof exponents[0],
    FRACTIONS = sizeof fractions / sizeof fractions[0],
    NUMBERS = EXPONENTS * FRACTIONS
};

/* Those that a rounding can give. */
static float numbered(int i) {
    const uint32_t bits = exponents[i / FRACTIONS] << 7 | fractions[i % FRACTIONS];
    return number(cnn_bf16_bits(number(bits)));
}

static void assert_sum(float sum, float a, float b) {
    const float got = cnn_bf16_add_product(sum, a, b), wanted = fused(sum, a, b);
    if (cnn_float_bits(got) != cnn_float_bits(wanted) && !(isnan(got) && isnan(wanted)))
        fail_msg("%a + %a x %a: %a, expected %a", sum, a, b, got, wanted);
}

/* Around what cancels the product, and around the least that is not tiny. */
static void assert_sums_near(float a, float b) {
    const float product = a * b;
    for (uint32_t step = 0; step < 5; step++) {
        assert_sum(cnn_float_of_bits(cnn_float_bits(-product) + step - 2), a, b);
        assert_sum(cnn_float_of_bits(0x00800000 + step - 2), a, b);
        assert_sum(cnn_float_of_bits(0x80800000 + step - 2), a, b);
    }
}

static void products_are_added_with_one_rounding_and_tiny_ones_are_zero(void **state) {
    (void)state;
    for (int i = 0; i < NUMBERS; i++)
        for (int j = 0; j < NUMBERS; j++) {
            const float a = numbered(i), b = numbered(j);
            assert_sums_near(a, b);
            assert_sums_near(-a, b);
            for (int k = 0; k < NUMBERS; k++) {
                assert_sum(numbered(k), a, b);
                assert_sum(-numbered(k), a, b);
            }
        }
}

static void of_a_pair_the_second_product_comes_first(void **state) {
    (void)state;
    const float ones = cnn_bf16_pair(1, 1);
    assert_true(cnn_bf16_dot(cnn_bf16_pair(0x1p25f, 1), ones, -0x1p25f) == 0);
    assert_true(cnn_bf16_dot(cnn_bf16_pair(1, 0x1p25f), ones, -0x1p25f) == 1);
}

/* ---- What has to be passed ------------------------------------------------------------------------------------------ */

enum { MAX_TABLES = 8 };

static void each_table_of_this_machine_passes(void **state) {
    (void)state;
    const cnn_kernels *tables[MAX_TABLES];
    const int count = cnn_kernels_available(tables, MAX_TABLES);
    for (int t = 0; t < count; t++)
        assert_true(cnn_bf16_passes(tables[t]));
    assert_true(cnn_bf16_passes(&cnn_kernels_reference));
}

/* A processor that keeps tiny numbers, one that adds the first product first, one that rounds the sum of both once. */
static float (*other_dot)(float a, float b, float sum);

static float keeps_tiny(float a, float b, float sum) {
    return fmaf(cnn_bf16_first(a), cnn_bf16_first(b), fmaf(cnn_bf16_second(a), cnn_bf16_second(b), sum));
}

static float first_comes_first(float a, float b, float sum) {
    sum = cnn_bf16_add_product(sum, cnn_bf16_first(a), cnn_bf16_first(b));
    return cnn_bf16_add_product(sum, cnn_bf16_second(a), cnn_bf16_second(b));
}

static float adds_products_exactly(float a, float b, float sum) {
    return (float)((double)cnn_bf16_first(a) * cnn_bf16_first(b) +
                   (double)cnn_bf16_second(a) * cnn_bf16_second(b) + sum);
}

static void other_conv(const cnn_conv_loop *loop, const float *x, const float *w, const float *bias,
                       int flags, float *y) {
    (void)bias, (void)flags;
    for (int64_t o = 0; o < loop->outputs; o++)
        y[o] = other_dot(*x, w[o], y[o]);
}

static void cut_off(int64_t rows, int64_t count, const float *x, float *y) {
    for (int64_t i = 0; i < rows * count; i += 2)
        y[i / 2] = cnn_float_of_bits(cnn_float_bits(x[i]) >> 16 | (cnn_float_bits(x[i + 1]) & 0xffff0000));
}

static void other_arithmetic_does_not(void **state) {
    (void)state;
    float (*const others[])(float, float, float) = {keeps_tiny, first_comes_first, adds_products_exactly};
    cnn_kernels kernels = cnn_kernels_reference;
    kernels.bf16_round = cut_off;
    assert_false(cnn_bf16_passes(&kernels));
    kernels.bf16_round = cnn_kernels_reference.bf16_round;
    kernels.bf16_conv = other_conv;
    other_dot = cnn_bf16_dot;
    assert_true(cnn_bf16_passes(&kernels));
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        other_dot = others[i];
        assert_false(cnn_bf16_passes(&kernels));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_number_in_bfloat16_is_itself),
        cmocka_unit_test(floats_become_the_nearest_number_and_ties_the_even_one),
        cmocka_unit_test(a_pair_holds_the_first_number_in_the_lower_half),
        cmocka_unit_test(products_are_added_with_one_rounding_and_tiny_ones_are_zero),
        cmocka_unit_test(of_a_pair_the_second_product_comes_first),
        cmocka_unit_test(each_table_of_this_machine_passes),
        cmocka_unit_test(other_arithmetic_does_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
