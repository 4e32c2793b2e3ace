#include "grid.h"

#include "output.h"
#include "table.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A slash, a semicolon, a line feed. */
static bool ends_row(char c) {
    return c == '/' || c == ';' || c == '\n';
}

/* What separates the numbers of a row. */
static bool is_gap(char c) {
    return c == ' ' || c == '\t' || c == ',' || c == '\r';
}

/* The numbers of one row, at most CLI_GRID_MAX; the text after them through `text`. NULL, or what is wrong.
 */
static char *parse_row(const char **text, double *row, int64_t *columns) {
    *columns = 0;
    while (**text && !ends_row(**text)) {
        char *end;
        if (is_gap(**text)) {
            ++*text;
            continue;
        }
        double value = strtod(*text, &end);
        if (end == *text || !isfinite((float)value) || (*end && !is_gap(*end) && !ends_row(*end)))
            return cli_format("'%.*s' is not a number", (int)strcspn(*text, " \t\r\n,/;"), *text);
        if (*columns == CLI_GRID_MAX)
            return cli_format("a row has more than %d numbers", CLI_GRID_MAX);
        row[(*columns)++] = value;
        *text = end;
    }
    if (**text)
        ++*text;
    return NULL;
}

/* NULL, or what is wrong with the row, for free(). */
static char *append_row(cli_grid *grid, const double *row, int64_t columns) {
    if (!columns) /* between two ends of rows, as at the end of a file */
        return NULL;
    if (!grid->rows)
        grid->columns = columns;
    if (columns != grid->columns)
        return cli_format("row %lld has %lld numbers, row 1 has %lld: all rows must have the same length",
                          (long long)grid->rows + 1, (long long)columns, (long long)grid->columns);
    if (grid->rows == CLI_GRID_MAX)
        return cli_format("there are more than %d rows", CLI_GRID_MAX);
    memcpy(grid->values + grid->rows++ * columns, row, (size_t)columns * sizeof *row);
    return NULL;
}

/* NULL, or what is wrong, for free(). */
static char *parse(cli_grid *grid, const char *text) {
    double row[CLI_GRID_MAX];
    int64_t columns;
    char *wrong = NULL;
    grid->rows = 0;
    while (*text && !wrong) {
        wrong = parse_row(&text, row, &columns);
        if (!wrong)
            wrong = append_row(grid, row, columns);
    }
    if (!wrong && !grid->rows)
        wrong = cli_format("there are no numbers");
    return wrong;
}

/* The text of a small file, for free(); NULL with errno set. */
static char *read_file(const char *path) {
    enum { MAX_BYTES = 1 << 20 };
    FILE *file = fopen(path, "r");
    if (!file)
        return NULL;
    char *text = cli_allocate(MAX_BYTES + 1, 1);
    size_t length = fread(text, 1, MAX_BYTES + 1, file);
    int reason = ferror(file) ? errno : length > MAX_BYTES ? EFBIG : 0;
    fclose(file);
    if (reason) {
        free(text);
        errno = reason;
        return NULL;
    }
    text[length] = '\0';
    return text;
}

int cli_grid_read(cli_grid *grid, const char *option, const char *text) {
    const char *path = *text == '@' ? text + 1 : text;
    grid->values = cli_allocate(CLI_GRID_MAX * CLI_GRID_MAX, sizeof *grid->values);
    char *wrong = *text == '@' ? NULL : parse(grid, text), *content = NULL;
    if (*text == '@' || wrong)
        content = read_file(path);
    int code = CLI_DONE;
    if (content) {
        free(wrong);
        wrong = parse(grid, content);
        code = wrong ? cli_fail("%s: %s", path, wrong) : CLI_DONE;
    } else if (*text == '@')
        code = cli_fail("%s: %s", path, strerror(errno));
    else if (wrong)
        code = cli_fail_usage(
            "convolve: %s: %s; expected rows such as \"1 0 1 / 0 1 0\", or a file of such rows", option,
            wrong);
    free(wrong);
    free(content);
    return code;
}

void cli_grid_print(const cli_grid *grid, FILE *to) {
    cli_table *table = cli_table_new((int)grid->columns + 1, "lr");
    for (int64_t i = 0; i < grid->rows * grid->columns; i++) {
        if (i % grid->columns == 0)
            cli_table_cell(table, "%s", ""); /* sets the grid in from the margin */
        cli_table_cell(table, "%s", cli_value(grid->values[i]).text);
    }
    cli_table_print(table, to);
    cli_table_free(table);
}
