/* Files in every format: what Pillow sees in them, and what happens when they are damaged. */
#define _GNU_SOURCE
#include "data/formats.h"

#include "base/file.h"
#include "data/image_files.h"
#include "data/prepare.h"
#include "data/silence.h"

#include <ctype.h>

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

/* A format that this build lacks says so; every other one gives Pillow's pixels. */
static void equals_pillow(void **state) {
    (void)state;
    for (int i = 0; i < PICTURES; i++) {
        const cnn_format *format = cnn_format_of(golden_pictures[i].file, golden_pictures[i].size);
        cnn_image image;
        cnn_error error = {0};
        if (!format)
            fail_msg("%s: not recognised", golden_pictures[i].name);
        cnn_status status = unpack(i, golden_pictures[i].size, &image, &error);
        if (!format->decode) {
            assert_int_equal(status, CNN_ERROR_UNSUPPORTED);
            assert_says(&error, format->package);
            continue;
        }
        if (status != CNN_OK)
            fail_msg("%s", error.message);
        assert_same_pixels(i, &image);
        cnn_free(image.pixels);
    }
}

/* ---- What the list of formats must be followed by --------------------------------------------------- */

typedef struct listed_format {
    const char *name, *endings;
} listed_format;

#define LISTED(decoder, name, endings, ...) {name, endings},
static const listed_format listed[] = {CNN_FORMAT_LIST(LISTED, LISTED)};
enum { LISTED_FORMATS = sizeof listed / sizeof listed[0] };

static void every_format_has_sample_pictures(void **state) {
    (void)state;
    for (int f = 0; f < LISTED_FORMATS; f++) {
        bool found = false;
        for (int i = 0; i < PICTURES; i++) {
            const cnn_format *format = cnn_format_of(golden_pictures[i].file, golden_pictures[i].size);
            found |= format && strcmp(format->name, listed[f].name) == 0;
        }
        if (!found)
            fail_msg("%s has no sample in tests/golden/pictures.h: run tools/golden_pictures.py",
                     listed[f].name);
    }
}

static void every_format_is_documented(void **state) {
    (void)state;
    cnn_error error = {0};
    cnn_bytes document;
    char path[PATH_BYTES], row[PATH_BYTES];
    snprintf(path, sizeof path, "%s/docs/data.md", getenv("CNN_SOURCE_DIR"));
    if (cnn_file_read(path, &document, &error) != CNN_OK)
        fail_msg("%s", error.message);
    for (int f = 0; f < LISTED_FORMATS; f++) {
        snprintf(row, sizeof row, "\n| %s | `%s` |", listed[f].name, listed[f].endings);
        if (!memmem(document.data, document.size, row, strlen(row)))
            fail_msg("docs/data.md lacks the row of %s:%s", listed[f].name, row);
    }
    cnn_free(document.data);
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

/* Whether a file with this ending, `length` long, is taken for a picture. */
static bool ending_is_known(const char *ending, size_t length, bool upper) {
    char name[32];
    snprintf(name, sizeof name, "x/a%.*s", (int)length, ending);
    for (char *c = strrchr(name, '.'); upper && *c; c++)
        *c = (char)toupper(*c);
    return cnn_is_image_name(name);
}

static void endings_of_pictures_in_either_case(void **state) {
    (void)state;
    for (int f = 0; f < LISTED_FORMATS; f++)
        for (const char *ending = listed[f].endings; *ending;) {
            const size_t length = strcspn(ending, " ");
            assert_true(ending_is_known(ending, length, false));
            assert_true(ending_is_known(ending, length, true));
            ending += length + strspn(ending + length, " ");
        }
    static const char *const no[] = {"png", "a.pn", "a.pngx", "a.heic", "a.png/b", "a.", ""};
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        assert_false(cnn_is_image_name(no[i]));
}

/* "A, B or C". */
static void names_of_all_formats(void **state) {
    (void)state;
    char text[CNN_FORMAT_TEXT];
    const char *at = text;
    cnn_format_names(text);
    for (int f = 0; f < LISTED_FORMATS; f++) {
        const char *before = f == 0 ? "" : f == LISTED_FORMATS - 1 ? " or " : ", ";
        assert_memory_equal(at, before, strlen(before));
        at += strlen(before);
        assert_memory_equal(at, listed[f].name, strlen(listed[f].name));
        at += strlen(listed[f].name);
    }
    assert_string_equal(at, "");
}

static void endings_of_all_formats(void **state) {
    (void)state;
#define ENDINGS(decoder, name, endings, ...) " " endings
    char text[CNN_FORMAT_TEXT];
    cnn_format_endings(text);
    assert_string_equal(text, &CNN_FORMAT_LIST(ENDINGS, ENDINGS)[1]);
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
        cmocka_unit_test(equals_pillow),
        cmocka_unit_test(every_format_has_sample_pictures),
        cmocka_unit_test(every_format_is_documented),
        with_scratch(truncated_at_each_byte),
        with_scratch(damaged_bits),
        cmocka_unit_test(endings_of_pictures_in_either_case),
        cmocka_unit_test(names_of_all_formats),
        cmocka_unit_test(endings_of_all_formats),
        cmocka_unit_test(a_bitmap_without_rows_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
