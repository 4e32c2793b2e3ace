#include "wrap.h"

#include "output.h"
#include "table.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void cli_wrap_end_line(cli_wrapping *wrapping) {
    fputc('\n', wrapping->to);
    wrapping->column = 0;
    wrapping->begun = false;
}

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

void cli_wrap(cli_wrapping *wrapping, const char *words) {
    int space = 1;
    for (words += strspn(words, " "); *words;) {
        size_t length = strcspn(words, " |");
        length += words[length] == '|';
        char *piece = cli_format("%.*s", (int)length, words);
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
