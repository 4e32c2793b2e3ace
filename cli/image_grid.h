/* Images of one size in rows and columns, as a PNG file. */
#ifndef CLI_IMAGE_GRID_H
#define CLI_IMAGE_GRID_H

#include <stdint.h>

typedef struct cli_image_grid {
    int64_t shape[3]; /* C,H,W of an image; C is 1 or 3 */
    int64_t rows, columns;
    float *pixels; /* rows x columns x C,H,W in 0..1; release with free() */
} cli_image_grid;

cli_image_grid cli_image_grid_new(const int64_t shape[3], int64_t rows, int64_t columns); /* zeros */
/* Where the image of this row and column lies. */
float *cli_image_grid_at(const cli_image_grid *grid, int64_t row, int64_t column);
/* Small images are enlarged. CLI_GO_ON, or CLI_FAILED after a message. */
int cli_image_grid_write(const cli_image_grid *grid, const char *path);

#endif
