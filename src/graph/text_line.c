#define _GNU_SOURCE
#include "graph/text_line.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char blanks[] = " \t\r\v\f";

static bool is_blank(char c) {
    return c != '\0' && strchr(blanks, c) != NULL;
}

/* Copy the line without comment and outer blanks. */
static void copy_text(const char *from, size_t length, char *to) {
    const char *comment = memchr(from, '#', length);
    if (comment)
        length = (size_t)(comment - from);
    while (length && is_blank(from[length - 1]))
        length--;
    while (length && is_blank(*from)) {
        from++;
        length--;
    }
    memcpy(to, from, length);
    to[length] = '\0';
}

/* Words are separated by blanks; a comment ends the line. */
static cnn_status split_words(cnn_line *line, cnn_error *error) {
    char *rest;
    memcpy(line->words_text, line->text, sizeof line->text);
    line->count = line->next = 0;
    for (char *word = strtok_r(line->words_text, blanks, &rest); word; word = strtok_r(NULL, blanks, &rest)) {
        if (line->count == CNN_MAX_WORDS)
            return cnn_line_fail(line, error, CNN_ERROR_FORMAT, "a line has at most %d words", CNN_MAX_WORDS);
        line->word[line->count++] = word;
    }
    return CNN_OK;
}

cnn_status cnn_line_read(const char **text, cnn_line *line, cnn_error *error) {
    size_t length = strcspn(*text, "\n");
    line->number++;
    line->text[0] = '\0';
    if (length > CNN_LONGEST_LINE)
        return cnn_line_fail(line, error, CNN_ERROR_FORMAT, "a line has at most %d bytes, found %zu",
                             CNN_LONGEST_LINE, length);
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)(*text)[i] < ' ' && !is_blank((*text)[i]))
            return cnn_line_fail(line, error, CNN_ERROR_FORMAT, "byte %zu is the control character %d", i + 1,
                                 (*text)[i]);
    copy_text(*text, length, line->text);
    *text += length + ((*text)[length] == '\n');
    return split_words(line, error);
}

const char *cnn_line_peek(const cnn_line *line) {
    return line->next < line->count ? line->word[line->next] : NULL;
}

const char *cnn_line_take(cnn_line *line) {
    return line->next < line->count ? line->word[line->next++] : NULL;
}

cnn_status cnn_line_fail_within(const cnn_line *line, cnn_error *error, cnn_status status) {
    if (line->text[0])
        status = cnn_fail_within(error, status, "\"%.120s\"", line->text);
    return cnn_fail_within(error, status, "%s:%" PRId64, line->origin, line->number);
}

cnn_status cnn_line_fail(const cnn_line *line, cnn_error *error, cnn_status status, const char *format, ...) {
    char message[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    cnn_fail(error, status, "%s", message);
    return cnn_line_fail_within(line, error, status);
}
