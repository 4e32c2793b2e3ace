/* Downloading a known data set: every file from the first mirror that has it, verified, and renamed once it is
 * complete. */
#ifndef CLI_FETCH_H
#define CLI_FETCH_H

#include "fetch_table.h"

#include <cnn.h>

typedef struct cli_fetch {
    const cli_fetch_set *set;
    const char *folder; /* created if it is missing */
    const char *mirror; /* an address to use instead of the set's; NULL: none */
    double stall;       /* seconds without data after which a mirror is given up */
    /* Called while a file is downloaded, of which `done` bytes have arrived; false: stop. May be NULL. */
    bool (*progress)(void *user, const cli_fetch_file *file, int64_t done);
    void *user;
    int fetched;                   /* out: how many files were downloaded */
    bool present[CLI_FETCH_FILES]; /* out: which ones existed already */
} cli_fetch;

/* CNN_STOPPED if `progress` requested it. What was downloaded of a file stays in NAME.part, where the next call
 * continues; a file with a wrong checksum is deleted. A different file of the same name is left alone:
 * CNN_ERROR_FORMAT. */
cnn_status cli_fetch_set_files(cli_fetch *fetch, cnn_error *error);

#endif
