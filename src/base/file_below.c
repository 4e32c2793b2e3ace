#define _GNU_SOURCE
#include "base/file_below.h"

#include "base/memory.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool cnn_name_is_below(const char *name) {
    if (!*name || *name == '/' || strchr(name, '\\'))
        return false;
    for (const char *part = name; part; part = strchr(part, '/') ? strchr(part, '/') + 1 : NULL)
        if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || part[2] == '\0'))
            return false;
    return true;
}

/* The name by which the system opens again just what the descriptor stands for. */
typedef struct link_name {
    char text[32];
} link_name;

static link_name link_of(int descriptor) {
    link_name name;
    snprintf(name.text, sizeof name.text, "/proc/self/fd/%d", descriptor);
    return name;
}

/* Where an open file lies, without links; false where the system does not say. */
static bool find_path(int descriptor, char path[PATH_MAX]) {
    const ssize_t length = readlink(link_of(descriptor).text, path, PATH_MAX);
    if (length < 1 || length >= PATH_MAX)
        return false;
    path[length] = '\0';
    return true;
}

static bool lies_below(int folder, int file) {
    char above[PATH_MAX], path[PATH_MAX];
    if (!find_path(folder, above) || !find_path(file, path))
        return false;
    const size_t length = strcmp(above, "/") == 0 ? 0 : strlen(above);
    return strncmp(above, path, length) == 0 && path[length] == '/';
}

/* Names are looked at after they were followed, so that nobody can exchange a link in between: O_PATH holds what was found
 * without opening it, as a device may do something when it is opened. */
static cnn_status open_found(int folder, int found, const char *path, cnn_open_file *file, cnn_error *error) {
    if (found < 0)
        return cnn_io_error("read", path, error);
    if (!lies_below(folder, found))
        return cnn_fail(error, CNN_ERROR_FORMAT,
                        "%s leads out of its folder (a symbolic link), which is refused; copy the file there",
                        path);
    return cnn_file_open(link_of(found).text, path, file, error);
}

static cnn_status open_named(const char *folder, const char *name, const char *path, cnn_open_file *file,
                             cnn_error *error) {
    if (!cnn_name_is_below(name))
        return cnn_fail(error, CNN_ERROR_FORMAT, "%s lies outside its folder, which is refused", path);
    const int top = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    const int found = top < 0 ? -1 : openat(top, name, O_PATH | O_CLOEXEC);
    const cnn_status status = open_found(top, found, path, file, error);
    if (found >= 0)
        close(found);
    if (top >= 0)
        close(top);
    return status;
}

cnn_status cnn_file_open_below(const char *folder, const char *name, cnn_open_file *file, cnn_error *error) {
    *file = (cnn_open_file){.descriptor = -1};
    char *path = cnn_path_join(folder, name, error);
    const cnn_status status = path ? open_named(folder, name, path, file, error) : CNN_ERROR_MEMORY;
    cnn_free(path);
    return status;
}
