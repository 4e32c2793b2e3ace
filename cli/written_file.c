#define _GNU_SOURCE /* fsync */
#include "written_file.h"

#include "output.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define MARK ".tmp-"

static bool write_bytes(int file, const char *bytes, size_t count) {
    while (count) {
        const ssize_t written = write(file, bytes, count);
        if (written < 0 && errno != EINTR)
            return false;
        if (written > 0) {
            bytes += written;
            count -= (size_t)written;
        }
    }
    return fsync(file) == 0;
}

/* ---- What a command left that was killed while it wrote -------------------------------------------- */

/* Who writes a file holds a lock on it, which goes with the process. */
static void remove_if_ownerless(int folder, const char *name) {
    const int file = openat(folder, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (file < 0)
        return;
    if (flock(file, LOCK_EX | LOCK_NB) == 0)
        unlinkat(folder, name, 0);
    close(file);
}

static void remove_leftovers(const char *path) {
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    char *begin = cli_format("%s" MARK, name),
         *folder = slash ? cli_format("%.*s", (int)(slash - path + 1), path) : cli_format(".");
    DIR *listing = opendir(folder);
    for (const struct dirent *entry; listing && (entry = readdir(listing));)
        if (strncmp(entry->d_name, begin, strlen(begin)) == 0)
            remove_if_ownerless(dirfd(listing), entry->d_name);
    if (listing)
        closedir(listing);
    free(begin);
    free(folder);
}

/* ---- Writing --------------------------------------------------------------------------------------- */

/* Locked. -1 and errno on failure. */
static int create(const char *path) {
    for (;;) {
        struct stat about;
        const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
        if (file < 0 || flock(file, LOCK_EX) != 0 || (fstat(file, &about) == 0 && about.st_nlink > 0))
            return file; /* also where files cannot be locked */
        close(file);     /* somebody took it for a leftover before it was locked */
    }
}

static bool write_all(const char *path, const char *bytes, size_t count) {
    const int file = create(path);
    if (file < 0)
        return false;
    const bool written = write_bytes(file, bytes, count);
    const int why = errno;
    const bool closed = close(file) == 0;
    if (!written)
        errno = why;
    return written && closed;
}

int cli_write_file(const char *path, const char *bytes, size_t count) {
    char *beside = cli_format("%s" MARK "%ld", path, (long)getpid());
    int code = CLI_DONE;
    remove_leftovers(path);
    if (!write_all(beside, bytes, count) || rename(beside, path) != 0) {
        code = cli_fail("cannot write %s: %s", path, strerror(errno));
        unlink(beside);
    }
    free(beside);
    return code;
}
