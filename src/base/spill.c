#define _GNU_SOURCE /* O_TMPFILE, mkostemp */
#include "base/spill.h"

#include "base/file.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <unistd.h>

const char *cnn_spill_folder(void) {
    const char *folder = getenv("TMPDIR");
    return folder && *folder ? folder : "/var/tmp";
}

/* A file that goes with its last user. -1 and errno on failure. */
static int create(const char *folder) {
    int file = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (file >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
        return file;
    char *path = cnn_path_join(folder, "cnn-XXXXXX", NULL); /* file systems without such files */
    if (!path)
        return -1;
    file = mkostemp(path, O_CLOEXEC);
    if (file >= 0)
        unlink(path);
    cnn_free(path);
    return file;
}

/* What asks for more than there is would fill the disk for a moment, and other programs would find it full. */
static bool has_space(int file, size_t bytes) {
    struct statvfs about;
    return fstatvfs(file, &about) != 0 || (double)about.f_bavail * (double)about.f_frsize > (double)bytes;
}

/* All of it is taken from the disk at once: a write to memory could not say later that the disk is full. */
static void *map(int file, size_t bytes) {
    errno = has_space(file, bytes) ? posix_fallocate(file, 0, (off_t)bytes) : ENOSPC;
    if (errno)
        return NULL;
    void *room = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (room == MAP_FAILED)
        return NULL;
    madvise(room, bytes, MADV_RANDOM); /* or megabytes are read for an image of some kilobytes */
    return room;
}

void *cnn_spill_allocate(size_t bytes, cnn_error *error) {
    const char *folder = cnn_spill_folder();
    const int file = create(folder);
    void *room = file >= 0 ? map(file, bytes) : NULL;
    if (!room)
        cnn_io_error("make a temporary file in", folder, error);
    if (file >= 0)
        close(file);
    return room;
}

void cnn_spill_free(void *room, size_t bytes) {
    if (room)
        munmap(room, bytes);
}

void cnn_spill_expect(const void *from, size_t bytes) {
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), begin = (uintptr_t)from / page * page;
    madvise((void *)begin, (uintptr_t)from - begin + bytes, MADV_WILLNEED);
}
