#include "grid.h"

#include "output.h"
#include "table.h"
#include "wrap.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

cli_grid cli_grid_new(int64_t channels, int64_t rows, int64_t columns) {
    return (cli_grid){channels, rows, columns,
                      cli_allocate((size_t)(channels * rows * columns), sizeof(double))};
}

int64_t cli_grid_count(const cli_grid *grid) {
    return grid->channels * grid->rows * grid->columns;
}

cli_grid cli_grid_channel(const cli_grid *grid, int64_t channel) {
    return (cli_grid){1, grid->rows, grid->columns, grid->values + channel * grid->rows * grid->columns};
}

/* ---- Reading --------------------------------------------------------------------------------------------- */

/* A slash, a semicolon, a line feed; and what ends the channel. */
static bool ends_row(char c) {
    return c == '/' || c == ';' || c == '\n' || c == '|';
}

/* What separates the numbers of a row. */
static bool is_gap(char c) {
    return c == ' ' || c == '\t' || c == ',' || c == '\r';
}

/* The numbers of one row, at most CLI_GRID_MAX; *text then stands behind it, or on the '|' that ends it. NULL, or what
 * is wrong. */
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
            return cli_format("'%.*s' is not a number", (int)strcspn(*text, " \t\r\n,/;|"), *text);
        if (*columns == CLI_GRID_MAX)
            return cli_format("a row has more than %d numbers", CLI_GRID_MAX);
        row[(*columns)++] = value;
        *text = end;
    }
    if (**text && **text != '|')
        ++*text;
    return NULL;
}

/* Add a row to the channel that is being read, which has *rows. NULL, or what is wrong with it, for free(). */
static char *append_row(cli_grid *grid, int64_t *rows, const double *row, int64_t columns) {
    if (!columns) /* between two ends of rows, as at the end of a file */
        return NULL;
    if (grid->channels == 0 && *rows == 0)
        grid->columns = columns;
    if (columns != grid->columns && grid->channels)
        return cli_format("channel %" PRId64 " has a row of %" PRId64
                          " numbers, channel 1 has rows of %" PRId64 ": all channels must have the same size",
                          grid->channels + 1, columns, grid->columns);
    if (columns != grid->columns)
        return cli_format("row %" PRId64 " has %" PRId64 " numbers, row 1 has %" PRId64
                          ": all rows must have the same length",
                          *rows + 1, columns, grid->columns);
    if (*rows == CLI_GRID_MAX)
        return cli_format("there are more than %d rows", CLI_GRID_MAX);
    const int64_t before = grid->channels * grid->rows + (*rows)++;
    memcpy(grid->values + before * columns, row, (size_t)columns * sizeof *row);
    return NULL;
}

/* Count the channel that was read. NULL, or what is wrong with it, for free(). */
static char *end_channel(cli_grid *grid, int64_t rows) {
    const int64_t channel = grid->channels + 1;
    if (!rows)
        return channel == 1 ? cli_format("there are no numbers")
                            : cli_format("channel %" PRId64 " has no numbers", channel);
    if (channel == 1)
        grid->rows = rows;
    if (rows != grid->rows)
        return cli_format("channel %" PRId64 " has %" PRId64 " rows, channel 1 has %" PRId64
                          ": all channels must have the same size",
                          channel, rows, grid->rows);
    grid->channels = channel;
    return NULL;
}

/* The rows of one channel; *text then stands on the '|' that ends it, or at its own end. */
static char *parse_channel(cli_grid *grid, const char **text) {
    double row[CLI_GRID_MAX];
    int64_t rows = 0, columns;
    char *wrong = NULL;
    while (**text && !wrong && (**text != '|')) {
        wrong = parse_row(text, row, &columns);
        if (!wrong)
            wrong = append_row(grid, &rows, row, columns);
    }
    return wrong ? wrong : end_channel(grid, rows);
}

/* NULL, or what is wrong, for free(). */
static char *parse(cli_grid *grid, const char *text) {
    grid->channels = 0;
    for (;;) {
        char *wrong = grid->channels < CLI_GRID_CHANNELS
                          ? parse_channel(grid, &text)
                          : cli_format("there are more than %d channels", CLI_GRID_CHANNELS);
        if (wrong || !*text)
            return wrong;
        text++; /* behind the '|' */
    }
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
    *grid = cli_grid_new(CLI_GRID_CHANNELS, CLI_GRID_MAX, CLI_GRID_MAX);
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

/* ---- Writing --------------------------------------------------------------------------------------------- */

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

void cli_grid_print_titled(const char *title, const cli_grid *grid) {
    for (int64_t channel = 0; channel < grid->channels; channel++) {
        const cli_grid one = cli_grid_channel(grid, channel);
        char *which =
            grid->channels == 1 ? cli_format("%s", "") : cli_format(", channel %" PRId64, channel + 1);
        cli_print_words("%s%s (%" PRId64 " x %" PRId64 ")\n", title, which, grid->rows, grid->columns);
        cli_grid_print(&one, stdout);
        free(which);
    }
}

static json_t *channel_json(const cli_grid *grid) {
    json_t *rows = json_array();
    for (int64_t row = 0; row < grid->rows; row++) {
        json_t *values = json_array();
        for (int64_t column = 0; column < grid->columns; column++)
            cli_json_add(values, cli_json_value(grid->values[row * grid->columns + column]));
        cli_json_add(rows, values);
    }
    return rows;
}

json_t *cli_grid_json(const cli_grid *grid) {
    if (grid->channels == 1)
        return channel_json(grid);
    json_t *channels = json_array();
    for (int64_t channel = 0; channel < grid->channels; channel++) {
        const cli_grid one = cli_grid_channel(grid, channel);
        cli_json_add(channels, channel_json(&one));
    }
    return channels;
}
