#define _GNU_SOURCE
#include "http.h"

#include "regular_file.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { CONNECT_SECONDS = 20, MAX_REDIRECTS = 10, NO_SUCH_RANGE = 416 };

/* A download under way. */
typedef struct transfer {
    cli_download *download;
    CURL *curl;
    FILE *file;
    int64_t begin, written; /* bytes that were there, bytes that came */
    bool stopped;
    char error[CURL_ERROR_SIZE]; /* libcurl's */
    char refusal[256];           /* ours of what came */
} transfer;

/* Keep the reason for the caller, who prints it. */
static cli_http_end fail(cli_download *download, const char *what, const char *why) {
    snprintf(download->reason, sizeof download->reason, "%s%s%s", what, why ? ": " : "", why ? why : "");
    return CLI_HTTP_FAILED;
}

/* ---- What libcurl calls ---------------------------------------------------------------------------- */

/* Write what came; returning less than was given stops libcurl. */
static size_t receive(char *bytes, size_t size, size_t count, void *user) {
    transfer *t = user;
    const size_t length = size * count;
    if (t->begin + t->written + (int64_t)length > t->download->size) {
        snprintf(t->refusal, sizeof t->refusal, "the server sent more than the %" PRId64 " bytes of the file",
                 t->download->size);
        return 0;
    }
    if (fwrite(bytes, 1, length, t->file) != length) {
        snprintf(t->refusal, sizeof t->refusal, "cannot write %.150s: %s", t->download->path,
                 strerror(errno));
        return 0;
    }
    t->written += (int64_t)length;
    return length;
}

/* libcurl asks about once a second whether to go on; not 0 stops it. */
static int look_up(void *user, curl_off_t total, curl_off_t now, curl_off_t up_total, curl_off_t up) {
    transfer *t = user;
    const cli_download *d = t->download;
    (void)total, (void)now, (void)up_total, (void)up;
    t->stopped = d->progress && !d->progress(d->user, t->begin + t->written);
    return t->stopped;
}

/* ---- One attempt ----------------------------------------------------------------------------------- */

static void set_options(transfer *t) {
    CURL *curl = t->curl;
    const cli_download *d = t->download;
    curl_easy_setopt(curl, CURLOPT_URL, d->address);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, (long)MAX_REDIRECTS);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "cnn");
    curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)d->stall);
    curl_easy_setopt(curl, CURLOPT_RESUME_FROM_LARGE, (curl_off_t)t->begin);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, t->error);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, look_up);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, t);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
}

/* What libcurl says, in fewer words where it needs more than a person. */
static cli_http_end explain(transfer *t, CURLcode code) {
    char text[160];
    long answer = 0;
    curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &answer);
    if (t->refusal[0])
        return fail(t->download, t->refusal, NULL);
    if (code == CURLE_HTTP_RETURNED_ERROR)
        snprintf(text, sizeof text, "the server answered with status %ld", answer);
    else if (code == CURLE_OPERATION_TIMEDOUT)
        snprintf(text, sizeof text,
                 "nothing was received for %.0f seconds (%" PRId64 " of %" PRId64 " bytes so far)",
                 t->download->stall, t->begin + t->written, t->download->size);
    else if (code == CURLE_PARTIAL_FILE || code == CURLE_RECV_ERROR || code == CURLE_OK)
        snprintf(text, sizeof text, "the connection ended after %" PRId64 " of %" PRId64 " bytes",
                 (t->begin + t->written), t->download->size);
    else
        return fail(t->download, t->error[0] ? t->error : curl_easy_strerror(code), NULL);
    return fail(t->download, text, NULL);
}

/* *again: the server cannot go on where the file ends. */
static cli_http_end perform(transfer *t, bool *again) {
    long answer = 0;
    t->curl = curl_easy_init();
    if (!t->curl)
        return fail(t->download, "out of memory", NULL);
    set_options(t);
    const CURLcode code = curl_easy_perform(t->curl);
    curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &answer);
    *again = t->begin > 0 && (code == CURLE_RANGE_ERROR || answer == NO_SUCH_RANGE);
    cli_http_end end = CLI_HTTP_DONE;
    if (t->stopped)
        end = CLI_HTTP_STOPPED;
    else if (code != CURLE_OK || t->begin + t->written < t->download->size)
        end = explain(t, code);
    curl_easy_cleanup(t->curl);
    return end;
}

/* Continue the file where it ends, or start anew if the server cannot. */
static cli_http_end get(transfer *t) {
    bool again;
    fseeko(t->file, 0, SEEK_END);
    t->begin = ftello(t->file);
    cli_http_end end = perform(t, &again);
    if (!again)
        return end;
    if (fflush(t->file) || ftruncate(fileno(t->file), 0))
        return fail(t->download, t->download->path, strerror(errno));
    t->begin = t->written = 0;
    return perform(t, &again);
}

cli_http_end cli_http_get(cli_download *download) {
    const char *why;
    transfer t = {.download = download,
                  .file = cli_open_regular(download->path, O_WRONLY | O_CREAT | O_APPEND, &why)};
    if (!t.file)
        return fail(download, download->path, why);
    cli_http_end end;
    if (flock(fileno(t.file), LOCK_EX | LOCK_NB))
        end = fail(download, download->path, "another process is fetching it");
    else
        end = get(&t);
    if (fclose(t.file) && end == CLI_HTTP_DONE)
        end = fail(download, download->path, strerror(errno));
    return end;
}
