/* QOI: each kind of chunk by hand, and what is refused. */
#include "data/image.h"

#include "base/memory.h"
#include "support/cmocka.h"

#include <string.h>

enum { BYTES = 37, WIDTH = 6, HEIGHT = 2 };

static const uint8_t whole[BYTES] = {
    'q',  'o',  'i', 'f',               /* 0 */
    0,    0,    0,   WIDTH,             /* 4 */
    0,    0,    0,   HEIGHT,            /* 8 */
    3,    0,                            /* 12: channels, colour space */
    0xc1,                               /* 14: twice the pixel that all begins with, black */
    0xfe, 10,   20,  30,                /* 15: a colour; its place among the recent ones is 9 */
    0x72,                               /* 19: +1, -2, +0 */
    0xb4, 0x0f,                         /* 20: green +20, red 8 less than that, blue 7 more */
    0x09,                               /* 22: the colour at place 9 */
    0xfe, 255,  0,   1,                 /* 23 */
    0x74,                               /* 27: +1, -1, -2, modulo 256 */
    0xc3,                               /* 28: four times more */
    0,    0,    0,   0,      0, 0, 0, 1 /* 29: the end */
};

static cnn_status unpack(const uint8_t *bytes, size_t size, int64_t max_pixels, cnn_image *image,
                         cnn_error *error) {
    const cnn_image_options options = {.max_pixels = max_pixels};
    return cnn_image_unpack(bytes, size, "x.qoi", &options, image, error);
}

static void every_kind_of_chunk(void **state) {
    (void)state;
    static const uint8_t pixels[WIDTH * HEIGHT][3] = {
        {0, 0, 0},   {0, 0, 0},     {10, 20, 30},  {11, 18, 30},  {23, 38, 57},  {10, 20, 30},
        {255, 0, 1}, {0, 255, 255}, {0, 255, 255}, {0, 255, 255}, {0, 255, 255}, {0, 255, 255}};
    cnn_image image;
    cnn_error error = {0};
    if (unpack(whole, BYTES, 0, &image, &error) != CNN_OK)
        fail_msg("%s", error.message);
    assert_int_equal(image.height, HEIGHT);
    assert_int_equal(image.width, WIDTH);
    assert_int_equal(image.channels, 3);
    assert_memory_equal(image.pixels, pixels, sizeof pixels);
    cnn_free(image.pixels);
}

static void expect_refusal(const uint8_t *bytes, size_t size, int64_t max_pixels, const char *message) {
    cnn_image image;
    cnn_error error = {0};
    assert_int_equal(unpack(bytes, size, max_pixels, &image, &error), CNN_ERROR_FORMAT);
    if (!strstr(error.message, message))
        fail_msg("'%s' does not hold '%s'", error.message, message);
    assert_null(image.pixels);
}

static void a_wrong_byte_is_refused(void **state) {
    (void)state;
    static const char range[] = "x.qoi: damaged QOI: its size, channels or colour space are out of range";
    static const char few[] = "x.qoi: damaged QOI: the file ends before its pixels do";
    static const char many[] = "x.qoi: damaged QOI: it has more pixels than its header says";
    static const char no_end[] = "x.qoi: damaged QOI: the file is truncated, or has bytes behind its end";
    static const struct {
        int at;
        uint8_t byte;
        const char *message;
    } wrong[] = {
        {7, 0, range},  /* no columns */
        {11, 0, range}, /* no rows */
        {12, 2, range},   {12, 5, range},
        {13, 2, range},   {4, 0xff, few}, /* 4 278 190 086 columns take a longer file */
        {28, 0xc2, few},                  /* one pixel is missing */
        {28, 0xfe, few},                  /* a colour whose bytes are missing */
        {28, 0xc4, many},                 /* a run that passes the last pixel */
        {11, 1, many},                    /* chunks are left */
        {36, 0, no_end},  {29, 1, no_end},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        uint8_t bytes[BYTES];
        memcpy(bytes, whole, BYTES);
        bytes[wrong[i].at] = wrong[i].byte;
        expect_refusal(bytes, BYTES, 0, wrong[i].message);
    }
}

static void a_truncated_file_is_refused(void **state) {
    (void)state;
    expect_refusal(whole, 13, 0, "the file is truncated");
    expect_refusal(whole, 21, 0, "the file is truncated");
    expect_refusal(whole, 22, 0, "the file ends before its pixels do");
    expect_refusal(whole, BYTES - 1, 0, "the file is truncated, or has bytes behind its end");
}

static void more_pixels_than_are_accepted(void **state) {
    (void)state;
    expect_refusal(whole, BYTES, WIDTH * HEIGHT - 1,
                   "declares 6 x 2 pixels; at most 11 in total are accepted");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_chunk),
        cmocka_unit_test(a_wrong_byte_is_refused),
        cmocka_unit_test(a_truncated_file_is_refused),
        cmocka_unit_test(more_pixels_than_are_accepted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
