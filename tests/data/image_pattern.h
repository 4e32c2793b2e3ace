/* The pattern that the golden images were made from: tools/golden_resize.py. */
#ifndef TESTS_DATA_IMAGE_PATTERN_H
#define TESTS_DATA_IMAGE_PATTERN_H

#include <stdint.h>

static inline void fill_pattern(uint8_t *pixels, int64_t count) {
    for (int64_t i = 0; i < count; i++)
        pixels[i] = (uint8_t)(7 * i * i + 29 * i + 3);
}

#endif
