#define _GNU_SOURCE
#include "fetch.h"

#include "http.h"
#include "output.h"
#include "sha256.h"
#include "untar.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Bytes of a file; -1: there is none. */
static int64_t size_of(const char *path) {
    struct stat about;
    return stat(path, &about) == 0 && S_ISREG(about.st_mode) ? (int64_t)about.st_size : -1;
}

/* Create the folder and those above it that are missing. */
static cnn_status make_folders(const char *path, cnn_error *error) {
    char *copy = cli_format("%s", path);
    int failed = 0;
    for (char *at = copy + 1; !failed && (at = strchr(at, '/')); *at++ = '/') {
        *at = '\0';
        failed = mkdir(copy, 0777) && errno != EEXIST;
    }
    failed = failed || (mkdir(copy, 0777) && errno != EEXIST);
    const int reason = errno;
    free(copy);
    return failed ? cli_refuse(error, CNN_ERROR_IO, "cannot create the folder %s: %s", path, strerror(reason))
                  : CNN_OK;
}

/* ---- Is it the file? ------------------------------------------------------------------------------- */

/* *right: whether the file has the size and SHA-256 of the original. */
static cnn_status check_sum(const char *path, const cli_fetch_file *file, bool *right, cnn_error *error) {
    char found[CLI_SHA256_TEXT];
    const char *why;
    if (!cli_sha256_file(path, found, &why))
        return cli_refuse(error, CNN_ERROR_IO, "cannot read %s: %s", path, why);
    *right = size_of(path) == file->size && !strcmp(found, file->sha256);
    return CNN_OK;
}

/* A file of that name is never replaced: it may be somebody's own. */
static cnn_status check_present(const char *path, const cli_fetch_file *file, cnn_error *error) {
    bool right = false;
    cnn_status status = check_sum(path, file, &right, error);
    if (status == CNN_OK && !right)
        status = cli_refuse(error, CNN_ERROR_FORMAT,
                            "%s exists already, but its SHA-256 is not that of the original file: if you do "
                            "not need it, delete it and fetch again",
                            path);
    return status;
}

/* ---- One file from one mirror ---------------------------------------------------------------------- */

/* Progress of a file while it is downloaded. */
typedef struct arrival {
    const cli_fetch *fetch;
    const cli_fetch_file *file;
} arrival;

/* Pass progress on to the caller, with the file that it is of. */
static bool tell(void *user, int64_t done) {
    const arrival *a = user;
    return !a->fetch->progress || a->fetch->progress(a->fetch->user, a->file, done);
}

/* `part` is complete: give it its name if it is the right file, else delete it. */
static cnn_status accept(const char *part, const char *path, const char *address, const cli_fetch_file *file,
                         cnn_error *error) {
    bool right = false;
    cnn_status status = check_sum(part, file, &right, error);
    if (status != CNN_OK)
        return status;
    if (!right) {
        remove(part);
        return cli_refuse(error, CNN_ERROR_FORMAT,
                          "%s: the server sent a different file: its SHA-256 is wrong, and it was deleted",
                          address);
    }
    if (rename(part, path))
        return cli_refuse(error, CNN_ERROR_IO, "cannot rename %s: %s", part, strerror(errno));
    return CNN_OK;
}

/* Add to the partial file what it lacks. */
static cnn_status get(const cli_fetch *fetch, const cli_fetch_file *file, const char *address,
                      const char *part, cnn_error *error) {
    arrival arrival = {fetch, file};
    cli_download download = {.address = address,
                             .path = part,
                             .size = file->size,
                             .stall = fetch->stall,
                             .progress = tell,
                             .user = &arrival};
    switch (cli_http_get(&download)) {
    case CLI_HTTP_DONE:
        return CNN_OK;
    case CLI_HTTP_STOPPED:
        return cli_refuse(error, CNN_STOPPED, "stopped; fetch again to continue where it stopped");
    default:
        return cli_refuse(error, CNN_ERROR_IO, "%s: %s", address, download.reason);
    }
}

/* Download into `part`, check it, and rename it to `path`: a file of the final name is always complete. */
static cnn_status get_and_accept(const cli_fetch *fetch, const cli_fetch_file *file, const char *address,
                                 const char *part, const char *path, cnn_error *error) {
    cnn_status status = get(fetch, file, address, part, error);
    return status == CNN_OK ? accept(part, path, address, file, error) : status;
}

/* Bytes of an earlier attempt may be wrong: then once more, from the first byte. */
static cnn_status fetch_from(const cli_fetch *fetch, const cli_fetch_file *file, const char *mirror,
                             const char *path, cnn_error *error) {
    const char *slash = *mirror && mirror[strlen(mirror) - 1] == '/' ? "" : "/";
    char *part = cli_format("%s.part", path), *address = cli_format("%s%s%s", mirror, slash, file->name);
    if (size_of(part) > file->size)
        remove(part);
    const bool resumed = size_of(part) > 0;
    cnn_status status = size_of(part) == file->size ? accept(part, path, address, file, error)
                                                    : get_and_accept(fetch, file, address, part, path, error);
    if (resumed && status == CNN_ERROR_FORMAT)
        status = get_and_accept(fetch, file, address, part, path, error);
    if (size_of(part) == 0)
        remove(part);
    free(part);
    free(address);
    return status;
}

/* ---- A file, a set --------------------------------------------------------------------------------- */

/* From each mirror in turn; the message has what every one of them said. */
static cnn_status fetch_file(const cli_fetch *fetch, const cli_fetch_file *file, const char *path,
                             cnn_error *error) {
    const char *only[] = {fetch->mirror, NULL}, *const *mirror = fetch->mirror ? only : fetch->set->mirrors;
    cnn_status status = CNN_ERROR_IO;
    char *said = cli_format("%s", "");
    for (; *mirror && status != CNN_OK && status != CNN_STOPPED; mirror++) {
        status = fetch_from(fetch, file, *mirror, path, error);
        if (status == CNN_OK || status == CNN_STOPPED)
            break;
        char *longer = cli_format("%s%s%s", said, *said ? "; " : "", error->message);
        free(said);
        said = longer;
    }
    if (status != CNN_OK && status != CNN_STOPPED)
        cli_refuse(
            error, status,
            "%s; to continue, fetch again (--mirror URL tries another server), or put %s into %s by hand",
            said, file->name, fetch->folder);
    free(said);
    return status;
}

/* Whether what the archive holds has been unpacked already. */
static bool has_members(const cli_fetch *fetch) {
    bool all = fetch->set->members[0].name;
    for (const cli_fetch_file *member = fetch->set->members; member->name; member++) {
        char *path = cli_format("%s/%s", fetch->folder, member->name);
        all = all && size_of(path) == member->size;
        free(path);
    }
    return all;
}

/* The archive goes when it is unpacked. */
static cnn_status unpack(const cli_fetch *fetch, const char *archive, cnn_error *error) {
    cnn_status status = CNN_OK;
    for (const cli_fetch_file *member = fetch->set->members; member->name && status == CNN_OK; member++) {
        char *path = cli_format("%s/%s", fetch->folder, member->name);
        char *slash = strrchr(path, '/');
        *slash = '\0';
        status = make_folders(path, error);
        free(path);
    }
    if (status == CNN_OK)
        status = cli_untar(archive, fetch->folder, fetch->set->members, error);
    if (status == CNN_OK)
        remove(archive);
    return status;
}

/* One file: present already, or from one of the mirrors in turn. */
static cnn_status bring(cli_fetch *fetch, int index, cnn_error *error) {
    const cli_fetch_file *file = &fetch->set->files[index];
    char *path = cli_format("%s/%s", fetch->folder, file->name);
    fetch->present[index] = access(path, F_OK) == 0; /* also a folder or a pipe, which is then refused */
    cnn_status status =
        fetch->present[index] ? check_present(path, file, error) : fetch_file(fetch, file, path, error);
    fetch->fetched += status == CNN_OK && !fetch->present[index];
    if (status == CNN_OK && fetch->set->members[0].name)
        status = unpack(fetch, path, error);
    free(path);
    return status;
}

cnn_status cli_fetch_set_files(cli_fetch *fetch, cnn_error *error) {
    const bool was_there = access(fetch->folder, F_OK) == 0;
    fetch->fetched = 0;
    cnn_status status = make_folders(fetch->folder, error);
    for (int i = 0; status == CNN_OK && fetch->set->files[i].name; i++) {
        fetch->present[i] = has_members(fetch);
        if (!fetch->present[i])
            status = bring(fetch, i, error);
    }
    if (status != CNN_OK && !was_there)
        rmdir(
            fetch->folder); /* fails unless it is empty; it must not stand before a complete one elsewhere */
    return status;
}
