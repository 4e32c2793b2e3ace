#define _GNU_SOURCE
#include "base/file.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

cnn_status cnn_io_error(const char *doing, const char *path, cnn_error *error) {
    return cnn_fail(error, CNN_ERROR_IO, "cannot %s %s: %s", doing, path, strerror(errno));
}

static cnn_status read_failed(const char *path, const char *why, cnn_error *error) {
    return cnn_fail(error, CNN_ERROR_IO, "cannot read %s: %s", path, why);
}

/* Nothing but regular files is waited for or read: a named pipe without a writer would never open, a device might never
 * end. */
cnn_status cnn_file_open(const char *path, const char *name, cnn_open_file *file, cnn_error *error) {
    struct stat about;
    const char *why = NULL;
    *file = (cnn_open_file){.descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    if (file->descriptor < 0 || fstat(file->descriptor, &about) != 0)
        why = strerror(errno);
    else if (S_ISDIR(about.st_mode))
        why = strerror(EISDIR);
    else if (!S_ISREG(about.st_mode))
        why = "it is a pipe or a device, not a file";
    if (!why) {
        file->size = about.st_size;
        return CNN_OK;
    }
    cnn_file_close(file);
    return read_failed(name, why, error);
}

void cnn_file_close(cnn_open_file *file) {
    if (file->descriptor >= 0)
        close(file->descriptor);
    file->descriptor = -1;
}

static cnn_status read_open_file(const cnn_open_file *file, const char *path, cnn_bytes *bytes,
                                 cnn_error *error) {
    const size_t size = (size_t)file->size;
    bytes->data = cnn_allocate(size, 1, path, error);
    if (!bytes->data)
        return CNN_ERROR_MEMORY;
    while (bytes->size < size) {
        const ssize_t got = read(file->descriptor, bytes->data + bytes->size, size - bytes->size);
        if (got < 0)
            return cnn_io_error("read", path, error);
        if (got == 0)
            break;
        bytes->size += (size_t)got;
    }
    return CNN_OK;
}

/* Give the file back and, after a failure, the bytes. */
static cnn_status end_reading(int file, cnn_bytes *bytes, cnn_status status) {
    close(file);
    if (status != CNN_OK) {
        cnn_free(bytes->data);
        *bytes = (cnn_bytes){0};
    }
    return status;
}

cnn_status cnn_file_read(const char *path, cnn_bytes *bytes, cnn_error *error) {
    cnn_open_file file;
    *bytes = (cnn_bytes){0};
    const cnn_status status = cnn_file_open(path, path, &file, error);
    if (status != CNN_OK)
        return status;
    return end_reading(file.descriptor, bytes, read_open_file(&file, path, bytes, error));
}

/* Read what a pipe holds until its end, which nothing announces. */
static cnn_status read_pipe(int file, const char *path, cnn_bytes *bytes, cnn_error *error) {
    int64_t room = 0;
    for (ssize_t got = 1; got > 0; bytes->size += (size_t)got) {
        if (cnn_grow((void **)&bytes->data, (int64_t)bytes->size, &room, 1, path, error) != CNN_OK)
            return CNN_ERROR_MEMORY;
        got = read(file, bytes->data + bytes->size, (size_t)room - bytes->size);
        if (got < 0)
            return cnn_io_error("read", path, error);
    }
    return CNN_OK;
}

cnn_status cnn_input_read(const char *path, cnn_bytes *bytes, cnn_error *error) {
    struct stat about;
    const bool standard = strcmp(path, "-") == 0;
    *bytes = (cnn_bytes){0};
    if (!standard && (stat(path, &about) != 0 || !S_ISFIFO(about.st_mode)))
        return cnn_file_read(path, bytes, error);
    const int file = standard ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) : open(path, O_RDONLY | O_CLOEXEC);
    const char *name = standard ? "standard input" : path;
    if (file < 0)
        return cnn_io_error("read", name, error);
    return end_reading(file, bytes, read_pipe(file, name, bytes, error));
}

cnn_status cnn_file_read_part(const cnn_open_file *file, const char *name, int64_t offset, void *data,
                              int64_t size, cnn_error *error) {
    for (int64_t done = 0; done < size;) {
        const ssize_t got =
            pread(file->descriptor, (char *)data + done, (size_t)(size - done), (off_t)(offset + done));
        if (got < 0)
            return cnn_io_error("read", name, error);
        if (got == 0)
            return cnn_fail(error, CNN_ERROR_FORMAT, "%s was cut off while it was read", name);
        done += got;
    }
    return CNN_OK;
}

char *cnn_path_join(const char *folder, const char *name, cnn_error *error) {
    size_t length = strlen(folder), bytes = length + strlen(name) + 2;
    char *path = cnn_allocate(bytes, 1, "a file name", error);
    if (path)
        snprintf(path, bytes, "%s%s%s", folder, length && folder[length - 1] == '/' ? "" : "/", name);
    return path;
}

char *cnn_path_folder(const char *path, cnn_error *error) {
    const char *slash = strrchr(path, '/');
    char *folder = cnn_copy_string(slash ? path : ".", error);
    if (folder && slash)
        folder[slash == path ? 1 : slash - path] = '\0';
    return folder;
}

bool cnn_is_folder(const char *path) {
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

bool cnn_is_file(const char *path) {
    struct stat about;
    return stat(path, &about) == 0 && S_ISREG(about.st_mode);
}

/* FOLDER/NAME without taking memory: NULL for one that is longer than any path can be. */
static const char *join_in(char path[PATH_MAX], const char *folder, const char *name) {
    return snprintf(path, PATH_MAX, "%s/%s", folder, name) < PATH_MAX ? path : NULL;
}

bool cnn_holds_file(const char *folder, const char *name) {
    char path[PATH_MAX];
    return join_in(path, folder, name) && cnn_is_file(path);
}

bool cnn_holds_folder(const char *folder, const char *name) {
    char path[PATH_MAX];
    return join_in(path, folder, name) && cnn_is_folder(path);
}

cnn_status cnn_make_folders(const char *path, cnn_error *error) {
    char *partial = cnn_copy_string(path, error);
    if (!partial)
        return CNN_ERROR_MEMORY;
    cnn_status status = CNN_OK;
    for (char *end = partial + 1; status == CNN_OK && end[-1]; end++) {
        char kept = *end;
        if (kept != '/' && kept != '\0')
            continue;
        *end = '\0';
        if (mkdir(partial, 0777) != 0) {
            const int reason = errno;    /* looking at what is there may set another one */
            if (!cnn_is_folder(partial)) /* what exists, then, is something else */
                status = cnn_fail(error, CNN_ERROR_IO, "cannot create the folder %s: %s", partial,
                                  strerror(reason == EEXIST ? ENOTDIR : reason));
        }
        *end = kept;
    }
    cnn_free(partial);
    return status;
}
