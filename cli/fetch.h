/* Fetching a known data set: every file from the first mirror that gives it, checked, and renamed when it is whole. */
#ifndef CLI_FETCH_H
#define CLI_FETCH_H

#include "fetch_table.h"

#include <cnn.h>

typedef struct cli_fetch {
    const cli_fetch_set *set;
    const char *folder; /* made where it is missing */
    const char *mirror; /* an address instead of the set's; NULL: those */
    double stall;       /* seconds without a byte after which a mirror is given up */
    /* Called while a file comes, `done` of its bytes being here; false: stop. May be NULL. */
    bool (*progress)(void *user, const cli_fetch_file *file, int64_t done);
    void *user;
    int fetched;                   /* out: how many files came */
    bool present[CLI_FETCH_FILES]; /* out: which were there already */
} cli_fetch;

/* CNN_STOPPED where `progress` asked for it. What came of a file stays in NAME.part, and the next call goes on there; a
 * file whose checksum is wrong is deleted. A file that is there and is another one is left alone: CNN_ERROR_FORMAT. */
cnn_status cli_fetch_set_files(cli_fetch *fetch, cnn_error *error);

#endif
