#include "image_grid.h"

#include "options.h"
#include "output.h"
#include "png_file.h"

#include <stdlib.h>
#include <string.h>

enum { GAP = 2, WANTED = 56 /* pixels of an image's longer side at least */, LARGEST = 1 << 26 };

cli_image_grid cli_image_grid_new(const int64_t shape[3], int64_t rows, int64_t columns) {
    cli_image_grid grid = {.shape = {shape[0], shape[1], shape[2]}, .rows = rows, .columns = columns};
    grid.pixels =
        cli_allocate((size_t)(rows * columns), (size_t)(shape[0] * shape[1] * shape[2]) * sizeof(float));
    return grid;
}

float *cli_image_grid_at(const cli_image_grid *grid, int64_t row, int64_t column) {
    return grid->pixels + (row * grid->columns + column) * grid->shape[0] * grid->shape[1] * grid->shape[2];
}

/* The picture while it is drawn: RGB on white. */
typedef struct canvas {
    int64_t width, height, scale;
    uint8_t *rgb;
} canvas;

static uint8_t byte_of(float value) {
    return (uint8_t)(value <= 0 ? 0 : value >= 1 ? 255 : value * 255 + 0.5f);
}

static void draw_image(const canvas *c, const cli_image_grid *grid, int64_t row, int64_t column) {
    const int64_t height = grid->shape[1], width = grid->shape[2], plane = height * width;
    const float *image = cli_image_grid_at(grid, row, column);
    const int64_t top = GAP + row * (height * c->scale + GAP), left = GAP + column * (width * c->scale + GAP);
    for (int64_t y = 0; y < height * c->scale; y++)
        for (int64_t x = 0; x < width * c->scale; x++)
            for (int64_t k = 0; k < 3; k++)
                c->rgb[((top + y) * c->width + left + x) * 3 + k] = byte_of(
                    image[(grid->shape[0] == 3 ? k : 0) * plane + y / c->scale * width + x / c->scale]);
}

int cli_image_grid_write(const cli_image_grid *grid, const char *path) {
    const int64_t longer = grid->shape[1] > grid->shape[2] ? grid->shape[1] : grid->shape[2];
    canvas c = {.scale = longer >= WANTED ? 1 : (WANTED + longer - 1) / longer};
    c.width = GAP + grid->columns * (grid->shape[2] * c.scale + GAP);
    c.height = GAP + grid->rows * (grid->shape[1] * c.scale + GAP);
    if (c.width * c.height > LARGEST)
        return cli_fail("a picture of %d x %d images of this size would be too large: ask for fewer",
                        (int)grid->rows, (int)grid->columns);
    c.rgb = cli_allocate((size_t)(c.width * c.height), 3);
    memset(c.rgb, 255, (size_t)(c.width * c.height) * 3);
    for (int64_t row = 0; row < grid->rows; row++)
        for (int64_t column = 0; column < grid->columns; column++)
            draw_image(&c, grid, row, column);
    int code = cli_png_write(path, c.width, c.height, c.rgb);
    free(c.rgb);
    return code;
}
