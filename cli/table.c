#include "table.h"

#include "output.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct cli_table {
    int columns;
    const char *alignment;
    char **cells; /* row by row; the first cell of a rule is NULL */
    size_t count, capacity;
};

/* Characters that take no column of their own, or two. From Unicode's combining marks and East Asian Width,
 * by blocks: exact enough for the names of classes and files. */
static const struct {
    uint32_t first, last;
    int width;
} odd_widths[] = {
    {0x0300, 0x036f, 0},   {0x200b, 0x200f, 0}, {0xfe00, 0xfe0f, 0},   {0x1100, 0x115f, 2},
    {0x2e80, 0xa4cf, 2},   {0xac00, 0xd7a3, 2}, {0xf900, 0xfaff, 2},   {0xfe30, 0xfe4f, 2},
    {0xff00, 0xff60, 2},   {0xffe0, 0xffe6, 2}, {0x1f300, 0x1f64f, 2}, {0x1f900, 0x1f9ff, 2},
    {0x20000, 0x3fffd, 2},
};

/* The next character; *length gets its bytes. A byte that is no UTF-8 counts as one character. */
static uint32_t next_character(const char *text, int *length) {
    unsigned char first = (unsigned char)*text;
    int more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0 ? 1 : 0;
    uint32_t character = more ? first & (0x3fu >> more) : first;
    for (int i = 1; i <= more; i++) {
        if (((unsigned char)text[i] & 0xc0) != 0x80) {
            *length = 1;
            return first;
        }
        character = character << 6 | ((unsigned char)text[i] & 0x3f);
    }
    *length = 1 + more;
    return character;
}

static int character_width(uint32_t character) {
    for (size_t i = 0; i < sizeof odd_widths / sizeof odd_widths[0]; i++)
        if (character >= odd_widths[i].first && character <= odd_widths[i].last)
            return odd_widths[i].width;
    return 1;
}

int cli_text_width(const char *text) {
    int width = 0, length;
    for (; *text; text += length)
        width += character_width(next_character(text, &length));
    return width;
}

void cli_text_cut(char *text, int width) {
    int used = 0, length;
    for (; *text; text += length) {
        used += character_width(next_character(text, &length));
        if (used > width)
            *text = '\0', length = 0;
    }
}

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
    char buffer[512];
    va_start(arguments, format);
    vsnprintf(buffer, sizeof buffer, format, arguments);
    va_end(arguments);
    for (char *c = buffer; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = '?';
    append(table, cli_format("%s", buffer));
}

void cli_table_rule(cli_table *table) {
    for (int column = 0; column < table->columns; column++)
        append(table, NULL);
}

static char column_alignment(const cli_table *table, int column) {
    int last = (int)strlen(table->alignment) - 1;
    return table->alignment[column < last ? column : last];
}

static void print_row(const cli_table *table, char *const *cells, const int *widths, FILE *to) {
    int owed = 0; /* spaces that are printed only if something follows */
    for (int column = 0; column < table->columns; column++) {
        int rest = widths[column] - cli_text_width(cells[column]);
        bool right = column_alignment(table, column) == 'r';
        size_t length = strlen(cells[column]);
        while (length && cells[column][length - 1] == ' ')
            length--;
        int blank = (int)(strlen(cells[column]) - length);
        if (length)
            fprintf(to, "%*s%.*s", owed + (right ? rest : 0), "", (int)length, cells[column]);
        owed = (length ? (right ? 0 : rest) + blank : owed + widths[column]) + 2;
    }
    fputc('\n', to);
}

static void print_rule(int width, FILE *to) {
    for (int i = 0; i < width; i++)
        fputc('-', to);
    fputc('\n', to);
}

void cli_table_print(const cli_table *table, FILE *to) {
    int *widths = cli_allocate((size_t)table->columns, sizeof *widths), all = -2;
    for (size_t i = 0; i < table->count; i++) {
        int width = table->cells[i] ? cli_text_width(table->cells[i]) : 0;
        if (width > widths[i % (size_t)table->columns])
            widths[i % (size_t)table->columns] = width;
    }
    for (int column = 0; column < table->columns; column++)
        all += widths[column] + 2;
    for (size_t i = 0; i + (size_t)table->columns <= table->count; i += (size_t)table->columns)
        if (table->cells[i])
            print_row(table, table->cells + i, widths, to);
        else
            print_rule(all, to);
    free(widths);
}
