/* The data sets that `cnn data fetch` knows: where they are, and their checksums. */
#ifndef CLI_FETCH_TABLE_H
#define CLI_FETCH_TABLE_H

#include <stdint.h>

enum { CLI_FETCH_MIRRORS = 2, CLI_FETCH_FILES = 4, CLI_FETCH_MEMBERS = 7 };

typedef struct cli_fetch_file {
    const char *name;   /* appended to the mirror's address; also its name in the data set's folder */
    int64_t size;       /* bytes */
    const char *sha256; /* in hexadecimal digits */
} cli_fetch_file;

typedef struct cli_fetch_set {
    const char *name;                           /* as cnn_data_open knows it */
    const char *mirrors[CLI_FETCH_MIRRORS + 1]; /* each ends in a slash; tried in turn */
    cli_fetch_file files[CLI_FETCH_FILES + 1];  /* ended by one without a name */
    cli_fetch_file members[CLI_FETCH_MEMBERS +
                           1]; /* what to unpack from the one file if it is a .tar.gz; otherwise none */
} cli_fetch_set;

/* Ended by one without a name. */
extern const cli_fetch_set cli_fetch_sets[];

#endif
