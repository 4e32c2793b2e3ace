/* A small grid of numbers: an image or a kernel, written out by a person. */
#ifndef CLI_GRID_H
#define CLI_GRID_H

#include <stdint.h>
#include <stdio.h>

/* Start as {0}; release `values` with free(). */
typedef struct cli_grid {
    int64_t rows, columns;
    double *values; /* row by row */
} cli_grid;

enum { CLI_GRID_MAX = 64 }; /* rows and columns */

/* Read "1 0 1 / 0 1 0": rows ended by '/', ';' or a newline, numbers separated by spaces or commas. A text that is
 * not a grid, or begins with '@', names a file with such rows. `option` is for messages. CLI_DONE, or the exit code
 * after a message. */
int cli_grid_read(cli_grid *grid, const char *option, const char *text);
void cli_grid_print(const cli_grid *grid, FILE *to);

#endif
