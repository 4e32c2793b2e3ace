#include "data/label_table.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "data/splits.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool is_csv(const char *path) {
    return cnn_name_ends_in(path, ".csv");
}

bool cnn_is_label_table(const char *path) {
    return is_csv(path) || cnn_name_ends_in(path, ".jsonl") || cnn_name_ends_in(path, ".ndjson");
}

cnn_label_meaning cnn_label_meaning_of(const char *name) {
    static const struct {
        const char *name;
        cnn_label_meaning meaning;
    } names[] = {
        {"file", CNN_LABEL_FILE},      {"file_name", CNN_LABEL_FILE},  {"filename", CNN_LABEL_FILE},
        {"path", CNN_LABEL_FILE},      {"image", CNN_LABEL_FILE},      {"label", CNN_LABEL_CLASS},
        {"class", CNN_LABEL_CLASS},    {"labels", CNN_LABEL_CLASSES},  {"classes", CNN_LABEL_CLASSES},
        {"target", CNN_LABEL_NUMBERS}, {"targets", CNN_LABEL_NUMBERS}, {"split", CNN_LABEL_SPLIT}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcasecmp(names[i].name, name) == 0)
            return names[i].meaning;
    return strncasecmp(name, "target_", 7) == 0 ? CNN_LABEL_NUMBERS : CNN_LABEL_IGNORED;
}

cnn_status cnn_label_table_fail(const cnn_label_table *table, int64_t line, cnn_error *error,
                                const char *format, ...) {
    char message[768];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    return cnn_fail(error, CNN_ERROR_FORMAT, "%s, %s %" PRId64 ": %s", table->path, table->unit, line,
                    message);
}

cnn_status cnn_label_table_settle(cnn_label_table *table, const bool has[CNN_LABEL_SPLIT + 1], int64_t line,
                                  cnn_error *error) {
    const int answers = has[CNN_LABEL_CLASS] + has[CNN_LABEL_CLASSES] + has[CNN_LABEL_NUMBERS];
    if (!has[CNN_LABEL_FILE])
        return cnn_label_table_fail(table, line, error,
                                    "no column is called file or file_name, which names the pictures");
    if (answers != 1)
        return cnn_label_table_fail(
            table, line, error,
            "%s of the columns label (a class), labels (several classes, separated by ;) "
            "and target (numbers); expected one of them",
            answers ? "more than one" : "none");
    table->kind = has[CNN_LABEL_CLASS]     ? CNN_DATA_CLASSES
                  : has[CNN_LABEL_CLASSES] ? CNN_DATA_MULTI_LABEL
                                           : CNN_DATA_NUMBERS;
    table->divided = has[CNN_LABEL_SPLIT];
    return CNN_OK;
}

void cnn_label_table_ignore(cnn_label_table *table, const char *name) {
    cnn_text_append(&table->ignored, "%s%s", table->ignored.length ? ", " : "", name);
}

/* ---- Rows ------------------------------------------------------------------------------------------ */

cnn_label_row *cnn_label_table_add(cnn_label_table *table, int64_t line, cnn_error *error) {
    if (cnn_grow((void **)&table->rows, table->count, &table->capacity, sizeof *table->rows, "a table's rows",
                 error) != CNN_OK)
        return NULL;
    table->rows[table->count] = (cnn_label_row){.line = line, .split = CNN_SPLIT_TRAIN};
    return &table->rows[table->count++];
}

cnn_status cnn_label_row_file(cnn_label_row *row, const cnn_label_table *table, const char *file,
                              cnn_error *error) {
    if (!*file)
        return cnn_label_table_fail(table, row->line, error, "no file is named");
    if (row->file)
        return cnn_label_table_fail(table, row->line, error, "two columns name the file: \"%s\" and \"%s\"",
                                    row->file, file);
    row->file = cnn_copy_string(file, error);
    return row->file ? CNN_OK : CNN_ERROR_MEMORY;
}

cnn_status cnn_label_row_split(cnn_label_row *row, const cnn_label_table *table, const char *word,
                               cnn_error *error) {
    row->split = cnn_split_of_name(word);
    return row->split != CNN_SPLIT_ALL
               ? CNN_OK
               : cnn_label_table_fail(table, row->line, error,
                                      "split \"%s\": expected train, validation or test", word);
}

cnn_status cnn_label_row_word(cnn_label_row *row, const cnn_label_table *table, const char *word,
                              cnn_error *error) {
    if (!*word)
        return cnn_label_table_fail(table, row->line, error, "the label is empty");
    char **words = cnn_allocate((size_t)row->word_count + 1, sizeof *words, "the labels", error);
    char *copy = words ? cnn_copy_string(word, error) : NULL;
    if (!copy) {
        cnn_free(words);
        return CNN_ERROR_MEMORY;
    }
    if (row->words)
        memcpy(words, row->words, (size_t)row->word_count * sizeof *words);
    cnn_free(row->words);
    row->words = words;
    row->words[row->word_count++] = copy;
    return CNN_OK;
}

cnn_status cnn_label_row_number(cnn_label_row *row, const cnn_label_table *table, double number,
                                cnn_error *error) {
    if (!isfinite((float)number))
        return cnn_label_table_fail(table, row->line, error, "the target %g is not a finite number", number);
    float *numbers = cnn_allocate((size_t)row->number_count + 1, sizeof *numbers, "the targets", error);
    if (!numbers)
        return CNN_ERROR_MEMORY;
    if (row->numbers)
        memcpy(numbers, row->numbers, (size_t)row->number_count * sizeof *numbers);
    cnn_free(row->numbers);
    row->numbers = numbers;
    row->numbers[row->number_count++] = (float)number;
    return CNN_OK;
}

cnn_status cnn_label_row_check(const cnn_label_row *row, const cnn_label_table *table, cnn_error *error) {
    const cnn_label_row *first = table->rows;
    if (!row->file)
        return cnn_label_table_fail(table, row->line, error, "no file is named");
    if (table->kind == CNN_DATA_CLASSES && row->word_count != 1)
        return cnn_label_table_fail(table, row->line, error, "it has no label");
    if (table->kind == CNN_DATA_NUMBERS &&
        (row->number_count < 1 || row->number_count != first->number_count))
        return cnn_label_table_fail(table, row->line, error,
                                    "%" PRId64 " targets, but line %" PRId64 " has %" PRId64
                                    ": expected as many, and at least one",
                                    row->number_count, first->line, first->number_count);
    return CNN_OK;
}

/* ---- The whole ------------------------------------------------------------------------------------- */

/* The file's text, without a byte order mark, followed by a zero byte. */
static cnn_status read_text(const char *path, char **text, cnn_error *error) {
    static const char mark[] = "\xef\xbb\xbf";
    cnn_bytes file;
    cnn_status status = cnn_file_read(path, &file, error);
    if (status != CNN_OK)
        return status;
    const size_t skip = file.size >= 3 && memcmp(file.data, mark, 3) == 0 ? 3 : 0;
    *text = cnn_allocate(file.size - skip + 1, 1, path, error);
    if (*text && file.size > skip)
        memcpy(*text, file.data + skip, file.size - skip);
    if (*text && strlen(*text) != file.size - skip)
        status = cnn_fail(error, CNN_ERROR_FORMAT, "%s: byte %zu is 0, so this is no text", path,
                          strlen(*text) + skip);
    else if (*text && cnn_not_utf8(*text) >= 0)
        status = cnn_fail(error, CNN_ERROR_FORMAT, "%s: byte %" PRId64 " is not UTF-8", path,
                          cnn_not_utf8(*text) + (int64_t)skip);
    cnn_free(file.data);
    return *text ? status : CNN_ERROR_MEMORY;
}

cnn_status cnn_label_table_read(cnn_label_table *table, const char *path, cnn_error *error) {
    char *text = NULL;
    *table = (cnn_label_table){.path = path, .unit = "line"};
    cnn_status status = read_text(path, &text, error);
    if (status == CNN_OK)
        status = (is_csv(path) ? cnn_label_table_read_csv : cnn_label_table_read_json)(table, text, error);
    if (status == CNN_OK && table->count == 0)
        status = cnn_fail(error, CNN_ERROR_FORMAT, "%s: it lists no pictures", path);
    if (status == CNN_OK && table->ignored.failed)
        status = cnn_fail(error, CNN_ERROR_MEMORY, "out of memory: the columns of %s", path);
    cnn_free(text);
    return status;
}

static void free_row(cnn_label_row *row) {
    for (int64_t i = 0; i < row->word_count; i++)
        cnn_free(row->words[i]);
    cnn_free(row->words);
    cnn_free(row->numbers);
    cnn_free(row->file);
    cnn_free(row->bytes.data);
}

void cnn_label_table_free(cnn_label_table *table) {
    for (int64_t i = 0; i < table->count; i++)
        free_row(&table->rows[i]);
    cnn_free(table->rows);
    cnn_free(table->ignored.data);
    *table = (cnn_label_table){0};
}
