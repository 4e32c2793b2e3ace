/* A table of files and what is known of each: CSV with a heading, or JSON lines. */
#ifndef CNN_DATA_LABEL_TABLE_H
#define CNN_DATA_LABEL_TABLE_H

#include "base/file.h"
#include "base/text.h"

typedef struct cnn_label_row {
    int64_t line; /* from 1 */
    cnn_split split;
    char *file;     /* owned, as all that follows */
    char **words;   /* the classes: one, or in CNN_DATA_MULTI_LABEL any number */
    float *numbers; /* CNN_DATA_NUMBERS */
    int64_t word_count, number_count;
    cnn_bytes bytes; /* of the file, where an archive brought it; else data NULL */
} cnn_label_row;

typedef struct cnn_label_table {
    const char *path; /* the caller's */
    const char *unit; /* of what the numbers count: "line" */
    cnn_data_kind kind;
    bool divided; /* a column says which split each file belongs to */
    cnn_label_row *rows;
    int64_t count, capacity;
    cnn_text ignored; /* the names of columns that mean nothing here, with a comma between two */
} cnn_label_table;

/* Whether the name ends as those of such tables do: .csv, .jsonl, .ndjson. */
bool cnn_is_label_table(const char *path);

/* Read a table. Every message has the number of the line. Release with cnn_label_table_free, also after a failure. */
cnn_status cnn_label_table_read(cnn_label_table *table, const char *path, cnn_error *error);
void cnn_label_table_free(cnn_label_table *table);

/* ---- What the readers of the two formats share ------------------------------------------------------ */

typedef enum cnn_label_meaning {
    CNN_LABEL_IGNORED,
    CNN_LABEL_FILE,
    CNN_LABEL_CLASS,
    CNN_LABEL_CLASSES,
    CNN_LABEL_NUMBERS,
    CNN_LABEL_SPLIT
} cnn_label_meaning;

/* What a column means, by its name. */
cnn_label_meaning cnn_label_meaning_of(const char *name);

/* The readers of the two formats, of a text that ends in a zero byte, and that CSV changes. */
cnn_status cnn_label_table_read_csv(cnn_label_table *table, char *text, cnn_error *error);
cnn_status cnn_label_table_read_json(cnn_label_table *table, char *text, cnn_error *error);

/* CNN_ERROR_FORMAT: "PATH, line N: MESSAGE", with the table's unit for "line". */
cnn_status cnn_label_table_fail(const cnn_label_table *table, int64_t line, cnn_error *error,
                                const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Decide what the table is about by the columns that it has; has[meaning]. */
cnn_status cnn_label_table_settle(cnn_label_table *table, const bool has[CNN_LABEL_SPLIT + 1], int64_t line,
                                  cnn_error *error);
/* A new row at the end of the table, for files that train; NULL and CNN_ERROR_MEMORY. */
cnn_label_row *cnn_label_table_add(cnn_label_table *table, int64_t line, cnn_error *error);
/* Note a column that is ignored. */
void cnn_label_table_ignore(cnn_label_table *table, const char *name);

/* What a row's cells hold; all is copied. */
cnn_status cnn_label_row_file(cnn_label_row *row, const cnn_label_table *table, const char *file,
                              cnn_error *error);
cnn_status cnn_label_row_split(cnn_label_row *row, const cnn_label_table *table, const char *word,
                               cnn_error *error);
cnn_status cnn_label_row_word(cnn_label_row *row, const cnn_label_table *table, const char *word,
                              cnn_error *error);
cnn_status cnn_label_row_number(cnn_label_row *row, const cnn_label_table *table, double number,
                                cnn_error *error);
/* Whether the row is whole. */
cnn_status cnn_label_row_check(const cnn_label_row *row, const cnn_label_table *table, cnn_error *error);

#endif
