#include "wrap.h"

#include "output.h"
#include "text.h"

#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

cli_wrapping cli_wrapping_start(FILE *to, int indent) {
    int width = cli_stream_width(to);
    return (cli_wrapping){.to = to, .width = width ? width : INT_MAX, .indent = indent, .broken_line = ""};
}

void cli_wrap_end_line(cli_wrapping *wrapping) {
    fputc('\n', wrapping->to);
    wrapping->column = 0;
    wrapping->begun = false;
}

/* Write spaces up to this column. */
static void go_to(cli_wrapping *wrapping, int column) {
    for (; wrapping->column < column; wrapping->column++)
        fputc(' ', wrapping->to);
}

void cli_wrap_column(cli_wrapping *wrapping, int column) {
    if (wrapping->column > column)
        cli_wrap_end_line(wrapping);
    go_to(wrapping, column);
    wrapping->begun = false;
}

/* Write what cannot be broken, `space` (0 or 1) columns after what stands before it. */
static void write_piece(cli_wrapping *wrapping, const char *piece, int space) {
    int width = cli_text_width(piece), margin = (int)strlen(wrapping->broken_line);
    if (wrapping->begun && wrapping->column + space + width + margin > wrapping->width) {
        fputs(wrapping->broken_line, wrapping->to);
        cli_wrap_end_line(wrapping);
        go_to(wrapping, wrapping->indent);
    } else if (wrapping->begun) {
        go_to(wrapping, wrapping->column + space);
    }
    fputs(piece, wrapping->to);
    wrapping->column += width;
    wrapping->begun = true;
}

/* Bytes of a word, or of a part of it that ends in '|'. */
static size_t word_length(const char *word) {
    size_t length = strcspn(word, " |");
    return length + (word[length] == '|');
}

/* Bytes of what is not to be broken: a word, or an option with its value. */
static size_t piece_length(const char *words) {
    size_t length = word_length(words);
    const char *next = words + length + strspn(words + length, " ");
    bool has_value = *words == '-' && words[length] == ' ' && *next && *next != '-';
    return has_value ? (size_t)(next - words) + word_length(next) : length;
}

void cli_wrap(cli_wrapping *wrapping, const char *words) {
    int space = 1;
    for (words += strspn(words, " "); *words;) {
        size_t length = piece_length(words);
        char *piece = cli_format("%.*s", (int)length, words);
        cli_text_clean(piece, "");
        write_piece(wrapping, piece, space);
        free(piece);
        words += length;
        space = *words == ' ';
        words += strspn(words, " ");
    }
}

void cli_wrap_text(FILE *to, const char *text, int width, int deeper, const char *broken_line) {
    cli_wrapping wrapping = {.to = to, .width = width, .broken_line = broken_line};
    bool paragraph = false; /* the line before this one can go on */
    while (*text) {
        size_t length = strcspn(text, "\n");
        int indent = (int)strspn(text, " ");
        bool joins = paragraph && length && !indent;
        if (wrapping.column && !joins)
            cli_wrap_end_line(&wrapping);
        if (!length)
            cli_wrap_end_line(&wrapping);
        if (!joins) {
            cli_wrap_column(&wrapping, indent);
            wrapping.indent = indent ? indent + deeper : 0;
        }
        char *line = cli_format("%.*s", (int)length, text);
        cli_wrap(&wrapping, line);
        free(line);
        paragraph = length && !indent;
        text += length + (text[length] == '\n');
    }
    if (wrapping.column)
        cli_wrap_end_line(&wrapping);
}

/* Begin the next line at the indent. */
static void break_line(cli_wrapping *wrapping) {
    cli_wrap_end_line(wrapping);
    go_to(wrapping, wrapping->indent);
}

/* On this line if it fits, else on the next; broken only where it is wider than a line. */
static void write_unbroken(cli_wrapping *wrapping, const char *unbroken) {
    if (wrapping->begun && cli_text_width(unbroken) > wrapping->width - wrapping->column) {
        break_line(wrapping);
        unbroken += strspn(unbroken, " ");
    }
    while (cli_text_width(unbroken) > wrapping->width - wrapping->column) { /* wider than a line */
        size_t length = cli_text_line(unbroken, wrapping->width - wrapping->column), end = length;
        while (end && unbroken[end - 1] == ' ')
            end--;
        fwrite(unbroken, 1, end, wrapping->to);
        break_line(wrapping);
        unbroken += length;
    }
    fputs(unbroken, wrapping->to);
    wrapping->column += cli_text_width(unbroken);
    wrapping->begun = true;
}

void cli_wrap_unbroken(cli_wrapping *wrapping, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *unbroken = cli_vformat(format, arguments);
    va_end(arguments);
    cli_text_clean(unbroken, "");
    write_unbroken(wrapping, unbroken);
    free(unbroken);
}

/* Bytes of the formula up to where its line may be broken. */
static size_t term_length(const char *formula) {
    int depth = 0;
    size_t length = 0;
    for (; formula[length]; length++) {
        const char *at = formula + length;
        depth += (*at == '(') - (*at == ')');
        if (length && !depth && (!strncmp(at, " + ", 3) || !strncmp(at, " = ", 3)))
            break;
    }
    return length;
}

void cli_wrap_formula(cli_wrapping *wrapping, const char *formula) {
    while (*formula) {
        size_t length = term_length(formula);
        cli_wrap_unbroken(wrapping, "%.*s", (int)length, formula);
        formula += length;
    }
}

/* Word by word; the indent of a line is kept where it is broken. */
static void print_line(const char *line) {
    cli_wrapping wrapping = cli_wrapping_start(stdout, (int)strspn(line, " "));
    while (*line) { /* word by word, each with the spaces before it */
        size_t spaces = strspn(line, " "), length = spaces + strcspn(line + spaces, " ");
        cli_wrap_unbroken(&wrapping, "%.*s", (int)length, line);
        line += length;
    }
    cli_wrap_end_line(&wrapping);
}

void cli_print_words(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *text = cli_vformat(format, arguments), *line = text;
    va_end(arguments);
    for (char *end; (end = strchr(line, '\n')); line = end + 1) {
        *end = '\0';
        print_line(line);
    }
    if (*line)
        print_line(line);
    free(text);
}

void cli_wrap_row(FILE *to, const char *left, const char *right, int column, int width) {
    enum { INDENT = 2, NARROW = 60, NARROW_COLUMN = 6 };
    cli_wrapping wrapping = {.to = to, .width = width, .indent = NARROW_COLUMN, .broken_line = ""};
    if (width < NARROW)
        column = NARROW_COLUMN;
    cli_wrap_column(&wrapping, INDENT);
    cli_wrap(&wrapping, left);
    if (wrapping.column > column - 2)
        cli_wrap_end_line(&wrapping);
    cli_wrap_column(&wrapping, column);
    wrapping.indent = column;
    cli_wrap(&wrapping, right);
    cli_wrap_end_line(&wrapping);
}
