/* One convolution, computed by the library and checked by working it out product by product. */
#ifndef CLI_WORKED_H
#define CLI_WORKED_H

#include "grid.h"

#include <stdbool.h>

/* Two values are those of rows and of columns. */
typedef struct cli_worked {
    cli_grid image, kernel; /* of as many channels */
    int64_t stride[2], dilation[2];
    int64_t padding[4]; /* top, left, bottom, right */
    bool same;          /* then cli_worked_run sets `padding` accordingly */
    bool relu;
    cli_grid map;       /* the feature map, by the library */
    cli_grid activated; /* after ReLU, if asked for */
} cli_worked;

/* The teaching deck's image (5 x 5) and kernel (3 x 3), as cli_grid_read takes them. */
extern const char cli_deck_image[], cli_deck_kernel[];

/* A product of the sum at one place of the feature map. */
typedef struct cli_product {
    double pixel, weight; /* pixel 0 in the padding */
} cli_product;

/* Compute `map` (and `activated`) and compare it with the sums of the products. CLI_DONE, or an exit code
 * after a message. */
int cli_worked_run(cli_worked *worked);
/* The product of kernel element (channel, i, j) at place (row, column) of the feature map. */
cli_product cli_worked_product(const cli_worked *worked, int64_t row, int64_t column, int64_t channel,
                               int64_t i, int64_t j);
/* The value of the image at a place that may lie in the padding. */
double cli_worked_pixel(const cli_worked *worked, int64_t channel, int64_t row, int64_t column);
/* The image with the zeros of its padding around it; release `values` with free(). */
cli_grid cli_worked_padded(const cli_worked *worked);
void cli_worked_free(cli_worked *worked);

/* ---- In words, for free() ------------------------------------------------------------------------------------ */

/* "(n + 2p - f)/s + 1 = (5 + 2*0 - 3)/1 + 1 = 3" for rows (axis 0) or columns (1). */
char *cli_worked_size(const cli_worked *worked, int axis);
/* "(1 x 0) + (0 x 1) + ... = 2": the products of one channel at one place of the feature map. */
char *cli_worked_sum(const cli_worked *worked, int64_t row, int64_t column, int64_t channel);
/* "2 + 3 = 5": the sums of all channels at one place. */
char *cli_worked_sums(const cli_worked *worked, int64_t row, int64_t column);

#endif
