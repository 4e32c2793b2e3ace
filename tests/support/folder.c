#define _GNU_SOURCE
#include "support/folder.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

int folder_new(void **state) {
    const char *base = getenv("TMPDIR");
    char *folder = NULL;
    if (asprintf(&folder, "%s/cnn-test-XXXXXX", base && *base ? base : "/tmp") < 0)
        return -1;
    *state = mkdtemp(folder);
    return *state ? 0 : -1;
}

static int remove_entry(const char *path, const struct stat *about, int kind, struct FTW *where) {
    (void)about;
    (void)kind;
    (void)where;
    return remove(path);
}

int folder_remove(void **state) {
    int failed = nftw(*state, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    free(*state);
    return failed;
}
