/* Strings: a growing one for writers, what is UTF-8. */
#ifndef CNN_BASE_TEXT_H
#define CNN_BASE_TEXT_H

#include "base/status.h"

/* Start as {0}. After a failed append `failed` stays true and further appends do nothing, so that a writer
 * checks once at its end. Release `data` with cnn_free. */
typedef struct cnn_text {
    char *data; /* always terminated; NULL before the first append */
    size_t length, capacity;
    bool failed;
} cnn_text;

void cnn_text_append(cnn_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void cnn_text_append_bytes(cnn_text *text, const void *bytes, size_t count);

/* Whether a file's name ends in `ending` (".csv"), in upper or lower case, and has more than that. */
bool cnn_name_ends_in(const char *name, const char *ending);

/* Where the first byte lies that is not UTF-8; -1: all of it is. */
int64_t cnn_not_utf8(const char *text);

/* The shortest decimal number that is `value` when rounded to float: 0.1, not 0.10000000149. */
double cnn_shortest(float value);

#endif
