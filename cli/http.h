/* One file over HTTP. http_curl.c does it with libcurl; without that, http_none.c says what is missing. */
#ifndef CLI_HTTP_H
#define CLI_HTTP_H

#include <stdbool.h>
#include <stdint.h>

typedef enum cli_http_end { CLI_HTTP_DONE, CLI_HTTP_FAILED, CLI_HTTP_STOPPED } cli_http_end;

typedef struct cli_download {
    const char *address, *path;
    int64_t size;                               /* of the whole file; no byte more is taken */
    double stall;                               /* seconds without a byte after which to give up */
    bool (*progress)(void *user, int64_t done); /* of `size` bytes; false: stop. May be NULL */
    void *user;
    char reason[400]; /* why it failed */
} cli_download;

/* Add to the file what it lacks: what is there already is not asked for again, unless the server cannot give a part
 * of a file. After a failure the file has what came. */
cli_http_end cli_http_get(cli_download *download);

#endif
