#include "doctor/perceptual_hash.h"

#include "base/memory.h"

#include <math.h>
#include <string.h>

/* An image whose frequencies have no more than this is uniform. */
static const double NOTHING = 1e-6;

/* CNN_HASH_SIDE rows of `size` cosines (DCT-II), of norm 1 each. */
static float *cosines(int64_t size, cnn_error *error) {
    const double pi = acos(-1);
    float *table = cnn_allocate(CNN_HASH_SIDE, (size_t)size * sizeof *table, "a cosine transform", error);
    for (int64_t f = 0; table && f < CNN_HASH_SIDE; f++)
        for (int64_t i = 0; i < size; i++)
            table[f * size + i] = (float)(cos(pi * ((double)i + 0.5) * (double)f / (double)size) *
                                          sqrt((f ? 2.0 : 1.0) / (double)size));
    return table;
}

cnn_status cnn_hasher_start(cnn_hasher *hasher, int64_t height, int64_t width, cnn_error *error) {
    *hasher = (cnn_hasher){.height = height, .width = width};
    hasher->rows = cosines(height, error);
    hasher->columns = cosines(width, error);
    hasher->half = cnn_allocate(CNN_HASH_SIDE, (size_t)width * sizeof(float), "a cosine transform", error);
    if (hasher->rows && hasher->columns && hasher->half)
        return CNN_OK;
    cnn_hasher_free(hasher);
    return CNN_ERROR_MEMORY;
}

void cnn_hasher_free(cnn_hasher *hasher) {
    cnn_free(hasher->rows);
    cnn_free(hasher->columns);
    cnn_free(hasher->half);
    *hasher = (cnn_hasher){0};
}

/* Along the columns of the image, then along its rows. */
static void transform(const cnn_hasher *hasher, const float *grey, float values[CNN_HASH_VALUES]) {
    const int64_t height = hasher->height, width = hasher->width;
    for (int64_t f = 0; f < CNN_HASH_SIDE; f++) {
        float *to = hasher->half + f * width;
        memset(to, 0, (size_t)width * sizeof *to);
        for (int64_t y = 0; y < height; y++)
            for (int64_t x = 0; x < width; x++)
                to[x] += hasher->rows[f * height + y] * grey[y * width + x];
        for (int64_t g = 0; g < CNN_HASH_SIDE; g++) {
            float sum = 0;
            for (int64_t x = 0; x < width; x++)
                sum += to[x] * hasher->columns[g * width + x];
            values[f * CNN_HASH_SIDE + g] = sum;
        }
    }
}

void cnn_hash_image(const cnn_hasher *hasher, const float *grey, cnn_perceptual_hash *hash) {
    transform(hasher, grey, hash->values);
    hash->values[0] = 0;
    double square = 0;
    for (int k = 0; k < CNN_HASH_VALUES; k++)
        square += (double)(hash->values[k] * hash->values[k]);
    const float scale = square > NOTHING * NOTHING ? (float)(1 / sqrt(square)) : 0;
    hash->bits = 0;
    for (int k = 0; k < CNN_HASH_VALUES; k++) {
        hash->values[k] *= scale;
        hash->bits |= (uint64_t)(hash->values[k] > 0) << k;
    }
}
