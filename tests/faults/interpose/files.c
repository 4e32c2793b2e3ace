/* Calls that open, read and change files. They are made directly, so that nothing has to be looked up. */
#define _GNU_SOURCE
#include "files.h"

#include "plan.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MAX_FILES = 256 };
static char names[MAX_FILES][FAULT_PATH];

const char *files_watched(const char *path) {
    static char folder[PATH_MAX];
    if (path[0] != '/')
        return path;
    if (!folder[0] && !getcwd(folder, sizeof folder))
        return NULL;
    const size_t length = strlen(folder);
    return strncmp(path, folder, length) == 0 && path[length] == '/' ? path + length + 1 : NULL;
}

void files_name(int file, const char *path) {
    if (file >= 0 && file < MAX_FILES)
        snprintf(names[file], FAULT_PATH, "%s", path ? path : "");
}

/* What an open file is called; NULL if it is not watched. */
static const char *name_of(int file) {
    return file >= 0 && file < MAX_FILES && names[file][0] ? names[file] : NULL;
}

/* Count a call on a file, if it is watched. */
static fault_action meet(fault_class class, const char *path) {
    return path ? plan_meet(class, path) : FAULT_COUNT;
}

static int fail(void) {
    errno = plan_error();
    return -1;
}

/* The end of a call that went through. */
static long done(fault_action action, long result) {
    plan_after(action);
    return result;
}

/* ---- Opening and closing --------------------------------------------------------------------------- */

static int open_in(int folder, const char *path, int flags, mode_t mode) {
    char full[FAULT_PATH];
    const char *watched = files_watched(path), *parent = name_of(folder);
    if (watched == path && folder != AT_FDCWD) { /* beside a listing that is open */
        snprintf(full, sizeof full, "%s/%s", parent ? parent : "", path);
        watched = parent ? full : NULL;
    }
    const fault_action action = meet(flags & (O_WRONLY | O_RDWR | O_CREAT) ? FAULT_CREATE
                                     : flags & O_DIRECTORY                 ? FAULT_LIST
                                                                           : FAULT_OPEN,
                                     watched);
    if (action == FAULT_FAIL)
        return fail();
    const int file = (int)syscall(SYS_openat, folder, path, flags, mode);
    files_name(file, watched);
    return (int)done(action, file);
}

static mode_t mode_of(int flags, va_list arguments) {
    return flags & (O_CREAT | __O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
}

int open(const char *path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = mode_of(flags, arguments);
    va_end(arguments);
    return open_in(AT_FDCWD, path, flags, mode);
}

int openat(int folder, const char *path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = mode_of(flags, arguments);
    va_end(arguments);
    return open_in(folder, path, flags, mode);
}

int open64(const char *path, int flags, ...) __attribute__((alias("open")));
int openat64(int folder, const char *path, int flags, ...) __attribute__((alias("openat")));

DIR *opendir(const char *path) {
    static DIR *(*real)(const char *);
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "opendir");
    const char *watched = files_watched(path);
    if (meet(FAULT_LIST, watched) == FAULT_FAIL) {
        fail();
        return NULL;
    }
    DIR *listing = real(path);
    if (listing)
        files_name(dirfd(listing), watched);
    return listing;
}

int closedir(DIR *listing) {
    static int (*real)(DIR *);
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "closedir");
    files_name(dirfd(listing), NULL);
    return real(listing);
}

int close(int file) {
    const fault_action action = meet(FAULT_CLOSE, name_of(file));
    files_name(file, NULL);
    const long result = syscall(SYS_close, file);
    return action == FAULT_FAIL ? fail() : (int)done(action, result);
}

/* ---- Reading and writing --------------------------------------------------------------------------- */

ssize_t read(int file, void *bytes, size_t size) {
    if (meet(FAULT_READ, name_of(file)) == FAULT_FAIL)
        return fail();
    return syscall(SYS_read, file, bytes, size);
}

ssize_t pread(int file, void *bytes, size_t size, off_t offset) {
    if (meet(FAULT_READ, name_of(file)) == FAULT_FAIL)
        return fail();
    return syscall(SYS_pread64, file, bytes, size, offset);
}

ssize_t pread64(int file, void *bytes, size_t size, off_t offset) __attribute__((alias("pread")));

ssize_t write(int file, const void *bytes, size_t size) {
    const fault_action action = meet(FAULT_WRITE, name_of(file));
    if (action == FAULT_FAIL)
        return fail();
    return done(action, syscall(SYS_write, file, bytes, action == FAULT_SHORT ? (size + 1) / 2 : size));
}

ssize_t pwrite(int file, const void *bytes, size_t size, off_t offset) {
    const fault_action action = meet(FAULT_WRITE, name_of(file));
    if (action == FAULT_FAIL)
        return fail();
    return done(action,
                syscall(SYS_pwrite64, file, bytes, action == FAULT_SHORT ? (size + 1) / 2 : size, offset));
}

ssize_t pwrite64(int file, const void *bytes, size_t size, off_t offset) __attribute__((alias("pwrite")));

int fsync(int file) {
    const fault_action action = meet(FAULT_SYNC, name_of(file));
    return action == FAULT_FAIL ? fail() : (int)done(action, syscall(SYS_fsync, file));
}

int ftruncate(int file, off_t size) {
    const fault_action action = meet(FAULT_TRUNCATE, name_of(file));
    return action == FAULT_FAIL ? fail() : (int)done(action, syscall(SYS_ftruncate, file, size));
}

int ftruncate64(int file, off_t size) __attribute__((alias("ftruncate")));

/* ---- Names ----------------------------------------------------------------------------------------- */

int rename(const char *from, const char *to) {
    const fault_action action = meet(FAULT_RENAME, files_watched(to));
    return action == FAULT_FAIL ? fail()
                                : (int)done(action, syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
}

int unlink(const char *path) {
    const fault_action action = meet(FAULT_REMOVE, files_watched(path));
    return action == FAULT_FAIL ? fail() : (int)done(action, syscall(SYS_unlinkat, AT_FDCWD, path, 0));
}

int unlinkat(int folder, const char *path, int flags) {
    const fault_action action = meet(FAULT_REMOVE, name_of(folder) ? name_of(folder) : NULL);
    return action == FAULT_FAIL ? fail() : (int)done(action, syscall(SYS_unlinkat, folder, path, flags));
}

int mkdir(const char *path, mode_t mode) {
    const fault_action action = meet(FAULT_FOLDER, files_watched(path));
    return action == FAULT_FAIL ? fail() : (int)done(action, syscall(SYS_mkdirat, AT_FDCWD, path, mode));
}
