/* The formats of picture files: one table, and one source file per decoder. */
#ifndef CNN_DATA_FORMATS_H
#define CNN_DATA_FORMATS_H

#include "data/image.h"

typedef struct cnn_format {
    const char *name;    /* "PNG" */
    const char *endings; /* of file names, each with its dot, separated by blanks: ".jpg .jpeg" */
    struct {
        const char *bytes; /* '?' stands for any byte */
        size_t length;     /* 0: there is no second one */
    } starts[2];           /* what a file begins with */
    cnn_status (*decode)(const cnn_encoded *file, cnn_image *image,
                         cnn_error *error); /* NULL: not in this build */
    const char *package;                    /* Debian's name of the library that it needs; NULL: none */
} cnn_format;

/* The format of a file by its first bytes; NULL if it is none of them. */
const cnn_format *cnn_format_of(const uint8_t *bytes, size_t size);

/* All formats, for messages. */
enum { CNN_FORMAT_TEXT = 128 };
void cnn_format_names(char text[CNN_FORMAT_TEXT]);   /* "PNG, JPEG or WebP" */
void cnn_format_endings(char text[CNN_FORMAT_TEXT]); /* ".png .jpg .jpeg .webp" */

#endif
