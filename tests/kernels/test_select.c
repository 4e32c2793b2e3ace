/* Which table of kernels is used: the best one, or what CNN_CPU names. */
#define _GNU_SOURCE
#include "cnn.h"
#include "kernels/kernels.h"
#include "support/cmocka.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_TABLES = 8 };

static void each_name_selects_its_table(void **state) {
    (void)state;
    const cnn_kernels *tables[MAX_TABLES];
    const int count = cnn_kernels_available(tables, MAX_TABLES);
    assert_true(count >= 1);
    for (int i = 0; i < count; i++) {
        cnn_error error;
        setenv("CNN_CPU", tables[i]->name, 1);
        assert_ptr_equal(cnn_kernels_select(&error), tables[i]);
        assert_string_equal(cnn_cpu(&error), tables[i]->name);
    }
}

static void names_differ_and_none_is_the_reference(void **state) {
    (void)state;
    const cnn_kernels *tables[MAX_TABLES];
    const int count = cnn_kernels_available(tables, MAX_TABLES);
    for (int i = 0; i < count; i++) {
        assert_ptr_not_equal(tables[i], &cnn_kernels_reference);
        for (int j = 0; j < i; j++)
            assert_string_not_equal(tables[i]->name, tables[j]->name);
    }
}

static void without_a_name_the_best_is_used(void **state) {
    (void)state;
    const cnn_kernels *tables[MAX_TABLES];
    const int count = cnn_kernels_available(tables, MAX_TABLES);
    unsetenv("CNN_CPU");
    assert_ptr_equal(cnn_kernels_select(NULL), tables[count - 1]);
}

static void an_unknown_name_is_an_error_that_names_the_known(void **state) {
    (void)state;
    cnn_error error = {0};
    setenv("CNN_CPU", "avx1024", 1);
    assert_null(cnn_kernels_select(&error));
    assert_int_equal(error.status, CNN_ERROR_ARGUMENT);
    assert_non_null(strstr(error.message, "CNN_CPU"));
    assert_non_null(strstr(error.message, "avx1024"));
    assert_non_null(strstr(error.message, "scalar"));
    assert_null(cnn_cpu(&error));
    assert_null(cnn_kernels_select(NULL));
}

static int forget(void **state) {
    (void)state;
    return unsetenv("CNN_CPU");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(each_name_selects_its_table, forget),
        cmocka_unit_test(names_differ_and_none_is_the_reference),
        cmocka_unit_test(without_a_name_the_best_is_used),
        cmocka_unit_test_teardown(an_unknown_name_is_an_error_that_names_the_known, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
