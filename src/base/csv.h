/* CSV, comma-separated values, as RFC 4180 describes it. */
#ifndef CNN_BASE_CSV_H
#define CNN_BASE_CSV_H

#include <stdint.h>

/* Where the reading of a text stands. */
typedef struct cnn_csv {
    char *at;     /* the next field, in a text that ends in a zero byte and is changed by the reading */
    int64_t line; /* the number of its line */
    char after;   /* what ended the last field: ',' or '\n', or '\0' at the text's end */
} cnn_csv;

/* The next field, unquoted in place; NULL if it is none: a quotation that does not end, or something behind one. */
char *cnn_csv_field(cnn_csv *csv);

#endif
