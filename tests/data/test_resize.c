/* Resizing and changing colours, against Pillow's values to the last bit. */
#include "support/cmocka.h"

#include "base/memory.h"
#include "data/prepare.h"

#include "data/image_pattern.h"

#include <string.h>

#include "golden/resize.h"

static const cnn_image_options squash = {0};

static void equals_pillow(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof golden_resize / sizeof golden_resize[0]; i++) {
        const int64_t *before = golden_resize[i].before, *after = golden_resize[i].after;
        uint8_t from[41 * 37 * 3], to[256];
        fill_pattern(from, before[0] * before[1] * before[2]);
        cnn_image image = {.height = before[0], .width = before[1], .channels = before[2], .pixels = from};
        const int64_t shape[3] = {after[2], after[0], after[1]};
        assert_int_equal(cnn_prepare(&image, &squash, shape, to, NULL), CNN_OK);
        assert_memory_equal(to, golden_resize[i].pixels, (size_t)(after[0] * after[1] * after[2]));
    }
}

/* A filter that lost or gained brightness would show on an even image. */
static void keeps_an_even_image_even(void **state) {
    (void)state;
    uint8_t from[13 * 17], to[31 * 31];
    for (int value = 0; value <= 255; value += 15)
        for (int64_t size = 1; size <= 31; size += 5) {
            for (size_t i = 0; i < sizeof from; i++)
                from[i] = (uint8_t)value;
            cnn_image image = {.height = 13, .width = 17, .channels = 1, .pixels = from};
            assert_int_equal(cnn_prepare(&image, &squash, (const int64_t[]){1, size, 32 - size}, to, NULL),
                             CNN_OK);
            for (int64_t i = 0; i < size * (32 - size); i++)
                assert_int_equal(to[i], value);
        }
}

static void channels_that_do_not_convert(void **state) {
    (void)state;
    uint8_t from[2] = {0}, to[3];
    cnn_image image = {.height = 1, .width = 1, .channels = 2, .pixels = from};
    cnn_error error;
    assert_int_equal(cnn_prepare(&image, &squash, (const int64_t[]){3, 1, 1}, to, &error),
                     CNN_ERROR_ARGUMENT);
    assert_non_null(strstr(error.message, "2 channels cannot be converted to one of 3"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_pillow),
        cmocka_unit_test(keeps_an_even_image_even),
        cmocka_unit_test(channels_that_do_not_convert),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
