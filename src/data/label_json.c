/* Tables of labels as JSON lines: an object in each. */
#include "data/label_table.h"

#include "base/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* A class: a string, or a whole number, which becomes its digits. */
static cnn_status take_word(cnn_label_row *row, const cnn_label_table *table, const char *key,
                            const json_t *value, cnn_error *error) {
    char number[24];
    if (json_is_string(value))
        return cnn_label_row_word(row, table, json_string_value(value), error);
    if (!json_is_integer(value))
        return cnn_label_table_fail(table, row->line, error, "\"%s\": expected a string or a whole number",
                                    key);
    snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    return cnn_label_row_word(row, table, number, error);
}

static cnn_status take_number(cnn_label_row *row, const cnn_label_table *table, const char *key,
                              const json_t *value, cnn_error *error) {
    if (!json_is_number(value))
        return cnn_label_table_fail(table, row->line, error, "\"%s\": expected a number", key);
    return cnn_label_row_number(row, table, json_number_value(value), error);
}

typedef cnn_status (*take_value)(cnn_label_row *row, const cnn_label_table *table, const char *key,
                                 const json_t *value, cnn_error *error);

/* An array of values, or a single one. */
static cnn_status take_values(cnn_label_row *row, const cnn_label_table *table, const char *key,
                              const json_t *value, take_value take, cnn_error *error) {
    cnn_status status = CNN_OK;
    if (!json_is_array(value))
        return take(row, table, key, value, error);
    for (size_t i = 0; status == CNN_OK && i < json_array_size(value); i++)
        status = take(row, table, key, json_array_get(value, i), error);
    return status;
}

static cnn_status take_member(cnn_label_row *row, const cnn_label_table *table, const char *key,
                              const json_t *value, cnn_error *error) {
    const cnn_label_meaning meaning = cnn_label_meaning_of(key);
    if ((meaning == CNN_LABEL_FILE || meaning == CNN_LABEL_SPLIT) && !json_is_string(value))
        return cnn_label_table_fail(table, row->line, error, "\"%s\": expected a string", key);
    switch (meaning) {
    case CNN_LABEL_FILE:
        return cnn_label_row_file(row, table, json_string_value(value), error);
    case CNN_LABEL_SPLIT:
        return cnn_label_row_split(row, table, json_string_value(value), error);
    case CNN_LABEL_CLASS:
        return take_word(row, table, key, value, error);
    case CNN_LABEL_CLASSES:
        return take_values(row, table, key, value, take_word, error);
    case CNN_LABEL_NUMBERS:
        return take_values(row, table, key, value, take_number, error);
    case CNN_LABEL_IGNORED:
        break;
    }
    return CNN_OK;
}

/* The first object decides what the table is about, the others must have the same. */
static cnn_status check_members(cnn_label_table *table, const json_t *object, int64_t line,
                                cnn_error *error) {
    const cnn_data_kind kind = table->kind;
    const bool divided = table->divided, first = table->count == 0;
    bool has[CNN_LABEL_SPLIT + 1] = {false};
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value) {
        const cnn_label_meaning meaning = cnn_label_meaning_of(key);
        if (meaning == CNN_LABEL_NUMBERS && has[meaning])
            return cnn_label_table_fail(
                table, line, error, "\"%s\": several targets are given as an array, \"target\": [1, 2]", key);
        if (meaning == CNN_LABEL_IGNORED && first)
            cnn_label_table_ignore(table, key);
        has[meaning] = true;
    }
    const cnn_status status = cnn_label_table_settle(table, has, line, error);
    if (status == CNN_OK && !first && (table->kind != kind || table->divided != divided))
        return cnn_label_table_fail(table, line, error,
                                    "it says something else of its picture than line %" PRId64
                                    ": all must have the same members",
                                    table->rows[0].line);
    return status;
}

static cnn_status read_object(cnn_label_table *table, const json_t *object, int64_t line, cnn_error *error) {
    if (!json_is_object(object))
        return cnn_label_table_fail(table, line, error, "expected a JSON object");
    cnn_status status = check_members(table, object, line, error);
    cnn_label_row *row = status == CNN_OK ? cnn_label_table_add(table, line, error) : NULL;
    if (status == CNN_OK && !row)
        return CNN_ERROR_MEMORY;
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value) {
        if (status == CNN_OK)
            status = take_member(row, table, key, value, error);
    }
    return status == CNN_OK ? cnn_label_row_check(row, table, error) : status;
}

static cnn_status read_line(cnn_label_table *table, const char *text, size_t size, int64_t line,
                            cnn_error *error) {
    json_error_t reason;
    json_t *object;
    if (strspn(text, " \t\r") >= size)
        return CNN_OK;
    cnn_status status = cnn_json_parse(text, size, &object, &reason);
    if (status == CNN_ERROR_MEMORY)
        return cnn_fail(error, status, "out of memory: %s, line %" PRId64, table->path, line);
    if (status != CNN_OK)
        return cnn_label_table_fail(table, line, error, "%s", reason.text);
    status = read_object(table, object, line, error);
    json_decref(object);
    return status;
}

cnn_status cnn_label_table_read_json(cnn_label_table *table, char *text, cnn_error *error) {
    cnn_status status = CNN_OK;
    const char *at = text;
    for (int64_t line = 1; status == CNN_OK && *at; line++) {
        const size_t size = strcspn(at, "\n");
        status = read_line(table, at, size, line, error);
        at += size + (at[size] == '\n');
    }
    return status;
}
