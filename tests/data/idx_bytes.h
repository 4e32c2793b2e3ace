/* Small IDX files in memory. */
#ifndef TESTS_DATA_IDX_BYTES_H
#define TESTS_DATA_IDX_BYTES_H

#include "data/scratch.h"

/* A header with these sizes; returns its length. */
static inline size_t idx_header(uint8_t *bytes, int dimensions, const uint32_t *sizes) {
    const uint8_t magic[4] = {0, 0, 8, (uint8_t)dimensions};
    memcpy(bytes, magic, 4);
    for (int d = 0; d < dimensions; d++)
        for (int b = 0; b < 4; b++)
            bytes[4 + 4 * d + b] = (uint8_t)(sizes[d] >> (24 - 8 * b));
    return 4 + 4 * (size_t)dimensions;
}

enum { SMALL_COUNT = 4, SMALL_ROWS = 3, SMALL_COLUMNS = 2, SMALL_IMAGE = SMALL_ROWS * SMALL_COLUMNS };
enum { SMALL_IMAGES = 16 + SMALL_COUNT * SMALL_IMAGE, SMALL_LABELS = 8 + SMALL_COUNT };

/* Pixel i of the small images, counted through all of them. */
static inline uint8_t small_pixel(int i) {
    return (uint8_t)(11 * i + 1);
}

static inline void small_images(uint8_t bytes[SMALL_IMAGES]) {
    size_t header = idx_header(bytes, 3, (uint32_t[]){SMALL_COUNT, SMALL_ROWS, SMALL_COLUMNS});
    for (int i = 0; i < SMALL_COUNT * SMALL_IMAGE; i++)
        bytes[header + i] = small_pixel(i);
}

static inline void small_labels(uint8_t bytes[SMALL_LABELS], const uint8_t labels[SMALL_COUNT]) {
    memcpy(bytes + idx_header(bytes, 1, (uint32_t[]){SMALL_COUNT}), labels, SMALL_COUNT);
}

#endif
