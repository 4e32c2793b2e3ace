/* Allocation: zeroed, aligned, checked. */
#include "base/memory.h"
#include "support/cmocka.h"

#include <string.h>

static void memory_is_zeroed_and_aligned(void **state) {
    (void)state;
    for (size_t count = 0; count < 300; count++) {
        unsigned char *memory = cnn_allocate(count, 1, "a test", NULL);
        assert_non_null(memory);
        assert_int_equal((uintptr_t)memory % CNN_ALIGNMENT, 0);
        for (size_t i = 0; i < count; i++)
            assert_int_equal(memory[i], 0);
        memset(memory, 0xff, count);
        cnn_free(memory);
    }
}

static void sizes_that_overflow_are_refused(void **state) {
    (void)state;
    cnn_error error;
    assert_null(cnn_allocate(SIZE_MAX / 2, 3, "the weights", &error));
    assert_int_equal(error.status, CNN_ERROR_MEMORY);
    assert_non_null(strstr(error.message, "the weights"));
    assert_null(cnn_allocate(SIZE_MAX, 1, "a test", NULL));
    assert_null(cnn_allocate(SIZE_MAX / 16 + 1, 16, "a test", NULL));
}

static void products_that_overflow_are_refused(void **state) {
    (void)state;
    int64_t product = 7;
    assert_true(cnn_multiply(INT64_C(1) << 31, INT64_C(1) << 31, &product));
    assert_true(product == INT64_C(1) << 62);
    assert_true(cnn_multiply(INT64_MAX, 1, &product));
    assert_true(cnn_multiply(INT64_MAX, 0, &product));
    assert_int_equal(product, 0);
    assert_false(cnn_multiply(INT64_C(1) << 32, INT64_C(1) << 31, &product));
    assert_false(cnn_multiply(INT64_MAX, 2, &product));
    assert_false(cnn_multiply(-1, 1, &product));
    assert_false(cnn_multiply(1, -1, &product));
}

static void arrays_grow_and_keep_what_they_hold(void **state) {
    (void)state;
    int64_t *values = NULL, capacity = 0;
    for (int64_t count = 0; count < 1000; count++) {
        assert_int_equal(cnn_grow((void **)&values, count, &capacity, sizeof *values, "a test", NULL),
                         CNN_OK);
        assert_true(capacity > count);
        values[count] = count * count;
    }
    for (int64_t i = 0; i < 1000; i++)
        assert_int_equal(values[i], i * i);
    cnn_free(values);
}

static void strings_are_copied(void **state) {
    (void)state;
    char original[] = "conv_1";
    char *copy = cnn_copy_string(original, NULL);
    original[0] = 'x';
    assert_string_equal(copy, "conv_1");
    cnn_free(copy);
    assert_null(cnn_copy_string(NULL, NULL));
}

static void some_memory_is_available(void **state) {
    (void)state;
    assert_true(cnn_memory_available() > 1 << 20);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_and_aligned),
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(products_that_overflow_are_refused),
        cmocka_unit_test(arrays_grow_and_keep_what_they_hold),
        cmocka_unit_test(strings_are_copied),
        cmocka_unit_test(some_memory_is_available),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
