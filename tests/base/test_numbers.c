/* Small helpers on sizes, at the ends of their range. */
#include "base/numbers.h"
#include "support/cmocka.h"

static void the_smaller_and_the_larger_of_two_keep_all_64_bits(void **state) {
    (void)state;
    assert_int_equal(cnn_min(INT64_MIN, 1), INT64_MIN);
    assert_int_equal(cnn_min(3, INT64_MAX), 3);
    assert_int_equal(cnn_max(INT64_MIN, 1), 1);
    assert_int_equal(cnn_max(3, INT64_MAX), INT64_MAX);
}

static void a_division_is_rounded_up_on_both_sides_of_zero(void **state) {
    (void)state;
    const int64_t expected[] = {-2, -1, -1, -1, 0, 0, 0, 1, 1, 1, 2}; /* of -6 .. 4 by 3 */
    for (int64_t a = -6; a <= 4; a++)
        assert_int_equal(cnn_ceil_div(a, 3), expected[a + 6]);
    assert_int_equal(cnn_ceil_div(INT64_MAX, INT64_MAX), 1);
}

static void a_size_is_rounded_up_to_a_multiple(void **state) {
    (void)state;
    assert_int_equal(cnn_round_up(0, 16), 0);
    assert_int_equal(cnn_round_up(1, 16), 16);
    assert_int_equal(cnn_round_up(16, 16), 16);
    assert_int_equal(cnn_round_up(17, 16), 32);
}

static void a_product_that_is_too_large_is_the_largest_number(void **state) {
    (void)state;
    assert_int_equal(cnn_saturated_product(1 << 20, (int64_t)1 << 42), (int64_t)1 << 62);
    assert_int_equal(cnn_saturated_product(1 << 21, (int64_t)1 << 42), INT64_MAX);
    assert_int_equal(cnn_saturated_product(0, INT64_MAX), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_smaller_and_the_larger_of_two_keep_all_64_bits),
        cmocka_unit_test(a_division_is_rounded_up_on_both_sides_of_zero),
        cmocka_unit_test(a_size_is_rounded_up_to_a_multiple),
        cmocka_unit_test(a_product_that_is_too_large_is_the_largest_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
