/* A table of aligned columns on a terminal; widths are those of characters, not of bytes. */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <stdio.h>

typedef struct cli_table cli_table;

/* `alignment` has a letter for each column, 'l' or 'r'; its last one holds for all further columns. */
cli_table *cli_table_new(int columns, const char *alignment);
void cli_table_free(cli_table *table);
/* The next cell, row by row. Control characters become '?'. */
void cli_table_cell(cli_table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A line across the table, after a complete row. */
void cli_table_rule(cli_table *table);
void cli_table_print(const cli_table *table, FILE *to);

/* Columns that UTF-8 text takes on a terminal. */
int cli_text_width(const char *text);
/* Shorten to at most `width` columns, never within a character. Keeps the text's beginning. */
void cli_text_cut(char *text, int width);

#endif
