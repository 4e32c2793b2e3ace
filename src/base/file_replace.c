#define _GNU_SOURCE
#include "base/file.h"

#include "base/memory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file that is being written lies beside the one that it will replace, under a name of its own. Who writes it holds a lock
 * on it, which the system takes away with the process: what is not locked belongs to nobody. */
#define MARK ".tmp-"

/* ---- What a process left that was killed while it wrote -------------------------------------------- */

static void remove_if_ownerless(int folder, const char *name) {
    const int file = openat(folder, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (file < 0)
        return;
    if (flock(file, LOCK_EX | LOCK_NB) == 0)
        unlinkat(folder, name, 0);
    close(file);
}

void cnn_file_remove_leftovers(const char *path) {
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const size_t length = strlen(name);
    char *folder = cnn_path_folder(path, NULL);
    DIR *listing = folder ? opendir(folder) : NULL;
    for (const struct dirent *entry; listing && (entry = readdir(listing));)
        if (strncmp(entry->d_name, name, length) == 0 &&
            strncmp(entry->d_name + length, MARK, sizeof MARK - 1) == 0)
            remove_if_ownerless(dirfd(listing), entry->d_name);
    if (listing)
        closedir(listing);
    cnn_free(folder);
}

/* ---- Writing --------------------------------------------------------------------------------------- */

/* A new file beside `path`, locked; its mode follows the umask. -1 and errno on failure. `beside` is allocated. */
static int create_beside(const char *path, char **beside) {
    static atomic_uint counter;
    for (;;) {
        if (asprintf(beside, "%s" MARK "%ld-%u", path, (long)getpid(), atomic_fetch_add(&counter, 1)) < 0) {
            *beside = NULL;
            return -1;
        }
        const int file = open(*beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (file < 0 && errno != EEXIST)
            return -1;
        struct stat about;
        if (file >= 0 && (flock(file, LOCK_EX) != 0 || (fstat(file, &about) == 0 && about.st_nlink > 0)))
            return file; /* also where files cannot be locked */
        if (file >= 0)
            close(file); /* somebody took it for a leftover before it was locked */
        free(*beside);
    }
}

/* A file being written: small parts are gathered, so that a file of many takes few calls. */
typedef struct output {
    cnn_sink sink;
    int file;
    int failed; /* errno of the first failure; what comes after it is not written */
    size_t used;
    char gathered[16384];
} output;

static bool write_all(int file, const char *data, size_t size) {
    while (size > 0) {
        ssize_t written = write(file, data, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        data += written;
        size -= (size_t)written;
    }
    return true;
}

static void write_out(output *output, const void *data, size_t size) {
    if (!output->failed && !write_all(output->file, data, size))
        output->failed = errno;
}

static void flush(output *output) {
    write_out(output, output->gathered, output->used);
    output->used = 0;
}

static void take(cnn_sink *sink, const void *data, size_t size) {
    output *to = (output *)sink; /* its first member */
    if (size > sizeof to->gathered - to->used)
        flush(to);
    if (size > sizeof to->gathered) {
        write_out(to, data, size);
        return;
    }
    if (size > 0)
        memcpy(to->gathered + to->used, data, size);
    to->used += size;
}

/* All that `make` gives, and to the disk. */
static cnn_status write_made(int file, const char *path, cnn_file_maker make, const void *context,
                             cnn_error *error) {
    output output = {.sink = {take}, .file = file};
    cnn_status status = make(context, &output.sink, error);
    if (status != CNN_OK)
        return status;
    flush(&output);
    if (!output.failed && fsync(file) != 0 && errno != EINVAL)
        output.failed = errno;
    errno = output.failed;
    return output.failed ? cnn_io_error("write", path, error) : CNN_OK;
}

static cnn_status write_and_rename(int file, const char *beside, const char *path, cnn_file_maker make,
                                   const void *context, cnn_error *error) {
    cnn_status status = write_made(file, path, make, context, error);
    if (status == CNN_OK && rename(beside, path) != 0)
        status = cnn_io_error("replace", path, error);
    if (status != CNN_OK)
        unlink(beside);
    if (close(file) != 0 && status == CNN_OK)
        status = cnn_io_error("write", path, error);
    return status;
}

cnn_status cnn_file_replace_made(const char *path, cnn_file_maker make, const void *context,
                                 cnn_error *error) {
    char *beside = NULL;
    cnn_file_remove_leftovers(path);
    const int file = create_beside(path, &beside);
    cnn_status status;
    if (file >= 0)
        status = write_and_rename(file, beside, path, make, context, error);
    else
        status = beside ? cnn_io_error("write", path, error)
                        : cnn_fail(error, CNN_ERROR_MEMORY, "out of memory: a file name");
    free(beside);
    return status;
}

/* ---- Files that are there already -------------------------------------------------------------------- */

typedef struct parts {
    const cnn_part *part;
    int64_t count;
} parts;

static cnn_status give_parts(const void *context, cnn_sink *sink, cnn_error *error) {
    const parts *all = context;
    (void)error;
    for (int64_t i = 0; i < all->count; i++)
        sink->take(sink, all->part[i].data, all->part[i].size);
    return CNN_OK;
}

cnn_status cnn_file_replace_parts(const char *path, const cnn_part *part, int64_t count, cnn_error *error) {
    return cnn_file_replace_made(path, give_parts, &(parts){part, count}, error);
}

cnn_status cnn_file_replace(const char *path, const void *data, size_t size, cnn_error *error) {
    const cnn_part whole = {data, size};
    return cnn_file_replace_parts(path, &whole, 1, error);
}
