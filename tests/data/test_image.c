/* Decoding of PNG and JPEG: every kind of pixel, and every way to be damaged. */
#define _GNU_SOURCE
#include "data/prepare.h"

#include "data/image_files.h"
#include "data/silence.h"

#include <math.h>
#include <sys/resource.h>

enum { WIDTH = 5, HEIGHT = 4, PIXELS = WIDTH * HEIGHT };

static cnn_image load(const char *path) {
    cnn_image image;
    cnn_error error = {0};
    if (cnn_image_load(path, NULL, &image, &error) != CNN_OK)
        fail_msg("%s", error.message);
    assert_int_equal(image.width, WIDTH);
    assert_int_equal(image.height, HEIGHT);
    return image;
}

/* Write the samples as a PNG of this kind and compare what is decoded. */
static void png_gives(const char *folder, const png_kind *kind, const uint8_t *samples, size_t row,
                      int64_t channels, const uint8_t *expected) {
    char path[PATH_BYTES];
    write_png(scratch_path(folder, "image.png", path), WIDTH, HEIGHT, kind, samples, row);
    cnn_image image = load(path);
    assert_int_equal(image.channels, channels);
    assert_memory_equal(image.pixels, expected, (size_t)(PIXELS * channels));
    cnn_free(image.pixels);
}

/* Samples that are all different, as far as bytes can be. */
static void fill(uint8_t *samples, int count) {
    for (int i = 0; i < count; i++)
        samples[i] = (uint8_t)(37 * i + 11);
}

static void png_grey_and_colour(void **state) {
    uint8_t samples[PIXELS * 3];
    fill(samples, sizeof samples);
    for (int interlaced = 0; interlaced <= 1; interlaced++) {
        png_gives(*state, &(png_kind){PNG_COLOR_TYPE_GRAY, 8, interlaced, NULL}, samples, WIDTH, 1, samples);
        png_gives(*state, &(png_kind){PNG_COLOR_TYPE_RGB, 8, interlaced, NULL}, samples, 3 * WIDTH, 3,
                  samples);
    }
}

/* A value laid over white. */
static uint8_t over_white(uint8_t value, uint8_t alpha) {
    return (uint8_t)lround((value * alpha + 255 * (255 - alpha)) / 255.0);
}

static void png_with_alpha(void **state) {
    uint8_t samples[PIXELS * 4], colour[PIXELS * 3], grey[PIXELS];
    fill(samples, sizeof samples);
    for (int i = 0; i < PIXELS; i++)
        for (int c = 0; c < 3; c++)
            colour[3 * i + c] = over_white(samples[4 * i + c], samples[4 * i + 3]);
    png_gives(*state, &(png_kind){PNG_COLOR_TYPE_RGB_ALPHA, 8, false, NULL}, samples, 4 * WIDTH, 3, colour);
    for (int i = 0; i < PIXELS; i++)
        grey[i] = over_white(samples[2 * i], samples[2 * i + 1]);
    png_gives(*state, &(png_kind){PNG_COLOR_TYPE_GRAY_ALPHA, 8, false, NULL}, samples, 2 * WIDTH, 1, grey);
}

static void png_palette(void **state) {
    static const png_color palette[4] = {{1, 2, 3}, {40, 50, 60}, {255, 0, 128}, {7, 77, 177}};
    static const uint8_t seen[4][3] = {{1, 2, 3}, {147, 152, 157}, {255, 255, 255}, {7, 77, 177}};
    uint8_t samples[PIXELS], colour[PIXELS * 3];
    for (int i = 0; i < PIXELS; i++) {
        samples[i] = (uint8_t)(i * i % 4);
        memcpy(colour + 3 * i, seen[samples[i]], 3);
    }
    png_gives(*state, &(png_kind){PNG_COLOR_TYPE_PALETTE, 8, false, palette}, samples, WIDTH, 3, colour);
}

static void png_of_16_bits(void **state) {
    uint8_t samples[PIXELS * 2], grey[PIXELS];
    for (int i = 0; i < PIXELS; i++) {
        unsigned value = (unsigned)i * 3449; /* 0 .. 65531 */
        samples[2 * i] = (uint8_t)(value >> 8);
        samples[2 * i + 1] = (uint8_t)value;
        grey[i] = (uint8_t)((value * 255 + 32767) / 65535);
    }
    png_gives(*state, &(png_kind){PNG_COLOR_TYPE_GRAY, 16, false, NULL}, samples, 2 * WIDTH, 1, grey);
}

static void png_of_1_bit(void **state) {
    const uint8_t samples[HEIGHT] = {0xa8, 0x50, 0xf8, 0x00};
    uint8_t grey[PIXELS];
    for (int i = 0; i < PIXELS; i++)
        grey[i] = samples[i / WIDTH] & (0x80 >> i % WIDTH) ? 255 : 0;
    png_gives(*state, &(png_kind){PNG_COLOR_TYPE_GRAY, 1, false, NULL}, samples, 1, 1, grey);
}

/* JPEG loses something even at its best quality: smooth pixels stay within a few levels. */
static void jpeg_gives(const char *folder, int channels, J_COLOR_SPACE space, bool progressive,
                       const uint8_t *pixels, int64_t decoded_channels, const uint8_t *expected) {
    char path[PATH_BYTES];
    write_jpeg(scratch_path(folder, "image.jpg", path), WIDTH, HEIGHT, channels, space, progressive, pixels);
    cnn_image image = load(path);
    assert_int_equal(image.channels, decoded_channels);
    for (int64_t i = 0; i < PIXELS * decoded_channels; i++)
        assert_in_range(image.pixels[i] + 4, expected[i], expected[i] + 8);
    cnn_free(image.pixels);
}

static void jpeg_grey_and_colour(void **state) {
    uint8_t grey[PIXELS], colour[PIXELS * 3];
    for (int i = 0; i < PIXELS; i++) {
        grey[i] = (uint8_t)(40 + 8 * i);
        int slope = i / WIDTH + i % WIDTH; /* smooth, because colours are stored at half the resolution */
        const uint8_t pixel[3] = {(uint8_t)(200 - slope), 90, (uint8_t)(30 + slope)};
        memcpy(colour + 3 * i, pixel, 3);
    }
    for (int progressive = 0; progressive <= 1; progressive++) {
        jpeg_gives(*state, 1, JCS_GRAYSCALE, progressive, grey, 1, grey);
        jpeg_gives(*state, 3, JCS_RGB, progressive, colour, 3, colour);
    }
}

/* Four inks, stored as 255 - ink: colour = ink x black / 255. */
static void jpeg_of_four_inks(void **state) {
    uint8_t inks[PIXELS * 4], colour[PIXELS * 3];
    for (int i = 0; i < PIXELS; i++) {
        const uint8_t pixel[4] = {(uint8_t)(255 - 2 * i), 180, (uint8_t)(60 + 2 * i), 200};
        memcpy(inks + 4 * i, pixel, 4);
        for (int c = 0; c < 3; c++)
            colour[3 * i + c] = (uint8_t)(pixel[c] * 200 / 255);
    }
    jpeg_gives(*state, 4, JCS_CMYK, false, inks, 3, colour);
}

static void reads_floats_of_a_shape(void **state) {
    char path[PATH_BYTES];
    uint8_t samples[PIXELS * 3];
    float image[3 * PIXELS], grey[6];
    fill(samples, sizeof samples);
    write_png(scratch_path(*state, "image.png", path), WIDTH, HEIGHT,
              &(png_kind){PNG_COLOR_TYPE_RGB, 8, false, NULL}, samples, 3 * WIDTH);
    assert_int_equal(cnn_image_read(path,
                                    &(cnn_image_options){.channels = 3, .height = HEIGHT, .width = WIDTH},
                                    image, NULL),
                     CNN_OK);
    for (int c = 0; c < 3; c++)
        for (int i = 0; i < PIXELS; i++)
            assert_true(image[c * PIXELS + i] == (float)samples[3 * i + c] / 255.0f);
    uint8_t small[6];
    cnn_image decoded = {.height = HEIGHT, .width = WIDTH, .channels = 3, .pixels = samples};
    const int64_t shape[3] = {1, 3, 2};
    assert_int_equal(cnn_prepare(&decoded, &(cnn_image_options){0}, shape, small, NULL), CNN_OK);
    assert_int_equal(
        cnn_image_read(path, &(cnn_image_options){.channels = 1, .height = 3, .width = 2}, grey, NULL),
        CNN_OK);
    for (int i = 0; i < 6; i++)
        assert_true(grey[i] == (float)small[i] / 255.0f);
}

/* ---- Bad input ---- */

static void file_that_cannot_be_read(void **state) {
    char path[PATH_BYTES];
    float value[1];
    cnn_error error;
    const cnn_image_options options = {.channels = 1, .height = 1, .width = 1};
    assert_int_equal(cnn_image_read(scratch_path(*state, "missing.png", path), &options, value, &error),
                     CNN_ERROR_IO);
    assert_says(&error, path);
    assert_says(&error, "No such file");
    assert_int_equal(cnn_image_read(*state, &options, value, &error), CNN_ERROR_IO);
    assert_says(&error, *state);
    assert_says(&error, "Is a directory");
    assert_int_equal(
        cnn_image_read(path, &(cnn_image_options){.channels = 1, .height = 0, .width = 1}, value, &error),
        CNN_ERROR_ARGUMENT);
    assert_says(&error, "1x0x1");
}

static void neither_png_nor_jpeg(void **state) {
    (void)state;
    cnn_image image;
    cnn_error error;
    assert_int_equal(cnn_image_unpack((const uint8_t *)"GUF89a", 6, "x.png", NULL, &image, &error),
                     CNN_ERROR_FORMAT);
    assert_says(&error, "x.png: not a PNG");
    assert_says(&error, "47 55 46 38");
    assert_int_equal(cnn_image_unpack((const uint8_t *)"", 0, "x.png", NULL, &image, &error),
                     CNN_ERROR_FORMAT);
    assert_says(&error, "0 bytes");
}

/* Decoding must fail at every length short of the whole, say so, and print nothing. */
static void fails_at_each_length(const char *path, const char *message) {
    cnn_bytes file;
    assert_int_equal(cnn_file_read(path, &file, NULL), CNN_OK);
    cnn_image image;
    for (size_t size = 4; size < file.size; size++) {
        cnn_error error;
        assert_int_equal(cnn_image_unpack(file.data, size, "x", NULL, &image, &error), CNN_ERROR_FORMAT);
        assert_null(image.pixels);
        assert_says(&error, message);
    }
    assert_int_equal(cnn_image_unpack(file.data, file.size, "x", NULL, &image, NULL), CNN_OK);
    cnn_free(image.pixels);
    cnn_free(file.data);
}

static void decode_truncated_files(const char *folder) {
    char path[PATH_BYTES];
    uint8_t pixels[PIXELS * 3];
    fill(pixels, sizeof pixels);
    write_png(scratch_path(folder, "image.png", path), WIDTH, HEIGHT,
              &(png_kind){PNG_COLOR_TYPE_RGB, 8, true, NULL}, pixels, 3 * WIDTH);
    fails_at_each_length(path, "x: damaged PNG");
    for (int progressive = 0; progressive <= 1; progressive++) {
        write_jpeg(scratch_path(folder, "image.jpg", path), WIDTH, HEIGHT, 3, JCS_RGB, progressive, pixels);
        fails_at_each_length(path, "x: damaged JPEG");
    }
}

static void truncated_at_each_byte(void **state) {
    assert_int_equal(printed_by(decode_truncated_files, *state), 0);
}

/* Every single bit wrong: an error or an image, but no crash, no print. */
static void decode_damaged_files(const char *folder) {
    char path[PATH_BYTES];
    uint8_t pixels[PIXELS * 3];
    fill(pixels, sizeof pixels);
    write_png(scratch_path(folder, "0", path), WIDTH, HEIGHT, &(png_kind){PNG_COLOR_TYPE_RGB, 8, false, NULL},
              pixels, 3 * WIDTH);
    write_jpeg(scratch_path(folder, "1", path), WIDTH, HEIGHT, 3, JCS_RGB, true, pixels);
    for (int i = 0; i < 2; i++) {
        cnn_bytes file;
        assert_int_equal(cnn_file_read(scratch_path(folder, i ? "1" : "0", path), &file, NULL), CNN_OK);
        for (size_t bit = 0; bit < 8 * file.size; bit++) {
            cnn_image image;
            file.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
            cnn_status status = cnn_image_unpack(file.data, file.size, "x", NULL, &image, NULL);
            assert_true((status == CNN_OK) == (image.pixels != NULL));
            cnn_free(image.pixels);
            file.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        cnn_free(file.data);
    }
}

static void damaged_at_each_bit(void **state) {
    assert_int_equal(printed_by(decode_damaged_files, *state), 0);
}

static void put_size(uint8_t *bytes, uint32_t width, uint32_t height) {
    for (int b = 0; b < 4; b++) {
        bytes[16 + b] = (uint8_t)(width >> (24 - 8 * b));
        bytes[20 + b] = (uint8_t)(height >> (24 - 8 * b));
    }
    uint32_t checksum = (uint32_t)crc32(0, bytes + 12, 17);
    for (int b = 0; b < 4; b++)
        bytes[29 + b] = (uint8_t)(checksum >> (24 - 8 * b));
}

/* A small file that declares a huge image must not take the memory of one. */
static void huge_png(void **state) {
    char path[PATH_BYTES];
    uint8_t samples[PIXELS] = {0};
    write_png(scratch_path(*state, "image.png", path), WIDTH, HEIGHT,
              &(png_kind){PNG_COLOR_TYPE_GRAY, 8, false, NULL}, samples, WIDTH);
    cnn_bytes file;
    cnn_image image;
    cnn_error error;
    struct rusage before, after;
    assert_int_equal(cnn_file_read(path, &file, NULL), CNN_OK);
    getrusage(RUSAGE_SELF, &before);
    put_size(file.data, 100000, 100000);
    assert_int_equal(cnn_image_unpack(file.data, file.size, "x", NULL, &image, &error), CNN_ERROR_FORMAT);
    assert_says(&error, "x: declares 100000 x 100000 pixels; at most 67108864 in total");
    put_size(file.data, 8000, 8000);
    assert_int_equal(cnn_image_unpack(file.data, file.size, "x", NULL, &image, &error), CNN_ERROR_FORMAT);
    assert_says(&error, "cannot hold its 8000 x 8000 pixels");
    getrusage(RUSAGE_SELF, &after);
    assert_true(after.ru_maxrss - before.ru_maxrss < 8 * 1024); /* KiB */
    cnn_free(file.data);
}

static void huge_jpeg(void **state) {
    char path[PATH_BYTES];
    uint8_t pixels[PIXELS] = {0};
    write_jpeg(scratch_path(*state, "image.jpg", path), WIDTH, HEIGHT, 1, JCS_GRAYSCALE, false, pixels);
    cnn_bytes file;
    cnn_image image;
    cnn_error error;
    assert_int_equal(cnn_file_read(path, &file, NULL), CNN_OK);
    uint8_t *frame = memmem(file.data, file.size, "\xff\xc0", 2);
    assert_non_null(frame);
    memcpy(frame + 5, "\xff\x00\xff\x00", 4); /* 65280 x 65280 */
    assert_int_equal(cnn_image_unpack(file.data, file.size, "x", NULL, &image, &error), CNN_ERROR_FORMAT);
    assert_says(&error, "x: declares 65280 x 65280 pixels");
    memcpy(frame + 5, "\x1f\x40\x1f\x40", 4); /* 8000 x 8000 */
    assert_int_equal(cnn_image_unpack(file.data, file.size, "x", NULL, &image, &error), CNN_ERROR_FORMAT);
    assert_says(&error, "cannot hold its 8000 x 8000 pixels");
    cnn_free(file.data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        with_scratch(png_grey_and_colour),
        with_scratch(png_with_alpha),
        with_scratch(png_palette),
        with_scratch(png_of_16_bits),
        with_scratch(png_of_1_bit),
        with_scratch(jpeg_grey_and_colour),
        with_scratch(jpeg_of_four_inks),
        with_scratch(reads_floats_of_a_shape),
        with_scratch(file_that_cannot_be_read),
        cmocka_unit_test(neither_png_nor_jpeg),
        with_scratch(truncated_at_each_byte),
        with_scratch(damaged_at_each_bit),
        with_scratch(huge_png),
        with_scratch(huge_jpeg),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
