/* JPEG files that are decoded at a reduced scale, where they are wanted small: the images are almost those of the whole
 * pictures. */
#define _GNU_SOURCE
#include "data/prepare.h"

#include "data/image_files.h"

#include <math.h>
#include <stdlib.h>

enum { WIDTH = 403, HEIGHT = 301 };

/* Of the levels 0..255, the most that a value may be off: what is reduced eightfold is the means of blocks, of which those at
 * the edges are partly outside of the picture. */
static const int most_off[] = {[0] = 0, [2] = 4, [4] = 4, [8] = 10};

/* Waves of each colour, some of them short. */
static void write_waves(const char *path) {
    uint8_t *pixels = malloc(WIDTH * HEIGHT * 3), *to = pixels;
    assert_non_null(pixels);
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            for (int c = 0; c < 3; c++)
                *to++ = (uint8_t)(128 + 70 * sin(x / (9.0 + 5 * c)) + 50 * cos(y / 13.0 + c));
    write_jpeg(path, WIDTH, HEIGHT, 3, JCS_RGB, false, pixels);
    free(pixels);
}

/* Say in the file how it is to be turned. */
static void turn(const char *folder, const char *path, const char *name, char orientation) {
    char exif[] = "\xff\xe1\x00\x22"
                  "Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0?\0\0\0\0\0\0";
    enum { START = 2, LENGTH = 36, AT = 28 };
    cnn_bytes file;
    assert_int_equal(cnn_file_read(path, &file, NULL), CNN_OK);
    uint8_t *turned = malloc(file.size + LENGTH);
    assert_non_null(turned);
    exif[AT] = orientation;
    memcpy(turned, file.data, START);
    memcpy(turned + START, exif, LENGTH);
    memcpy(turned + START + LENGTH, file.data + START, file.size - START);
    scratch_write(folder, name, turned, file.size + LENGTH);
    free(turned);
    cnn_free(file.data);
}

static cnn_image load(const char *path, const cnn_image_options *options) {
    cnn_image image;
    cnn_error error = {0};
    if (cnn_image_load(path, options, &image, &error) != CNN_OK)
        fail_msg("%s", error.message);
    return image;
}

/* Decoded for these options and prepared it is what the whole picture becomes, but for a few levels. */
static void reduced_by(const char *path, const cnn_image_options *options, int reduction) {
    cnn_image whole = load(path, NULL), image = load(path, options);
    const int64_t shape[3] = {options->channels, options->height, options->width},
                  count = shape[0] * shape[1] * shape[2];
    uint8_t *expected = malloc((size_t)count), *found = malloc((size_t)count);
    assert_true(expected && found);
    assert_int_equal(image.reduction, reduction);
    assert_int_equal(image.picture.height, whole.height);
    assert_int_equal(image.picture.width, whole.width);
    assert_int_equal(image.height, reduction ? (whole.height + reduction - 1) / reduction : whole.height);
    assert_int_equal(image.width, reduction ? (whole.width + reduction - 1) / reduction : whole.width);
    assert_int_equal(cnn_prepare(&whole, options, shape, expected, NULL), CNN_OK);
    assert_int_equal(cnn_prepare(&image, options, shape, found, NULL), CNN_OK);
    double sum = 0;
    for (int64_t i = 0; i < count; i++) {
        const int off = abs(found[i] - expected[i]);
        if (off > most_off[reduction])
            fail_msg("by %d: value %d of %dx%d is %d off", reduction, (int)i, (int)shape[1], (int)shape[2],
                     off);
        sum += off;
    }
    assert_true(sum / (double)count < 1.2);
    free(expected);
    free(found);
    cnn_free(whole.pixels);
    cnn_free(image.pixels);
}

static void a_picture_stays_twice_as_large_as_it_is_wanted(void **state) {
    char path[PATH_BYTES];
    write_waves(scratch_path(*state, "waves.jpg", path));
    reduced_by(path, &(cnn_image_options){.channels = 3, .height = 16, .width = 24}, 8);
    reduced_by(path, &(cnn_image_options){.channels = 3, .height = 30, .width = 40}, 4);
    reduced_by(path, &(cnn_image_options){.channels = 1, .height = 30, .width = 40, .invert = true}, 4);
    reduced_by(path, &(cnn_image_options){.channels = 3, .height = 75, .width = 90}, 2);
    reduced_by(path, &(cnn_image_options){.channels = 3, .height = 76, .width = 90}, 0);
}

static void a_short_side_counts_where_it_is_resized(void **state) {
    char path[PATH_BYTES];
    write_waves(scratch_path(*state, "waves.jpg", path));
    reduced_by(path, &(cnn_image_options){.channels = 3, .height = 32, .width = 32, .resize = 36}, 4);
    reduced_by(path, &(cnn_image_options){.channels = 3, .height = 32, .width = 32, .resize = 76}, 0);
    reduced_by(path, &(cnn_image_options){.channels = 1, .height = 28, .width = 28, .centre = true}, 0);
}

/* Upright it is 403 high and 301 wide. */
static void a_turned_picture_is_measured_upright(void **state) {
    char path[PATH_BYTES], turned[PATH_BYTES];
    write_waves(scratch_path(*state, "waves.jpg", path));
    turn(*state, path, "turned.jpg", 6);
    scratch_path(*state, "turned.jpg", turned);
    reduced_by(turned, &(cnn_image_options){.channels = 3, .height = 100, .width = 20}, 2);
    reduced_by(turned, &(cnn_image_options){.channels = 3, .height = 20, .width = 100}, 0);
    reduced_by(turned, &(cnn_image_options){.channels = 3, .height = 24, .width = 24, .resize = 30}, 4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        with_scratch(a_picture_stays_twice_as_large_as_it_is_wanted),
        with_scratch(a_short_side_counts_where_it_is_resized),
        with_scratch(a_turned_picture_is_measured_upright),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
