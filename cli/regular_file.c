#define _GNU_SOURCE
#include "regular_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* NULL: it is a regular file. */
static const char *what_is_wrong(int file) {
    static const char other[] = "it is a pipe or a device, not a file";
    struct stat about;
    if (file < 0 || fstat(file, &about) != 0)
        return errno == ENXIO ? other : strerror(errno); /* a pipe that nobody reads */
    if (S_ISDIR(about.st_mode))
        return strerror(EISDIR);
    return S_ISREG(about.st_mode) ? NULL : other;
}

FILE *cli_open_regular(const char *path, int flags, const char **why) {
    const int file = open(path, flags | O_NONBLOCK | O_CLOEXEC, 0666);
    const char *mode = flags & O_APPEND ? "ab" : flags & O_WRONLY ? "wb" : "rb";
    *why = what_is_wrong(file);
    FILE *stream = *why ? NULL : fdopen(file, mode);
    if (!stream && !*why)
        *why = strerror(errno);
    if (!stream && file >= 0)
        close(file);
    return stream;
}
