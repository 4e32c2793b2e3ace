/* Growing texts and the nearest word. */
#include "base/memory.h"
#include "base/text.h"
#include "support/cmocka.h"

#include <string.h>

static const char *const words[] = {"conv",    "relu",  "maxpool", "avgpool",
                                    "flatten", "dense", "dropout", NULL};

static void the_word_that_was_meant(void **state) {
    (void)state;
    assert_string_equal(cnn_nearest_word("maxpol", words), "maxpool");
    assert_string_equal(cnn_nearest_word("maxpoool", words), "maxpool");
    assert_string_equal(cnn_nearest_word("avgpol", words), "avgpool");
    assert_string_equal(cnn_nearest_word("flaten", words), "flatten");
    assert_string_equal(cnn_nearest_word("denes", words), "dense");
    assert_string_equal(cnn_nearest_word("conv", words), "conv");
}

static void no_word_is_near(void **state) {
    (void)state;
    static const char *const none[] = {NULL};
    assert_null(cnn_nearest_word("xyzzy", words));
    assert_null(cnn_nearest_word("", words));
    assert_null(cnn_nearest_word("conv", none));
    assert_null(cnn_nearest_word("a word that is longer than any word that the table could hold", words));
}

static void appending_grows_the_text(void **state) {
    (void)state;
    cnn_text text = {0};
    for (int i = 0; i < 1000; i++)
        cnn_text_append(&text, "%d,", i);
    cnn_text_append_bytes(&text, "end", 3);
    assert_false(text.failed);
    assert_int_equal(text.length, 10 * 2 + 90 * 3 + 900 * 4 + 3);
    assert_int_equal(strlen(text.data), text.length);
    assert_memory_equal(text.data, "0,1,2,3,4,5,6,7,8,9,10,11,", 26);
    assert_string_equal(text.data + text.length - 7, "999,end");
    cnn_free(text.data);
}

static void bytes_may_hold_zeros(void **state) {
    (void)state;
    cnn_text text = {0};
    cnn_text_append_bytes(&text, "a\0b", 3);
    cnn_text_append_bytes(&text, "", 0);
    assert_int_equal(text.length, 3);
    assert_memory_equal(text.data, "a\0b", 4);
    cnn_free(text.data);
}

static void nothing_is_appended_after_a_failure(void **state) {
    (void)state;
    cnn_text text = {.failed = true};
    cnn_text_append(&text, "lost");
    assert_true(text.failed);
    assert_null(text.data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_word_that_was_meant),
        cmocka_unit_test(no_word_is_near),
        cmocka_unit_test(appending_grows_the_text),
        cmocka_unit_test(bytes_may_hold_zeros),
        cmocka_unit_test(nothing_is_appended_after_a_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
