/* A small grid of numbers: an image, a kernel or a feature map, of one channel or several. */
#ifndef CLI_GRID_H
#define CLI_GRID_H

#include <jansson.h>

#include <stdint.h>
#include <stdio.h>

/* Start as {0}; release `values` with free(). */
typedef struct cli_grid {
    int64_t channels, rows, columns;
    double *values; /* C,H,W */
} cli_grid;

enum { CLI_GRID_MAX = 64 /* rows and columns */, CLI_GRID_CHANNELS = 16 };

/* Read "1 0 1 / 0 1 0": rows ended by '/', ';' or a newline, numbers separated by spaces or commas, channels by '|'. A
 * text that is not a grid, or begins with '@', names a file with such rows. `option` is for messages. CLI_DONE, or the
 * exit code after a message. */
int cli_grid_read(cli_grid *grid, const char *option, const char *text);
/* Room for these sizes, zeros. */
cli_grid cli_grid_new(int64_t channels, int64_t rows, int64_t columns);

int64_t cli_grid_count(const cli_grid *grid); /* of its values */
/* One channel of the grid, as a grid that has no values of its own. */
cli_grid cli_grid_channel(const cli_grid *grid, int64_t channel);

/* Print the rows of a grid of one channel. */
void cli_grid_print(const cli_grid *grid, FILE *to);
/* "Image (5 x 5)" or "Image, channel 2 (5 x 5)" above the rows of each channel, on stdout. */
void cli_grid_print_titled(const char *title, const cli_grid *grid);
/* A list of rows; of several channels a list of those. */
json_t *cli_grid_json(const cli_grid *grid);

#endif
