/* One max pooling of a grid, computed by the library and checked window by window. */
#ifndef CLI_POOLED_H
#define CLI_POOLED_H

#include "grid.h"

#include <stdbool.h>

/* The windows lie side by side: the stride is the window's size. */
typedef struct cli_pooled {
    const cli_grid *input; /* of one channel; the caller's */
    int64_t window[2];     /* rows, columns */
    cli_grid output;       /* by the library; release its values with free() */
} cli_pooled;

/* The teaching deck's pooling: a 4 x 4 image whose 2 x 2 windows have the largest values of the deck's slide. */
extern const char cli_deck_pooling[];

/* Compute `output`. CLI_DONE, or an exit code after a message. */
int cli_pooled_run(cli_pooled *pooled);
/* The place in the input of the largest value of a window: the first, where several are equal. */
void cli_pooled_winner(const cli_pooled *pooled, int64_t row, int64_t column, int64_t place[2]);
/* "max(12, 123, 88, 3) = 123", for free(). */
char *cli_pooled_max(const cli_pooled *pooled, int64_t row, int64_t column);
/* Whether rows or columns are left at the end that fill no window. */
bool cli_pooled_leaves(const cli_pooled *pooled);
/* Print the input on stdout, the winners in brackets. */
void cli_pooled_print_winners(const cli_pooled *pooled);
json_t *cli_pooled_json(const cli_pooled *pooled);

#endif
