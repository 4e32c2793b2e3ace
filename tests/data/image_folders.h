/* Small data sets of class folders for tests. */
#ifndef TESTS_DATA_IMAGE_FOLDERS_H
#define TESTS_DATA_IMAGE_FOLDERS_H

#include "data/dataset.h"
#include "data/image_files.h"

static const png_kind grey = {PNG_COLOR_TYPE_GRAY, 8, false, NULL};
static const png_kind colour = {PNG_COLOR_TYPE_RGB, 8, false, NULL};

/* A 2 x 2 image of one value. */
static inline void put_png(const char *folder, const char *name, const png_kind *kind, int value) {
    uint8_t samples[12];
    char path[PATH_BYTES];
    memset(samples, value, sizeof samples);
    write_png(scratch_path(folder, name, path), 2, 2, kind, samples,
              kind->colour == PNG_COLOR_TYPE_GRAY ? 2 : 6);
}

static inline void put_jpeg(const char *folder, const char *name, int value) {
    uint8_t pixels[16];
    char path[PATH_BYTES];
    memset(pixels, value, sizeof pixels);
    write_jpeg(scratch_path(folder, name, path), 4, 4, 1, JCS_GRAYSCALE, false, pixels);
}

static inline void put_junk(const char *folder, const char *name) {
    scratch_write(folder, name, "this is no image", 16);
}

/* Each image's first value and label, in order; frees the data. */
static inline void holds(cnn_data *data, int64_t count, const uint8_t *values, const int32_t *labels) {
    assert_int_equal(cnn_data_count(data), count);
    for (int64_t i = 0; i < count; i++) {
        assert_int_equal(cnn_data_pixels(data, i)[0], values[i]);
        assert_int_equal(cnn_data_label(data, i), labels[i]);
    }
    cnn_data_free(data);
}

#endif
