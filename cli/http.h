/* One file over HTTP. http_curl.c does it with libcurl; without that, http_none.c says what is missing. */
#ifndef CLI_HTTP_H
#define CLI_HTTP_H

#include <stdbool.h>
#include <stdint.h>

typedef enum cli_http_end { CLI_HTTP_DONE, CLI_HTTP_FAILED, CLI_HTTP_STOPPED } cli_http_end;

typedef struct cli_download {
    const char *address, *path;
    int64_t size;                               /* of the whole file; anything beyond it is refused */
    double stall;                               /* seconds without data after which to give up */
    bool (*progress)(void *user, int64_t done); /* of `size` bytes; false: stop. May be NULL */
    void *user;
    char reason[400]; /* why it failed */
} cli_download;

/* Download what the file lacks: what exists already is not requested again, unless the server cannot send part of a
 * file. After a failure the file keeps what was received. */
cli_http_end cli_http_get(cli_download *download);

#endif
