#define _GNU_SOURCE /* fsync */
#include "written_file.h"

#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

static bool write_all(const char *path, const char *bytes, size_t count) {
    const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
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
    char *beside = cli_format("%s.tmp-%ld", path, (long)getpid());
    int code = CLI_DONE;
    if (!write_all(beside, bytes, count) || rename(beside, path) != 0) {
        code = cli_fail("cannot write %s: %s", path, strerror(errno));
        unlink(beside);
    }
    free(beside);
    return code;
}
