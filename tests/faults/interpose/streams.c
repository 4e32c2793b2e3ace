/* The C library writes its streams by calls of its own; these go by the functions of files.c. */
#define _GNU_SOURCE
#include "streams.h"

#include "files.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static ssize_t read_stream(void *cookie, char *bytes, size_t size) {
    return read((int)(intptr_t)cookie, bytes, size);
}

/* All of it, as the C library writes its own; less says a failure here. */
static ssize_t write_stream(void *cookie, const char *bytes, size_t size) {
    size_t done = 0;
    for (ssize_t written = 1; written > 0 && done<size; done += written> 0 ? (size_t)written : 0)
        written = write((int)(intptr_t)cookie, bytes + done, size - done);
    return (ssize_t)done;
}

static int seek_stream(void *cookie, off64_t *offset, int from) {
    *offset = lseek((int)(intptr_t)cookie, *offset, from);
    return *offset < 0 ? -1 : 0;
}

static int close_stream(void *cookie) {
    return close((int)(intptr_t)cookie);
}

static FILE *stream_of(int file, const char *mode) {
    const cookie_io_functions_t functions = {
        .read = read_stream, .write = write_stream, .seek = seek_stream, .close = close_stream};
    return file < 0 ? NULL : fopencookie((void *)(intptr_t)file, mode, functions);
}

FILE *fopen(const char *path, const char *mode) {
    const int exclusive = strchr(mode, 'x') ? O_EXCL : 0;
    const int flags = mode[0] == 'r'   ? O_RDONLY
                      : mode[0] == 'a' ? O_WRONLY | O_CREAT | O_APPEND
                                       : O_WRONLY | O_CREAT | O_TRUNC | exclusive;
    return stream_of(open(path, flags | O_CLOEXEC, 0666), mode[0] == 'r' ? "r" : "w");
}

FILE *fopen64(const char *path, const char *mode) __attribute__((alias("fopen")));

void streams_take_output(void) {
    static char buffer[4096]; /* so that it is no block of the command */
    FILE *stream = stream_of(STDOUT_FILENO, "w");
    if (!stream)
        return;
    setvbuf(stream, buffer, _IOFBF, sizeof buffer);
    stdout = stream;
    files_name(STDOUT_FILENO, "standard output");
}
