/* A table of aligned columns. On a terminal it fits: text is broken over several lines of a row, and what is
 * still too wide is printed in blocks of columns below each other, each with the first column. */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <stdio.h>

typedef struct cli_table cli_table;

/* `alignment` has a letter for each column: 'l' for text, which is set left and may be broken over lines, 'r'
 * for numbers, set right. Its last letter holds for all further columns. */
cli_table *cli_table_new(int columns, const char *alignment);
void cli_table_free(cli_table *table);
/* The next cell, row by row; cleaned (cli_text_clean). */
void cli_table_cell(cli_table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A line across the table, after a complete row. */
void cli_table_rule(cli_table *table);
/* Fit into `width` columns, instead of the terminal's width, or of none for a file or a pipe. */
void cli_table_fit(cli_table *table, int width);
void cli_table_print(const cli_table *table, FILE *to);

#endif
