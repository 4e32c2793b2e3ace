/* Files in every format: what Pillow sees in them, and what happens when they are damaged. */
#define _GNU_SOURCE
#include "data/formats.h"

#include "data/image_files.h"
#include "data/prepare.h"
#include "data/silence.h"

#include "golden/pictures.h"

enum { PICTURES = sizeof golden_pictures / sizeof golden_pictures[0], JPEG_TOLERANCE = 2 };

static cnn_status unpack(int i, size_t size, cnn_image *image, cnn_error *error) {
    return cnn_image_unpack(golden_pictures[i].file, size, golden_pictures[i].name, NULL, image, error);
}

/* Decoders of JPEG may differ in the last bits. */
static void assert_same_pixels(int i, const cnn_image *image) {
    const int64_t *shape = golden_pictures[i].shape;
    const int tolerance = strncmp(golden_pictures[i].name, "JPEG", 4) == 0 ? JPEG_TOLERANCE : 0;
    if (image->height != shape[0] || image->width != shape[1] || image->channels != shape[2])
        fail_msg("%s: %d x %d x %d", golden_pictures[i].name, (int)image->height, (int)image->width,
                 (int)image->channels);
    for (int64_t p = 0; p < shape[0] * shape[1] * shape[2]; p++)
        if (abs(image->pixels[p] - golden_pictures[i].pixels[p]) > tolerance)
            fail_msg("%s: value %d is %d, expected %d", golden_pictures[i].name, (int)p, image->pixels[p],
                     golden_pictures[i].pixels[p]);
}

static void equals_pillow(void **state) {
    (void)state;
    int read = 0;
    for (int i = 0; i < PICTURES; i++) {
        cnn_image image;
        cnn_error error = {0};
        cnn_status status = unpack(i, golden_pictures[i].size, &image, &error);
        if (status == CNN_ERROR_UNSUPPORTED) { /* built without that library */
            assert_says(&error, "was built without lib");
            continue;
        }
        if (status != CNN_OK)
            fail_msg("%s", error.message);
        assert_same_pixels(i, &image);
        cnn_free(image.pixels);
        read++;
    }
    assert_true(read > PICTURES / 3);
}

/* An error or an image, but no crash and nothing printed. */
static void decode(const uint8_t *bytes, size_t size) {
    cnn_image image;
    cnn_error error;
    cnn_status status = cnn_image_unpack(bytes, size, "x", NULL, &image, &error);
    assert_true((status == CNN_OK) == (image.pixels != NULL));
    if (status != CNN_OK)
        assert_says(&error, "x: ");
    cnn_free(image.pixels);
}

static void decode_truncated(const char *unused) {
    (void)unused;
    for (int i = 0; i < PICTURES; i++)
        for (size_t size = 0; size < golden_pictures[i].size; size++)
            decode(golden_pictures[i].file, size);
}

static void decode_damaged(const char *unused) {
    (void)unused;
    for (int i = 0; i < PICTURES; i++) {
        uint8_t *bytes = cnn_allocate(golden_pictures[i].size, 1, "a file", NULL);
        assert_non_null(bytes);
        memcpy(bytes, golden_pictures[i].file, golden_pictures[i].size);
        for (size_t bit = 0; bit < 8 * golden_pictures[i].size; bit += 3) {
            bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
            decode(bytes, golden_pictures[i].size);
            bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        cnn_free(bytes);
    }
}

static void truncated_at_each_byte(void **state) {
    assert_int_equal(printed_by(decode_truncated, *state), 0);
}

static void damaged_bits(void **state) {
    assert_int_equal(printed_by(decode_damaged, *state), 0);
}

static void names_of_pictures(void **state) {
    (void)state;
    static const char *const yes[] = {"a.png", "b.JPG", "c.jpeg", "d.JFIF", "e.jpe", "x/f.webp",
                                      "g.bmp", "h.gif", "i.TIFF", "j.tif",  "k.ppm"};
    static const char *const no[] = {"png", "a.pn", "a.pngx", "a.heic", "a.png/b", "a.", ""};
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
        assert_true(cnn_is_image_name(yes[i]));
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        assert_false(cnn_is_image_name(no[i]));
}

static void lists_all_formats(void **state) {
    (void)state;
    char text[CNN_FORMAT_TEXT];
    cnn_format_names(text);
    assert_string_equal(text, "PNG, JPEG, WebP, BMP, GIF, TIFF or PNM");
    cnn_format_endings(text);
    assert_string_equal(text, ".png .jpg .jpeg .jpe .jfif .webp .bmp .dib .gif .tif .tiff .pgm .ppm .pnm");
}

/* A header alone, of an image that is one pixel wide. */
static void a_bitmap_without_rows_is_refused(void **state) {
    (void)state;
    uint8_t bytes[58] = {'B', 'M', [10] = 54, [14] = 40, [18] = 1, [26] = 1, [28] = 24};
    cnn_image image;
    cnn_error error = {0};
    assert_int_equal(cnn_image_unpack(bytes, sizeof bytes, "x.bmp", NULL, &image, &error), CNN_ERROR_FORMAT);
    assert_says(&error, "its size, palette or pixels are out of range");
    bytes[22] = 1; /* one row, and all is well */
    assert_int_equal(cnn_image_unpack(bytes, sizeof bytes, "x.bmp", NULL, &image, &error), CNN_OK);
    cnn_free(image.pixels);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_pillow),     with_scratch(truncated_at_each_byte),
        with_scratch(damaged_bits),          cmocka_unit_test(names_of_pictures),
        cmocka_unit_test(lists_all_formats), cmocka_unit_test(a_bitmap_without_rows_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
