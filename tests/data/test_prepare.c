/* From a decoded picture to the image that a network takes. */
#define _GNU_SOURCE
#include "data/prepare.h"

#include "data/image_files.h"
#include "data/image_pattern.h"

#include "golden/crop.h"

#include <math.h>

/* What prepare makes of an image of this shape; `to` has room. */
static void prepared(const cnn_image *image, const cnn_image_options *options, uint8_t *to) {
    int64_t shape[3];
    cnn_error error = {0};
    assert_int_equal(cnn_prepare_check(options, &error), CNN_OK);
    cnn_prepare_shape(options, image, shape);
    if (cnn_prepare(image, options, shape, to, &error) != CNN_OK)
        fail_msg("%s", error.message);
}

static void resized_and_cropped_as_torchvision_does(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof golden_crop / sizeof golden_crop[0]; i++) {
        const int64_t *before = golden_crop[i].before;
        uint8_t from[256], to[64];
        fill_pattern(from, before[0] * before[1] * before[2]);
        cnn_image image = {.height = before[0], .width = before[1], .channels = before[2], .pixels = from};
        prepared(&image,
                 &(cnn_image_options){.resize = golden_crop[i].side,
                                      .height = golden_crop[i].height,
                                      .width = golden_crop[i].width},
                 to);
        assert_memory_equal(to, golden_crop[i].pixels,
                            (size_t)(golden_crop[i].height * golden_crop[i].width * before[2]));
    }
}

static void resize_alone_gives_a_square(void **state) {
    (void)state;
    int64_t shape[3];
    cnn_prepare_shape(&(cnn_image_options){.resize = 5},
                      &(cnn_image){.height = 7, .width = 12, .channels = 3}, shape);
    assert_memory_equal(shape, ((int64_t[]){3, 5, 5}), sizeof shape);
}

static void inverted_and_blue_first(void **state) {
    (void)state;
    uint8_t from[6] = {0, 10, 255, 1, 2, 3}, to[6];
    cnn_image image = {.height = 1, .width = 2, .channels = 3, .pixels = from};
    prepared(&image, &(cnn_image_options){.invert = true}, to);
    assert_memory_equal(to, ((uint8_t[]){255, 245, 0, 254, 253, 252}), 6);
    prepared(&image, &(cnn_image_options){.bgr = true}, to);
    assert_memory_equal(to, ((uint8_t[]){255, 10, 0, 3, 2, 1}), 6);
    assert_memory_equal(from, ((uint8_t[]){0, 10, 255, 1, 2, 3}), 6);
    prepared(&(cnn_image){.height = 1, .width = 2, .channels = 1, .pixels = from},
             &(cnn_image_options){.bgr = true}, to);
    assert_memory_equal(to, ((uint8_t[]){0, 10}), 2);
}

/* A bar of ink in a corner of a large sheet, with a grain that is no ink. */
static void drawing_is_centred_as_in_mnist(void **state) {
    (void)state;
    static uint8_t from[100 * 80], to[28 * 28];
    for (int i = 0; i < 100 * 80; i++)
        from[i] = (uint8_t)(i % 3);
    for (int y = 50; y < 90; y++)
        memset(from + 80 * y + 3, 200, 10);
    cnn_image image = {.height = 100, .width = 80, .channels = 1, .pixels = from};
    int64_t shape[3];
    cnn_prepare_shape(&(cnn_image_options){.centre = true}, &image, shape);
    assert_memory_equal(shape, ((int64_t[]){1, 28, 28}), sizeof shape);
    prepared(&image, &(cnn_image_options){.centre = true}, to);
    for (int y = 0; y < 28; y++) /* 40 x 10 became 20 x 5, which begins 2.5 left of the middle: 12 */
        for (int x = 0; x < 28; x++)
            assert_int_equal(to[28 * y + x], y >= 4 && y < 24 && x >= 12 && x < 17 ? 200 : 0);
}

/* More ink at one end moves that end to the middle. */
static void centre_of_mass_is_put_in_the_middle(void **state) {
    (void)state;
    uint8_t from[20 * 20] = {0}, to[28 * 28];
    for (int x = 0; x < 20; x++)
        from[20 * 9 + x] = x < 5 ? 250 : 90;
    prepared(&(cnn_image){.height = 20, .width = 20, .channels = 1, .pixels = from},
             &(cnn_image_options){.centre = true}, to);
    const double mean = (5 * 250 * 2.5 + 15 * 90 * 12.5) / (5 * 250 + 15 * 90);
    const int left = (int)lround(14 - mean), top = (int)lround(14 - 0.5);
    for (int x = 0; x < 28; x++)
        assert_int_equal(to[28 * top + x], x < left || x >= left + 20 ? 0 : x < left + 5 ? 250 : 90);
}

static void drawing_in_black_is_inverted_before_it_is_centred(void **state) {
    (void)state;
    uint8_t paper[40 * 40], ink[40 * 40], of_paper[28 * 28], of_ink[28 * 28];
    for (int i = 0; i < 40 * 40; i++) {
        ink[i] = i / 40 > 20 && i % 40 > 15 && i % 40 < 24 ? 255 : 0;
        paper[i] = (uint8_t)(255 - ink[i]);
    }
    prepared(&(cnn_image){.height = 40, .width = 40, .channels = 1, .pixels = ink},
             &(cnn_image_options){.centre = true}, of_ink);
    prepared(&(cnn_image){.height = 40, .width = 40, .channels = 1, .pixels = paper},
             &(cnn_image_options){.centre = true, .invert = true}, of_paper);
    assert_memory_equal(of_ink, of_paper, sizeof of_ink);
}

static void nothing_drawn_is_only_resized(void **state) {
    (void)state;
    uint8_t from[5 * 4], to[28 * 28];
    memset(from, 77, sizeof from);
    prepared(&(cnn_image){.height = 5, .width = 4, .channels = 1, .pixels = from},
             &(cnn_image_options){.centre = true}, to);
    for (int i = 0; i < 28 * 28; i++)
        assert_int_equal(to[i], 77);
}

/* ---- From files ------------------------------------------------------------------------------------ */

static cnn_bytes half_transparent_png(const char *folder, char path[PATH_BYTES]) {
    const uint8_t samples[8] = {10, 20, 30, 255, 200, 100, 0, 51};
    write_png(scratch_path(folder, "x.png", path), 2, 1,
              &(png_kind){PNG_COLOR_TYPE_RGB_ALPHA, 8, false, NULL}, samples, 8);
    cnn_bytes file;
    assert_int_equal(cnn_file_read(path, &file, NULL), CNN_OK);
    return file;
}

/* 0.2 of (200, 100, 0) over 0.8 of the background. */
static void transparent_pixels_lie_over_the_background(void **state) {
    static const struct {
        uint32_t background;
        uint8_t seen[3];
    } cases[] = {{0, {244, 224, 204}},
                 {0xff000000, {40, 20, 0}},
                 {0xff0000ff, {40, 20, 204}},
                 {0xffff8000, {244, 122, 0}}};
    char path[PATH_BYTES];
    cnn_bytes file = half_transparent_png(*state, path);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cnn_image_options options = {
            .channels = 3, .height = 1, .width = 2, .background = cases[i].background};
        float image[6];
        assert_int_equal(cnn_image_decode(file.data, file.size, NULL, &options, image, NULL), CNN_OK);
        for (int c = 0; c < 3; c++) {
            assert_true(image[2 * c] == (float)(10 + 10 * c) / 255.0f);
            assert_true(image[2 * c + 1] == (float)cases[i].seen[c] / 255.0f);
        }
    }
    cnn_free(file.data);
}

static void from_memory_is_as_from_a_file(void **state) {
    char path[PATH_BYTES];
    cnn_bytes file = half_transparent_png(*state, path);
    const cnn_image_options options = {
        .channels = 1, .height = 5, .width = 7, .resize = 6, .invert = true, .background = 0xff123456};
    float from_file[35], from_memory[35];
    assert_int_equal(cnn_image_read(path, &options, from_file, NULL), CNN_OK);
    assert_int_equal(cnn_image_decode(file.data, file.size, "x", &options, from_memory, NULL), CNN_OK);
    assert_memory_equal(from_file, from_memory, sizeof from_file);
    cnn_free(file.data);
}

static void rejected(const cnn_image_options *options, const char *message) {
    cnn_error error;
    float image[1];
    assert_int_equal(cnn_image_decode("", 0, NULL, options, image, &error), CNN_ERROR_ARGUMENT);
    assert_says(&error, message);
}

static void options_that_contradict(void **state) {
    (void)state;
    rejected(NULL, "must not be NULL");
    rejected(&(cnn_image_options){.channels = 1, .height = 1}, "at least 1x1x1, not 1x1x0");
    rejected(&(cnn_image_options){.channels = 2, .height = 1, .width = 1}, "not to 2 channels");
    rejected(&(cnn_image_options){.channels = 1, .height = 1, .width = 1, .resize = -1}, "not be negative");
    rejected(&(cnn_image_options){.channels = 1, .height = 1, .width = 1, .resize = 1, .centre = true},
             "not both");
}

static void limit_on_pixels_can_be_set(void **state) {
    char path[PATH_BYTES];
    cnn_bytes file = half_transparent_png(*state, path);
    cnn_image_options options = {.channels = 3, .height = 1, .width = 2, .max_pixels = 1};
    cnn_error error;
    float image[6];
    assert_int_equal(cnn_image_read(path, &options, image, &error), CNN_ERROR_FORMAT);
    assert_says(&error, "declares 2 x 1 pixels; at most 1 in total");
    options.max_pixels = 2;
    assert_int_equal(cnn_image_read(path, &options, image, &error), CNN_OK);
    cnn_free(file.data);
}

/* A picture of one row must not become one of billions of columns. */
static void resizing_stays_within_the_limit(void **state) {
    (void)state;
    uint8_t from[1000] = {0}, to[1];
    cnn_image image = {.height = 1, .width = 1000, .channels = 1, .pixels = from};
    cnn_error error;
    const int64_t shape[3] = {1, 1, 1};
    assert_int_equal(cnn_prepare(&image, &(cnn_image_options){.resize = 1000}, shape, to, &error),
                     CNN_ERROR_ARGUMENT);
    assert_says(&error, "1000 x 1 pixels with its shorter side resized to 1000");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resized_and_cropped_as_torchvision_does),
        cmocka_unit_test(resize_alone_gives_a_square),
        cmocka_unit_test(inverted_and_blue_first),
        cmocka_unit_test(drawing_is_centred_as_in_mnist),
        cmocka_unit_test(centre_of_mass_is_put_in_the_middle),
        cmocka_unit_test(drawing_in_black_is_inverted_before_it_is_centred),
        cmocka_unit_test(nothing_drawn_is_only_resized),
        with_scratch(transparent_pixels_lie_over_the_background),
        with_scratch(from_memory_is_as_from_a_file),
        cmocka_unit_test(options_that_contradict),
        with_scratch(limit_on_pixels_can_be_set),
        cmocka_unit_test(resizing_stays_within_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
