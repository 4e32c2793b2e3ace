/* Text broken into lines of a given width, between words. */
#ifndef CLI_WRAP_H
#define CLI_WRAP_H

#include <stdbool.h>
#include <stdio.h>

/* Where text is being written. */
typedef struct cli_wrapping {
    FILE *to;
    int width;               /* of a line, in columns */
    int indent;              /* of the lines after the first */
    int column;              /* where the next character goes */
    bool begun;              /* a word stands in this line, or in this column of it */
    const char *broken_line; /* written where a line is broken: "", or " \\" for a shell's command line */
} cli_wrapping;

/* Lines that fit the stream `to`, which may be a terminal. */
cli_wrapping cli_wrapping_start(FILE *to, int indent);
/* Write words separated by single spaces; a line may also be broken after '|'. Ends without a line feed. */
void cli_wrap(cli_wrapping *wrapping, const char *words);
/* Go to `column`, on the next line if it has been passed already. */
void cli_wrap_column(cli_wrapping *wrapping, int column);
void cli_wrap_end_line(cli_wrapping *wrapping);

/* Write text that is kept on one line if it fits at all. Its leading spaces separate it from what precedes it; at the
 * beginning of a line they are left out. */
void cli_wrap_unbroken(cli_wrapping *wrapping, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Write a formula that is broken only before a " + " or " = " outside of brackets. */
void cli_wrap_formula(cli_wrapping *wrapping, const char *formula);

/* Print text on stdout; lines that do not fit are broken between words, and continue with the same indent. */
void cli_print_words(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Write a whole text: lines that begin with a letter are joined to paragraphs, those that begin with spaces keep
 * their indentation, an empty line stays one. Broken lines of an indented one stand `deeper` than it. */
void cli_wrap_text(FILE *to, const char *text, int width, int deeper, const char *broken_line);

/* Write "  LEFT   RIGHT" and a line feed, RIGHT from `column` on; on a narrow terminal, and where LEFT is too
 * long, RIGHT stands in the lines below. */
void cli_wrap_row(FILE *to, const char *left, const char *right, int column, int width);

#endif
