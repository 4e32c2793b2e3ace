#include "data/batch_images.h"

#include "base/memory.h"
#include "base/numbers.h"
#include "data/dataset.h"

#include <string.h>

enum { VALUES = 256 };

/* ---- Without a change of values --------------------------------------------------------------------- */

/* Pixels that begin with their first channel: whole rows, or a part of one. */
static void normalise_floats(const cnn_batch_images *b, const float *pixels, int64_t count, float *values) {
    const int64_t row = b->shape[0] * b->shape[2];
    for (int64_t at = 0; at < count; at += row, pixels += row, values += row) {
        const int64_t part = cnn_min(row, count - at);
        for (int64_t i = 0; i < part; i++)
            values[i] = (pixels[i] - b->mean[i]) / b->deviation[i];
    }
}

/* In a function of its own for each number of channels, which the compiler unrolls. */
static inline void look_up(const float *table, int64_t channels, const uint8_t *pixels, int64_t count,
                           float *values) {
    for (int64_t i = 0; i < count; i += channels)
        for (int64_t c = 0; c < channels; c++)
            values[i + c] = table[c * VALUES + pixels[i + c]];
}

static void normalise_bytes(const cnn_batch_images *b, const uint8_t *pixels, int64_t count, float *values) {
    if (b->shape[0] == 1)
        look_up(b->table, 1, pixels, count, values);
    else if (b->shape[0] == 3)
        look_up(b->table, 3, pixels, count, values);
    else
        look_up(b->table, b->shape[0], pixels, count, values);
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

/* Row y of the image in 0..1. */
static void copy_plain_row(const cnn_batch_images *b, int64_t index, int64_t y, float *values) {
    const int64_t count = b->shape[2] * b->shape[0];
    if (b->data->values) {
        memcpy(values, cnn_data_values(b->data, index) + y * count, (size_t)count * sizeof *values);
        return;
    }
    const uint8_t *pixels = cnn_data_pixels(b->data, index) + y * count;
    for (int64_t i = 0; i < count; i++)
        values[i] = (float)pixels[i] / 255.0f;
}

/* Warped and recoloured, in 0..1; returns where it lies. */
static float *change(cnn_batch_images *b, int64_t index, const cnn_changes *changes) {
    for (int64_t y = 0; y < b->shape[1]; y++)
        copy_plain_row(b, index, y, cnn_framed_row(b->shape, b->framed, y));
    cnn_changes_warp(changes, b->shape, b->framed, b->warped);
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

/* The table, a row of means, one of deviations, and what is erased; a framed image and another one. */
static int64_t floats_of(const cnn_data *data) {
    int64_t shape[3];
    cnn_data_shape(data, shape);
    return shape[0] * (VALUES + 2 * shape[2] + 1) + cnn_framed_values(shape) + cnn_data_image_bytes(data);
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
    const int64_t channels = data->channels, row = channels * data->width;
    b->table = cnn_allocate((size_t)floats_of(data), sizeof(float), "the normalisation", error);
    if (!b->table)
        return CNN_ERROR_MEMORY;
    b->mean = b->table + channels * VALUES;
    b->deviation = b->mean + row;
    b->erased = b->deviation + row;
    b->framed = b->erased + channels;
    b->warped = b->framed + cnn_framed_values(b->shape);
    for (int64_t i = 0; i < row; i++) {
        b->mean[i] = mean[i % channels];
        b->deviation[i] = deviation[i % channels];
    }
    fill_table(b);
    return CNN_OK;
}

void cnn_batch_images_free(cnn_batch_images *b) {
    cnn_free(b->table);
}
