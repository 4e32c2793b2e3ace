/* The deck as a walk: a page is a row of one table, and computes its numbers when it is shown. */
#ifndef CLI_DECK_H
#define CLI_DECK_H

#include "grid.h"
#include "table.h"

#include <jansson.h>

#include <stdbool.h>

/* Where a page goes: printed as it is made, or kept as JSON. */
typedef struct cli_page {
    json_t *text;     /* paragraphs and formulas; NULL: print */
    json_t *numbers;  /* by their keys */
    json_t *commands; /* to try next */
    bool tries;       /* a command to try next has been printed */
} cli_page;

/* A paragraph. */
void cli_page_say(cli_page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A line of its own; on a narrow terminal broken before " + " and " = ". */
void cli_page_formula(cli_page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A grid under its title, and a number of the page. */
void cli_page_grid(cli_page *page, const char *key, const char *title, const cli_grid *grid);
/* Print and free the table. JSON has what is in it as numbers. */
void cli_page_table(cli_page *page, cli_table *table);
/* A number that text or a table shows; JSON keeps it under its key. */
void cli_page_number(cli_page *page, const char *key, double value);
/* The same for whatever JSON there is, which is taken over. */
void cli_page_json(cli_page *page, const char *key, json_t *value);
/* A command to try next, and what it shows. */
void cli_page_try(cli_page *page, const char *command, const char *shows);

typedef struct cli_deck_page {
    const char *name; /* as a person types it */
    const char *title;
    const char *subject; /* half a line */
    /* CLI_DONE, or an exit code after a message */
    int (*show)(cli_page *page);
} cli_deck_page;

/* In order; ended by one without a name. */
extern const cli_deck_page cli_deck_pages[];
/* Print the names of all pages, separated by spaces. */
void cli_deck_put_names(void);

/* The pages. */
int cli_show_convolution(cli_page *page);
int cli_show_feature_map(cli_page *page);
int cli_show_stride(cli_page *page);
int cli_show_relu(cli_page *page);
int cli_show_pooling(cli_page *page);
int cli_show_flatten(cli_page *page);
int cli_show_softmax(cli_page *page);
int cli_show_basic(cli_page *page);
int cli_show_parameters(cli_page *page);
int cli_show_training(cli_page *page);
int cli_show_batches(cli_page *page);
int cli_show_advantages(cli_page *page);
int cli_show_assumptions(cli_page *page);

#endif
