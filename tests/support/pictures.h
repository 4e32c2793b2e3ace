/* PNG files that the small model of support/command.h tells apart: 8x8 grey, the bright quarter is the class. */
#ifndef TESTS_SUPPORT_PICTURES_H
#define TESTS_SUPPORT_PICTURES_H

#include "data/image_files.h"

/* `path` may name folders that are not there yet. `number` draws other noise. */
static inline void write_picture(const char *path, int quarter, unsigned number) {
    enum { SIDE = 8, HALF = SIDE / 2 };
    const png_kind grey = {PNG_COLOR_TYPE_GRAY, 8, false, NULL};
    uint8_t pixels[SIDE * SIDE];
    char full[PATH_BYTES];
    unsigned state = number + 1;
    for (int place = 0; place < SIDE * SIDE; place++) {
        int row = place / SIDE, column = place % SIDE;
        state = state * 1664525u + 1013904223u;
        pixels[place] = (uint8_t)((row / HALF * 2 + column / HALF == quarter ? 200 : 0) + (state >> 24) % 50);
    }
    write_png(scratch_path(".", path, full), SIDE, SIDE, &grey, pixels, SIDE);
}

#endif
