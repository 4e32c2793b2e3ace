/* A folder in which one process at a time may write. */
#ifndef CNN_BASE_FOLDER_LOCK_H
#define CNN_BASE_FOLDER_LOCK_H

#include "base/status.h"

/* Start as {0}. */
typedef struct cnn_folder_lock {
    char *path; /* of the file .lock in the folder; NULL: not locked */
    int file;
} cnn_folder_lock;

/* Lock a folder that exists. CNN_ERROR_IO, with the owner's process number and the time of its start, while somebody else
 * holds the lock, also in this process. The lock goes with the process: the file that a killed one left says nothing. On a
 * file system without locks nothing is locked. A lock that is held already stays. */
cnn_status cnn_folder_lock_take(cnn_folder_lock *lock, const char *folder, cnn_error *error);

/* Unlock it and remove the file. */
void cnn_folder_lock_release(cnn_folder_lock *lock);

#endif
