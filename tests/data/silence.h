/* Whether a library prints what only its caller may tell. */
#ifndef TESTS_DATA_SILENCE_H
#define TESTS_DATA_SILENCE_H

#include "data/scratch.h"

#include <fcntl.h>
#include <unistd.h>

/* Standard error goes to a file while the decoders meet damage. */
static inline off_t printed_by(void (*run)(const char *folder), const char *folder) {
    char path[PATH_BYTES];
    int file = open(scratch_path(folder, "stderr", path), O_RDWR | O_CREAT, 0600), kept = dup(STDERR_FILENO);
    dup2(file, STDERR_FILENO);
    run(folder);
    fflush(stderr);
    dup2(kept, STDERR_FILENO);
    off_t size = lseek(file, 0, SEEK_END);
    close(file);
    close(kept);
    return size;
}

#endif
