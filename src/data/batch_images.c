#include "data/batch_images.h"

#include "base/memory.h"
#include "data/dataset.h"

#include <string.h>

enum { VALUES = 256 };

/* ---- Without a change of values --------------------------------------------------------------------- */

static void normalise_floats(const cnn_batch_images *b, const float *pixels, int64_t count, float *values) {
    const int64_t channels = b->shape[0];
    for (int64_t i = 0; i < count; i += channels)
        for (int64_t c = 0; c < channels; c++)
            values[i + c] = (pixels[i + c] - b->mean[c]) / b->deviation[c];
}

static void normalise_bytes(const cnn_batch_images *b, const uint8_t *pixels, int64_t count, float *values) {
    const int64_t channels = b->shape[0];
    if (channels == 1) {
        for (int64_t i = 0; i < count; i++)
            values[i] = b->table[pixels[i]];
        return;
    }
    for (int64_t i = 0; i < count; i += channels)
        for (int64_t c = 0; c < channels; c++)
            values[i + c] = b->table[c * VALUES + pixels[i + c]];
}

/* `count` values of an image from its value `from` on. */
static void normalise(const cnn_batch_images *b, int64_t index, int64_t from, int64_t count, float *values) {
    if (b->data->values)
        normalise_floats(b, cnn_data_values(b->data, index) + from, count, values);
    else
        normalise_bytes(b, cnn_data_pixels(b->data, index) + from, count, values);
}

static void fill_black(const cnn_batch_images *b, int64_t pixels, float *values) {
    for (int64_t i = 0; i < pixels; i++)
        for (int64_t c = 0; c < b->shape[0]; c++)
            *values++ = b->table[c * VALUES];
}

/* Row `y` of an image moved by `right` columns; `y` is outside of the image where black comes in. */
static void shift_row(const cnn_batch_images *b, int64_t index, int64_t y, int64_t right, float *row) {
    const int64_t channels = b->shape[0], width = b->shape[2], kept = width - (right < 0 ? -right : right);
    if (y < 0 || y >= b->shape[1] || kept <= 0) {
        fill_black(b, width, row);
        return;
    }
    const int64_t from = right < 0 ? -right : 0, to = right > 0 ? right : 0;
    fill_black(b, to, row);
    normalise(b, index, (y * width + from) * channels, kept * channels, row + to * channels);
    fill_black(b, width - kept - to, row + (to + kept) * channels);
}

static void mirror_row(int64_t channels, int64_t width, float *row) {
    for (int64_t left = 0, right = width - 1; left < right; left++, right--)
        for (int64_t c = 0; c < channels; c++) {
            const float value = row[left * channels + c];
            row[left * channels + c] = row[right * channels + c];
            row[right * channels + c] = value;
        }
}

/* Mirrored, then shifted by whole pixels: every value is one of the image's own. */
static void move(const cnn_batch_images *b, int64_t index, const cnn_changes *changes, float *image) {
    const int64_t channels = b->shape[0], height = b->shape[1], width = b->shape[2];
    for (int64_t y = 0; y < height; y++, image += width * channels) {
        const int64_t from = y - changes->down;
        shift_row(b, index, changes->flip ? height - 1 - from : from,
                  changes->mirror ? -changes->right : changes->right, image);
        if (changes->mirror)
            mirror_row(channels, width, image);
    }
}

/* ---- With one --------------------------------------------------------------------------------------- */

/* The image in 0..1. */
static void copy_plain(const cnn_batch_images *b, int64_t index, float *image) {
    const int64_t count = cnn_data_image_bytes(b->data);
    if (b->data->values) {
        memcpy(image, cnn_data_values(b->data, index), (size_t)count * sizeof *image);
        return;
    }
    const uint8_t *pixels = cnn_data_pixels(b->data, index);
    for (int64_t i = 0; i < count; i++)
        image[i] = (float)pixels[i] / 255.0f;
}

/* Warped and recoloured, in 0..1; returns where it lies. */
static float *change(cnn_batch_images *b, int64_t index, const cnn_changes *changes) {
    copy_plain(b, index, b->plain);
    cnn_changes_warp(changes, b->shape, b->plain, b->warped);
    if (changes->coloured)
        cnn_changes_colour(changes, b->shape, b->warped);
    return b->warped;
}

void cnn_batch_image(cnn_batch_images *b, int64_t index, int64_t epoch, float *image) {
    const int64_t values = cnn_data_image_bytes(b->data);
    if (!b->augmenting.any) {
        normalise(b, index, 0, values, image);
        return;
    }
    const cnn_changes changes = cnn_changes_draw(&b->augmenting, epoch, index, b->shape);
    if (changes.warped || changes.coloured)
        normalise_floats(b, change(b, index, &changes), values, image);
    else
        move(b, index, &changes, image);
    cnn_changes_erase(&changes, b->shape, b->erased, image);
}

cnn_mix cnn_batch_mix(const cnn_batch_images *b, int64_t epoch, int64_t batch, float *images, int64_t count) {
    const cnn_mix mix = cnn_mix_draw(&b->augmenting, epoch, batch, b->shape);
    cnn_mix_images(&mix, b->shape, images, count);
    return mix;
}

/* ---- Making and freeing ----------------------------------------------------------------------------- */

/* The table, mean, deviation and what is erased; two images. */
static int64_t floats_of(const cnn_data *data) {
    return data->channels * (VALUES + 3) + 2 * cnn_data_image_bytes(data);
}

int64_t cnn_batch_images_bytes(const cnn_data *data) {
    return floats_of(data) * (int64_t)sizeof(float);
}

static void fill_table(const cnn_batch_images *b) {
    for (int64_t c = 0; c < b->shape[0]; c++)
        for (int v = 0; v < VALUES; v++)
            b->table[c * VALUES + v] = ((float)v / 255.0f - b->mean[c]) / b->deviation[c];
}

cnn_status cnn_batch_images_make(cnn_batch_images *b, const cnn_data *data, const float *mean,
                                 const float *deviation, const cnn_augmenting *augmenting, cnn_error *error) {
    *b = (cnn_batch_images){.data = data, .augmenting = *augmenting};
    cnn_data_shape(data, b->shape);
    const size_t channels = (size_t)data->channels;
    b->table = cnn_allocate((size_t)floats_of(data), sizeof(float), "the normalisation", error);
    if (!b->table)
        return CNN_ERROR_MEMORY;
    b->mean = b->table + channels * VALUES;
    b->deviation = b->mean + channels;
    b->erased = b->deviation + channels;
    b->plain = b->erased + channels;
    b->warped = b->plain + cnn_data_image_bytes(data);
    memcpy(b->mean, mean, channels * sizeof *mean);
    memcpy(b->deviation, deviation, channels * sizeof *deviation);
    memset(b->erased, 0, channels * sizeof *b->erased);
    fill_table(b);
    return CNN_OK;
}

void cnn_batch_images_free(cnn_batch_images *b) {
    cnn_free(b->table);
}
