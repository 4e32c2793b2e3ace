#include "graph/text_field.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Words to numbers: the same in every locale ---------------------------------------------------- */

int cnn_word_integers(const char *word, char separator, int max, int64_t *values) {
    enum { MAX_DIGITS = 18 };
    for (int count = 0; count < max; count++) {
        int digits = 0;
        values[count] = 0;
        for (; isdigit((unsigned char)*word); word++) {
            if (++digits > MAX_DIGITS)
                return 0;
            values[count] = values[count] * 10 + (*word - '0');
        }
        if (digits == 0)
            return 0;
        if (*word == '\0')
            return count + 1;
        if (*word++ != separator)
            return 0;
    }
    return 0;
}

bool cnn_word_integer(const char *word, int64_t *value) {
    return cnn_word_integers(word, '\0', 1, value) == 1;
}

bool cnn_word_colour(const char *word, uint32_t *colour) {
    static const char digits[] = "0123456789abcdef";
    *colour = 0;
    for (int i = 0; i < 6; i++) {
        const char *digit = word[i] ? strchr(digits, word[i] | ('a' ^ 'A')) : NULL;
        if (!digit)
            return false;
        *colour = *colour << 4 | (uint32_t)(digit - digits);
    }
    *colour |= 0xff000000;
    return word[6] == '\0';
}

/* The decimal separator of the current locale. */
static char decimal_point(void) {
    char half[8];
    snprintf(half, sizeof half, "%.1f", 0.5);
    return half[1];
}

bool cnn_word_real(const char *word, double *value) {
    char copy[64], *end;
    size_t length = strlen(word);
    if (length == 0 || length >= sizeof copy || strspn(word, "0123456789.eE+-") != length)
        return false;
    memcpy(copy, word, length + 1);
    for (char *c = copy; *c; c++)
        if (*c == '.')
            *c = decimal_point();
    *value = strtod(copy, &end);
    return *end == '\0';
}

/* "1.5x2", or one number for both; neither is 0. */
static bool word_reals(const char *word, double pair[2]) {
    char first[64];
    const char *cross = strchr(word, 'x');
    const size_t length = cross ? (size_t)(cross - word) : strlen(word);
    if (length >= sizeof first)
        return false;
    memcpy(first, word, length);
    first[length] = '\0';
    return cnn_word_real(first, &pair[0]) && cnn_word_real(cross ? cross + 1 : first, &pair[1]) &&
           pair[0] != 0 && pair[1] != 0;
}

/* The shortest form that reads back as the same number. */
static void write_real(double value, cnn_text *text) {
    char word[64];
    double back;
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(word, sizeof word, "%.*g", digits, value);
        for (char *c = word; *c; c++)
            if (*c == decimal_point())
                *c = '.';
        if (cnn_word_real(word, &back) && back == value)
            break;
    }
    cnn_text_append(text, "%s", word);
}

/* ---- Fields ---------------------------------------------------------------------------------------- */

/* Where the field's value lies within the options. */
static void *member(const cnn_field *field, cnn_options *options) {
    return (char *)options + field->offset;
}

static const void *const_member(const cnn_field *field, const cnn_options *options) {
    return (const char *)options + field->offset;
}

const cnn_field *cnn_find_field(const cnn_op *op, const char *word) {
    for (const cnn_field *field = op->fields; field && field->word; field++)
        if (strcmp(field->word, word) == 0)
            return field;
    return NULL;
}

/* "WORD must be EXPECTED, found ...". */
static cnn_status wrong_value(const cnn_field *field, const cnn_line *line, const char *word,
                              const char *expected, cnn_error *error) {
    return cnn_line_fail(line, error, CNN_ERROR_FORMAT, "%s must be %s, found \"%.40s\"", field->word,
                         expected, word);
}

/* In the options, zero means the default, so a zero that a person writes must be refused here. A positional integer
 * has no default; the op itself refuses zero, with a better message. */
static bool read_integer(const cnn_field *field, const char *word, int64_t *value) {
    return cnn_word_integer(word, value) && (*value > 0 || field->positional);
}

/* "3x5", or "3" for both. */
static bool read_pair(const cnn_field *field, const char *word, int64_t pair[2]) {
    int count = cnn_word_integers(word, 'x', 2, pair);
    if (count == 1)
        pair[1] = pair[0];
    return count > 0 && (field->zero || (pair[0] > 0 && pair[1] > 0));
}

/* "1", "1x2" (rows x columns) or "0,1,2,1" (top, left, bottom, right). */
static bool read_padding(const char *word, int64_t padding[4]) {
    int64_t pair[2];
    if (cnn_word_integers(word, ',', 4, padding) == 4)
        return true;
    int count = cnn_word_integers(word, 'x', 2, pair);
    for (int side = 0; side < 4; side++)
        padding[side] = count == 2 ? pair[side % 2] : pair[0];
    return count > 0;
}

/* "4", "4,8" or "4,8,2": first, count, step; a count of 0 is all the rest. */
static bool read_span(const char *word, int64_t span[3]) {
    const int given = cnn_word_integers(word, ',', 3, span);
    if (given < 2)
        span[1] = 0;
    if (given < 3)
        span[2] = 1;
    return given > 0 && span[2] > 0;
}

static bool read_choice(const cnn_field *field, const char *word, int *value) {
    for (*value = 0; field->choices[*value]; ++*value)
        if (strcmp(field->choices[*value], word) == 0)
            return true;
    return false;
}

/* List the choices and suggest the nearest. */
static cnn_status wrong_choice(const cnn_field *field, const cnn_line *line, const char *word,
                               cnn_error *error) {
    cnn_text all = {0};
    const char *nearest = cnn_nearest_word(word, field->choices);
    for (const char *const *choice = field->choices; *choice; choice++)
        cnn_text_append(&all, choice[1] ? "%s, " : "%s", *choice);
    cnn_status status =
        cnn_line_fail(line, error, CNN_ERROR_FORMAT, "%s must be one of %s, found \"%.40s\"%s%s%s",
                      field->word, all.data ? all.data : "", word, nearest ? ": did you mean " : "",
                      nearest ? nearest : "", nearest ? "?" : "");
    cnn_free(all.data);
    return status;
}

cnn_status cnn_field_read(const cnn_field *field, const cnn_op *op, cnn_line *line, cnn_options *options,
                          cnn_error *error) {
    const char *word = field->type == CNN_FIELD_FLAG ? "" : cnn_line_take(line);
    const cnn_field *same = cnn_find_field(op, CNN_SAME_WORD);
    void *value = member(field, options);
    if (!word)
        return cnn_line_fail(line, error, CNN_ERROR_FORMAT, "a value is missing after %s",
                             line->word[line->count - 1]);
    switch (field->type) {
    case CNN_FIELD_INTEGER:
        return read_integer(field, word, value)
                   ? CNN_OK
                   : wrong_value(field, line, word, "a whole number of at least 1", error);
    case CNN_FIELD_REAL:
        return cnn_word_real(word, value) && (field->zero || *(double *)value != 0)
                   ? CNN_OK
                   : wrong_value(field, line, word, field->zero ? "a number" : "a number other than 0",
                                 error);
    case CNN_FIELD_PAIR:
        return read_pair(field, word, value)
                   ? CNN_OK
                   : wrong_value(field, line, word, "rows x columns like 3x2, or one number for both", error);
    case CNN_FIELD_REAL_PAIR:
        return word_reals(word, value)
                   ? CNN_OK
                   : wrong_value(field, line, word, "rows x columns like 1.5x2, or one number for both",
                                 error);
    case CNN_FIELD_PADDING:
        if (same && strcmp(word, CNN_SAME_WORD) == 0)
            return *(bool *)member(same, options) = true, CNN_OK;
        return read_padding(word, value)
                   ? CNN_OK
                   : wrong_value(field, line, word,
                                 same ? "one number, rows x columns, top,left,bottom,right or the word same"
                                      : "one number, rows x columns or top,left,bottom,right",
                                 error);
    case CNN_FIELD_SPAN:
        return read_span(word, value)
                   ? CNN_OK
                   : wrong_value(field, line, word, "the first (from 0), or first,count or first,count,step",
                                 error);
    case CNN_FIELD_CHOICE:
        return read_choice(field, word, value) ? CNN_OK : wrong_choice(field, line, word, error);
    case CNN_FIELD_FLAG:
        *(bool *)value = true;
    }
    return CNN_OK;
}

/* As read_pair reads it, in the shortest form. */
static void write_pair(const int64_t *pair, cnn_text *text) {
    cnn_text_append(text, "%" PRId64 "x%" PRId64, pair[0], pair[1]);
}

/* As read_padding reads it, in the shortest form. */
static void write_padding(const int64_t *padding, cnn_text *text) {
    if (padding[0] != padding[2] || padding[1] != padding[3])
        cnn_text_append(text, "%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64, padding[0], padding[1],
                        padding[2], padding[3]);
    else if (padding[0] != padding[1])
        write_pair(padding, text);
    else
        cnn_text_append(text, "%" PRId64, padding[0]);
}

/* As read_span reads it, in the shortest form. */
static void write_span(const int64_t *span, cnn_text *text) {
    cnn_text_append(text, "%" PRId64, span[0]);
    if (span[1] != 0 || span[2] != 1)
        cnn_text_append(text, ",%" PRId64, span[1]);
    if (span[2] != 1)
        cnn_text_append(text, ",%" PRId64, span[2]);
}

void cnn_field_write(const cnn_field *field, const cnn_options *options, cnn_text *text) {
    const void *value = const_member(field, options);
    const int64_t *integers = value;
    const double *reals = value;
    switch (field->type) {
    case CNN_FIELD_INTEGER:
        cnn_text_append(text, "%" PRId64, integers[0]);
        break;
    case CNN_FIELD_REAL:
        write_real(reals[0], text);
        break;
    case CNN_FIELD_REAL_PAIR:
        write_real(reals[0], text);
        if (reals[0] == reals[1])
            break;
        cnn_text_append(text, "x");
        write_real(reals[1], text);
        break;
    case CNN_FIELD_PAIR:
        if (field->positional || integers[0] != integers[1])
            write_pair(integers, text);
        else
            cnn_text_append(text, "%" PRId64, integers[0]);
        break;
    case CNN_FIELD_PADDING:
        write_padding(integers, text);
        break;
    case CNN_FIELD_SPAN:
        write_span(integers, text);
        break;
    case CNN_FIELD_CHOICE:
        cnn_text_append(text, "%s", field->choices[*(const int *)value]);
        break;
    case CNN_FIELD_FLAG: /* its word says it all */
        break;
    }
}

static size_t field_size(const cnn_field *field) {
    static const size_t sizes[] = {
        [CNN_FIELD_INTEGER] = sizeof(int64_t),  [CNN_FIELD_REAL] = sizeof(double),
        [CNN_FIELD_PAIR] = 2 * sizeof(int64_t), [CNN_FIELD_PADDING] = 4 * sizeof(int64_t),
        [CNN_FIELD_FLAG] = sizeof(bool),        [CNN_FIELD_CHOICE] = sizeof(int),
        [CNN_FIELD_SPAN] = 3 * sizeof(int64_t), [CNN_FIELD_REAL_PAIR] = 2 * sizeof(double),
    };
    return sizes[field->type];
}

void cnn_field_copy(const cnn_field *field, const cnn_options *from, cnn_options *to) {
    memcpy(member(field, to), const_member(field, from), field_size(field));
}

bool cnn_field_equal(const cnn_field *field, const cnn_options *a, const cnn_options *b) {
    return memcmp(const_member(field, a), const_member(field, b), field_size(field)) == 0;
}
