/* One line of a text model: its words, where it stands, and messages that say so. */
#ifndef CNN_GRAPH_TEXT_LINE_H
#define CNN_GRAPH_TEXT_LINE_H

#include "base/status.h"

/* Long enough for a layer with CNN_MAX_INPUTS (graph/net.h) of the longest names. */
enum { CNN_LONGEST_LINE = 32000, CNN_MAX_WORDS = 300 };

typedef struct cnn_line {
    const char *origin;              /* the file's name */
    int64_t number;                  /* from 1 */
    char text[CNN_LONGEST_LINE + 1]; /* without comment and without blanks at its ends, for messages */
    char words_text[CNN_LONGEST_LINE + 1];
    const char *word[CNN_MAX_WORDS]; /* into words_text */
    int count, next;                 /* number of words; index of the first unused one */
} cnn_line;

/* Split the line that begins at `*text` into words and move *text past it. A comment or blank line has no words. */
cnn_status cnn_line_read(const char **text, cnn_line *line, cnn_error *error);
/* The next word, or NULL; the second function also consumes it. */
const char *cnn_line_peek(const cnn_line *line);
const char *cnn_line_take(cnn_line *line);
/* "ORIGIN:LINE: "TEXT": ..." */
cnn_status cnn_line_fail(const cnn_line *line, cnn_error *error, cnn_status status, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* The same prefix before the message that is already in `error`. */
cnn_status cnn_line_fail_within(const cnn_line *line, cnn_error *error, cnn_status status);

#endif
