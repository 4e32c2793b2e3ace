#define _GNU_SOURCE
#include "base/folder_lock.h"

#include "base/file.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { OWNER_BYTES = 128 };

/* Leave in the file who holds the lock, for those who will find it taken. */
static void sign(int file) {
    char owner[OWNER_BYTES], host[64] = "", when[32] = "";
    const time_t now = time(NULL);
    struct tm local;
    gethostname(host, sizeof host - 1);
    if (localtime_r(&now, &local))
        strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S", &local);
    const int length =
        snprintf(owner, sizeof owner, "process %ld on %s, since %s\n", (long)getpid(), host, when);
    if (ftruncate(file, 0) == 0 && pwrite(file, owner, (size_t)length, 0) != length)
        (void)ftruncate(file, 0); /* then nobody is named: the lock holds all the same */
}

static cnn_status refuse(int file, const char *folder, cnn_error *error) {
    char owner[OWNER_BYTES];
    const ssize_t length = pread(file, owner, sizeof owner - 1, 0);
    owner[length > 0 ? length : 0] = '\0';
    owner[strcspn(owner, "\n")] = '\0';
    return cnn_fail(error, CNN_ERROR_IO,
                    "%s is in use by another training (%s): wait for its end or choose another folder",
                    folder, *owner ? owner : "which has just begun");
}

/* Whether `file` is still what `path` names: the owner before may have removed it meanwhile. */
static bool is_still_there(int file, const char *path) {
    struct stat held, named;
    return fstat(file, &held) == 0 && stat(path, &named) == 0 && held.st_ino == named.st_ino &&
           held.st_dev == named.st_dev;
}

static cnn_status take(cnn_folder_lock *lock, const char *folder, cnn_error *error) {
    for (;;) {
        lock->file = open(lock->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
        if (lock->file < 0)
            return cnn_io_error("write", lock->path, error);
        const bool locked = flock(lock->file, LOCK_EX | LOCK_NB) == 0;
        const cnn_status status = locked || errno != EWOULDBLOCK ? CNN_OK : refuse(lock->file, folder, error);
        if (status == CNN_OK && is_still_there(lock->file, lock->path)) {
            sign(lock->file);
            return CNN_OK;
        }
        close(lock->file);
        if (status != CNN_OK)
            return status;
    }
}

cnn_status cnn_folder_lock_take(cnn_folder_lock *lock, const char *folder, cnn_error *error) {
    if (lock->path)
        return CNN_OK;
    lock->path = cnn_path_join(folder, ".lock", error);
    if (!lock->path)
        return CNN_ERROR_MEMORY;
    const cnn_status status = take(lock, folder, error);
    if (status != CNN_OK) {
        cnn_free(lock->path);
        *lock = (cnn_folder_lock){0};
    }
    return status;
}

void cnn_folder_lock_release(cnn_folder_lock *lock) {
    if (!lock->path)
        return;
    unlink(lock->path);
    close(lock->file);
    cnn_free(lock->path);
    *lock = (cnn_folder_lock){0};
}
