#define _GNU_SOURCE
#include "base/file.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static cnn_status io_error(const char *doing, const char *path, cnn_error *error) {
    return cnn_fail(error, CNN_ERROR_IO, "cannot %s %s: %s", doing, path, strerror(errno));
}

static cnn_status read_open_file(int file, const char *path, cnn_bytes *bytes, cnn_error *error) {
    struct stat about;
    if (fstat(file, &about) != 0)
        return io_error("read", path, error);
    if (S_ISDIR(about.st_mode)) {
        errno = EISDIR;
        return io_error("read", path, error);
    }
    bytes->data = cnn_allocate((size_t)about.st_size, 1, path, error);
    if (!bytes->data)
        return CNN_ERROR_MEMORY;
    while (bytes->size < (size_t)about.st_size) {
        ssize_t got = read(file, bytes->data + bytes->size, (size_t)about.st_size - bytes->size);
        if (got < 0)
            return io_error("read", path, error);
        if (got == 0)
            break;
        bytes->size += (size_t)got;
    }
    return CNN_OK;
}

cnn_status cnn_file_read(const char *path, cnn_bytes *bytes, cnn_error *error) {
    *bytes = (cnn_bytes){0};
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return io_error("read", path, error);
    cnn_status status = read_open_file(file, path, bytes, error);
    close(file);
    if (status != CNN_OK) {
        cnn_free(bytes->data);
        *bytes = (cnn_bytes){0};
    }
    return status;
}

static cnn_status read_part(int file, const char *path, int64_t offset, void *data, size_t size,
                            cnn_error *error) {
    for (size_t done = 0; done < size;) {
        const ssize_t got = pread(file, (char *)data + done, size - done, (off_t)(offset + (int64_t)done));
        if (got < 0)
            return io_error("read", path, error);
        if (got == 0)
            return cnn_fail(error, CNN_ERROR_FORMAT,
                            "%s: truncated at byte %lld: expected %zu bytes at offset %lld", path,
                            (long long)offset + (long long)done, size, (long long)offset);
        done += (size_t)got;
    }
    return CNN_OK;
}

cnn_status cnn_file_read_part(const char *path, int64_t offset, void *data, size_t size, cnn_error *error) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return io_error("read", path, error);
    cnn_status status = read_part(file, path, offset, data, size, error);
    close(file);
    return status;
}

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
    return fsync(file) == 0 || errno == EINVAL;
}

static cnn_status write_and_rename(int file, const char *beside, const char *path, const void *data,
                                   size_t size, cnn_error *error) {
    cnn_status status = CNN_OK;
    if (!write_all(file, data, size) || fchmod(file, 0644) != 0)
        status = io_error("write", path, error);
    if (close(file) != 0 && status == CNN_OK)
        status = io_error("write", path, error);
    if (status == CNN_OK && rename(beside, path) != 0)
        status = io_error("replace", path, error);
    if (status != CNN_OK)
        unlink(beside);
    return status;
}

cnn_status cnn_file_replace(const char *path, const void *data, size_t size, cnn_error *error) {
    char *beside = NULL;
    if (asprintf(&beside, "%s.XXXXXX", path) < 0)
        return cnn_fail(error, CNN_ERROR_MEMORY, "out of memory for a file name");
    int file = mkostemp(beside, O_CLOEXEC);
    cnn_status status =
        file < 0 ? io_error("write", path, error) : write_and_rename(file, beside, path, data, size, error);
    free(beside);
    return status;
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
        if (mkdir(partial, 0777) != 0 && !cnn_is_folder(partial))
            status = io_error("create the folder", partial, error);
        *end = kept;
    }
    cnn_free(partial);
    return status;
}
