/* Tables of labels in CSV: the first line names the columns. */
#include "data/label_table.h"

#include "base/csv.h"
#include "base/memory.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef struct columns {
    cnn_label_meaning *meaning; /* of each, owned */
    int64_t count, capacity;
} columns;

static cnn_status bad_field(const cnn_label_table *table, int64_t line, cnn_error *error) {
    return cnn_label_table_fail(table, line, error,
                                "a quotation is not closed, or something follows it before the comma");
}

/* ---- The heading ----------------------------------------------------------------------------------- */

static cnn_status read_heading(cnn_label_table *table, cnn_csv *csv, columns *c, cnn_error *error) {
    bool has[CNN_LABEL_SPLIT + 1] = {false};
    do {
        const char *name = cnn_csv_field(csv);
        if (!name)
            return bad_field(table, 1, error);
        cnn_status status = cnn_grow((void **)&c->meaning, c->count, &c->capacity, sizeof *c->meaning,
                                     "a table's columns", error);
        if (status != CNN_OK)
            return status;
        const cnn_label_meaning meaning = cnn_label_meaning_of(name);
        if (meaning != CNN_LABEL_IGNORED && meaning != CNN_LABEL_NUMBERS && has[meaning])
            return cnn_label_table_fail(table, 1, error, "column \"%s\": another one means the same", name);
        if (meaning == CNN_LABEL_IGNORED)
            cnn_label_table_ignore(table, name);
        has[meaning] = true;
        c->meaning[c->count++] = meaning;
    } while (csv->after == ',');
    return cnn_label_table_settle(table, has, 1, error);
}

/* ---- Cells ----------------------------------------------------------------------------------------- */

/* Without the blanks around it; in place. */
static char *trimmed(char *text) {
    text += strspn(text, " \t");
    size_t length = strlen(text);
    while (length > 0 && strchr(" \t", text[length - 1]))
        text[--length] = '\0';
    return text;
}

static cnn_status take_class(cnn_label_row *row, const cnn_label_table *table, char *cell, cnn_error *error) {
    if (strpbrk(cell, ";|"))
        return cnn_label_table_fail(
            table, row->line, error,
            "\"%s\" looks like several labels: call the column labels if pictures may "
            "have several, else name the class without ; and |",
            cell);
    return cnn_label_row_word(row, table, cell, error);
}

static cnn_status take_number(cnn_label_row *row, const cnn_label_table *table, const char *word,
                              cnn_error *error) {
    char *end;
    const double number = strtod(word, &end);
    if (end == word || *end)
        return cnn_label_table_fail(table, row->line, error, "the target \"%s\" is not a number", word);
    return cnn_label_row_number(row, table, number, error);
}

typedef cnn_status (*take_part)(cnn_label_row *row, const cnn_label_table *table, const char *part,
                                cnn_error *error);

/* The parts of a cell, which one of `between` separates; a cell of blanks has none. */
static cnn_status take_parts(cnn_label_row *row, const cnn_label_table *table, char *cell,
                             const char *between, take_part take, cnn_error *error) {
    cnn_status status = CNN_OK;
    char *part = trimmed(cell);
    for (bool more = *part; more && status == CNN_OK;) {
        char *end = part + strcspn(part, between);
        more = *end;
        *end = '\0';
        status = take(row, table, trimmed(part), error);
        part = end + 1;
    }
    return status;
}

static cnn_status take_cell(cnn_label_row *row, const cnn_label_table *table, cnn_label_meaning meaning,
                            char *cell, cnn_error *error) {
    switch (meaning) {
    case CNN_LABEL_FILE:
        return cnn_label_row_file(row, table, cell, error);
    case CNN_LABEL_CLASS:
        return take_class(row, table, trimmed(cell), error);
    case CNN_LABEL_CLASSES:
        return take_parts(row, table, cell, ";|", cnn_label_row_word, error);
    case CNN_LABEL_NUMBERS:
        return take_parts(row, table, cell, ";| ", take_number, error);
    case CNN_LABEL_SPLIT:
        return cnn_label_row_split(row, table, trimmed(cell), error);
    case CNN_LABEL_IGNORED:
        break;
    }
    return CNN_OK;
}

/* ---- Lines ----------------------------------------------------------------------------------------- */

static cnn_status read_row(cnn_label_table *table, cnn_csv *csv, const columns *c, cnn_error *error) {
    cnn_label_row *row = cnn_label_table_add(table, csv->line, error);
    cnn_status status = row ? CNN_OK : CNN_ERROR_MEMORY;
    int64_t cells = 0;
    while (status == CNN_OK) {
        char *cell = cnn_csv_field(csv);
        if (!cell)
            return bad_field(table, row->line, error);
        if (cells < c->count)
            status = take_cell(row, table, c->meaning[cells], cell, error);
        cells++;
        if (csv->after != ',')
            break;
    }
    if (status == CNN_OK && cells != c->count)
        return cnn_label_table_fail(table, row->line, error,
                                    "%" PRId64 " values, but the first line names %" PRId64 " columns", cells,
                                    c->count);
    return status == CNN_OK ? cnn_label_row_check(row, table, error) : status;
}

/* Skip lines that are empty. */
static void skip_blank(cnn_csv *csv) {
    for (; *csv->at == '\n' || (*csv->at == '\r' && csv->at[1] == '\n'); csv->at++)
        csv->line += *csv->at == '\n';
}

cnn_status cnn_label_table_read_csv(cnn_label_table *table, char *text, cnn_error *error) {
    cnn_csv csv = {.at = text, .line = 1};
    columns c = {0};
    cnn_status status = read_heading(table, &csv, &c, error);
    for (skip_blank(&csv); status == CNN_OK && *csv.at; skip_blank(&csv))
        status = read_row(table, &csv, &c, error);
    cnn_free(c.meaning);
    return status;
}
