/* Files that are not pictures, counted by the extensions of their names. */
#ifndef CNN_DATA_IGNORED_H
#define CNN_DATA_IGNORED_H

#include "base/status.h"

typedef struct cnn_ignored_kind {
    char *ending; /* ".txt" in small letters, "" without one; owned */
    int64_t count;
} cnn_ignored_kind;

/* Start as {0}, release with cnn_ignored_free. */
typedef struct cnn_ignored {
    cnn_ignored_kind *kinds;
    int64_t count, capacity;
} cnn_ignored;

cnn_status cnn_ignored_add(cnn_ignored *ignored, const char *path, cnn_error *error);
/* The most frequent kind first; equally frequent ones by name. */
void cnn_ignored_sort(cnn_ignored *ignored);
void cnn_ignored_free(cnn_ignored *ignored);

#endif
