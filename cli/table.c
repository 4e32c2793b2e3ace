#include "table.h"

#include "output.h"
#include "text.h"

#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { GAP = 2 /* between columns */, NARROWEST = 10 /* what text is broken to before columns part */ };

struct cli_table {
    int columns;
    const char *alignment;
    int width;    /* what to fit into; 0: the stream's */
    char **cells; /* row by row; the first cell of a rule is NULL */
    size_t count, capacity;
};

/* The columns of one block: the first one, and those from `from` up to before `to`. */
typedef struct block {
    int from, to;
} block;

cli_table *cli_table_new(int columns, const char *alignment) {
    cli_table *table = cli_allocate(1, sizeof *table);
    table->columns = columns;
    table->alignment = alignment;
    return table;
}

void cli_table_free(cli_table *table) {
    for (size_t i = 0; i < table->count; i++)
        free(table->cells[i]);
    free(table->cells);
    free(table);
}

static void append(cli_table *table, char *cell) {
    if (table->count == table->capacity) {
        size_t capacity = 2 * table->capacity + 64;
        char **cells = cli_allocate(capacity, sizeof *cells);
        if (table->count)
            memcpy(cells, table->cells, table->count * sizeof *cells);
        free(table->cells);
        table->cells = cells;
        table->capacity = capacity;
    }
    table->cells[table->count++] = cell;
}

void cli_table_cell(cli_table *table, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *cell = cli_vformat(format, arguments);
    va_end(arguments);
    cli_text_clean(cell, "");
    append(table, cell);
}

void cli_table_rule(cli_table *table) {
    for (int column = 0; column < table->columns; column++)
        append(table, NULL);
}

void cli_table_fit(cli_table *table, int width) {
    table->width = width;
}

/* Numbers, not text. */
static bool is_right(const cli_table *table, int column) {
    int last = (int)strlen(table->alignment) - 1;
    return table->alignment[column < last ? column : last] == 'r';
}

/* ---- Widths ---------------------------------------------------------------------------------------- */

/* Of each column: as wide as its widest cell, and as narrow as it may become before columns part. */
typedef struct widths {
    int *natural, *min;
} widths;

/* Columns of the longest word, below which text cannot be broken. */
static int longest_word(const char *text) {
    int longest = 0;
    while (*text) {
        size_t length = strcspn(text, " ");
        int width = cli_text_width_of(text, length);
        longest = width > longest ? width : longest;
        text += length + strspn(text + length, " ");
    }
    return longest;
}

/* Text may be broken; of numbers only the heads, between words. */
static int min_width(const cli_table *table, size_t cell, int natural) {
    const int column = (int)(cell % (size_t)table->columns);
    if (!is_right(table, column))
        return natural < NARROWEST ? natural : NARROWEST;
    return cell < (size_t)table->columns ? longest_word(table->cells[cell]) : natural;
}

/* The widths of each column over all its cells. */
static widths measure(const cli_table *table) {
    widths w = {cli_allocate((size_t)table->columns, sizeof *w.natural),
                cli_allocate((size_t)table->columns, sizeof *w.min)};
    for (size_t i = 0; i < table->count; i++) {
        if (!table->cells[i])
            continue;
        size_t column = i % (size_t)table->columns;
        int natural = cli_text_width(table->cells[i]), min = min_width(table, i, natural);
        w.natural[column] = natural > w.natural[column] ? natural : w.natural[column];
        w.min[column] = min > w.min[column] ? min : w.min[column];
    }
    return w;
}

/* The next column of the block after `column`. */
static int next_column(const block *b, int column) {
    return column == 0 ? b->from : column + 1;
}

/* Columns that the block takes, gaps included. */
static int block_width(const int *columns, const block *b) {
    int all = -GAP;
    for (int column = 0; column < b->to; column = next_column(b, column))
        all += columns[column] + GAP;
    return all;
}

/* Take columns off the widest column that may be narrower, one by one, until the block fits. `least` NULL: 1
 * for all. */
static void narrow(const block *b, int room, const int *min, int *columns) {
    for (int over = block_width(columns, b) - room; over > 0; over--) {
        int widest = -1;
        for (int column = 0; column < b->to; column = next_column(b, column))
            if (columns[column] > (min ? min[column] : 1) &&
                (widest < 0 || columns[column] > columns[widest]))
                widest = column;
        if (widest < 0)
            return;
        columns[widest]--;
    }
}

/* The block from column `from` on: as many columns as fit when they are narrow, `most` at most. */
static block next_block(const cli_table *table, const int *min, int from, int room, int max) {
    block b = {from, from + 1 < table->columns ? from + 1 : table->columns};
    while (b.to < table->columns && b.to - from < max && block_width(min, &(block){from, b.to + 1}) <= room)
        b.to++;
    return b;
}

static int count_blocks(const cli_table *table, const int *min, int room, int max) {
    int count = 0, from = 1;
    do {
        from = next_block(table, min, from, room, max).to;
        count++;
    } while (from < table->columns);
    return count;
}

/* So many columns a block that all blocks have about as many. */
static int columns_a_block(const cli_table *table, const int *min, int room) {
    int blocks = count_blocks(table, min, room, INT_MAX);
    int even = (table->columns - 1 + blocks - 1) / blocks;
    return count_blocks(table, min, room, even) == blocks ? even : INT_MAX;
}

/* ---- Printing -------------------------------------------------------------------------------------- */

/* The part of a cell that goes onto this line, taken off *text. */
typedef struct piece {
    const char *text;
    size_t length; /* without spaces at its end */
    int width;     /* with those that end the cell: they are there to align by */
} piece;

/* What of the cell fits into `width` columns. */
static piece take_piece(const char **text, int width) {
    piece p = {*text, cli_text_line(*text, width), 0};
    size_t all = p.length;
    *text += all;
    while (p.length && p.text[p.length - 1] == ' ')
        p.length--;
    p.width = cli_text_width_of(p.text, **text ? p.length : all);
    return p;
}

/* One line of a row; takes off `rest` what it printed. */
static void print_line(const cli_table *table, const block *b, const char **rest, const int *widths,
                       FILE *to) {
    int owed = 0; /* spaces that are printed only if something follows */
    for (int column = 0; column < b->to; column = next_column(b, column)) {
        piece p = take_piece(&rest[column], widths[column]);
        bool right = is_right(table, column);
        int pad = widths[column] > p.width ? widths[column] - p.width : 0;
        int printed = cli_text_width_of(p.text, p.length);
        if (p.length)
            fprintf(to, "%*s%.*s", owed + (right ? pad : 0), "", (int)p.length, p.text);
        owed = (p.length ? (right ? 0 : pad) + p.width - printed : owed + widths[column]) + GAP;
    }
    fputc('\n', to);
}

/* As many lines as its longest cell needs. */
static void print_row(const cli_table *table, const block *b, char *const *cells, const int *widths,
                      FILE *to) {
    const char **rest = cli_allocate((size_t)table->columns, sizeof *rest);
    bool more = true;
    for (int column = 0; column < table->columns; column++)
        rest[column] = cells[column];
    while (more) {
        print_line(table, b, rest, widths, to);
        more = false;
        for (int column = 0; column < b->to; column = next_column(b, column))
            more = more || *rest[column];
    }
    free(rest);
}

static void print_rule(int width, FILE *to) {
    for (int i = 0; i < width; i++)
        fputc('-', to);
    fputc('\n', to);
}

/* All rows, but only the columns of this block. */
static void print_block(const cli_table *table, const block *b, const int *widths, FILE *to) {
    for (size_t i = 0; i + (size_t)table->columns <= table->count; i += (size_t)table->columns)
        if (table->cells[i])
            print_row(table, b, table->cells + i, widths, to);
        else
            print_rule(block_width(widths, b), to);
}

void cli_table_print(const cli_table *table, FILE *to) {
    int room = table->width ? table->width : cli_stream_width(to);
    if (!room)
        room = INT_MAX;
    widths w = measure(table);
    int *columns = cli_allocate((size_t)table->columns, sizeof *columns);
    int max = columns_a_block(table, w.min, room);
    int from = 1;
    do {
        if (from > 1)
            fputc('\n', to);
        block b = next_block(table, w.min, from, room, max);
        memcpy(columns, w.natural, (size_t)table->columns * sizeof *columns);
        narrow(&b, room, w.min, columns);
        narrow(&b, room, NULL, columns); /* a single column can be wider than a terminal */
        print_block(table, &b, columns, to);
        from = b.to;
    } while (from < table->columns);
    free(w.natural);
    free(w.min);
    free(columns);
}
