/* One convolution, computed by the library and checked by working it out product by product. */
#ifndef CLI_WORKED_H
#define CLI_WORKED_H

#include "grid.h"

#include <stdbool.h>

/* Two values are those of rows and of columns. */
typedef struct cli_worked {
    cli_grid image, kernel;
    int64_t stride[2], dilation[2];
    int64_t padding[4]; /* top, left, bottom, right */
    bool same;          /* then cli_worked_run sets `padding` accordingly */
    bool relu;
    cli_grid map;       /* the feature map, by the library */
    cli_grid activated; /* after ReLU, if asked for */
} cli_worked;

/* A product of the sum at one place of the feature map. */
typedef struct cli_product {
    double pixel, weight; /* pixel 0 in the padding */
} cli_product;

/* Compute `map` (and `activated`) and compare it with the sums of the products. CLI_DONE, or an exit code
 * after a message. */
int cli_worked_run(cli_worked *worked);
/* The product of kernel element (i, j) at place (row, column) of the feature map. */
cli_product cli_worked_product(const cli_worked *worked, int64_t row, int64_t column, int64_t i, int64_t j);
/* The value of the image at a place that may lie in the padding. */
double cli_worked_pixel(const cli_worked *worked, int64_t row, int64_t column);
void cli_worked_free(cli_worked *worked);

#endif
