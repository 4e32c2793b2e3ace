#include "data/ignored.h"

#include "base/memory.h"
#include "data/listing.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

void cnn_ignored_free(cnn_ignored *ignored) {
    for (int64_t i = 0; i < ignored->count; i++)
        cnn_free(ignored->kinds[i].ending);
    cnn_free(ignored->kinds);
    *ignored = (cnn_ignored){0};
}

/* Where the kind is in the list; its count if it is new. */
static int64_t find(const cnn_ignored *ignored, const char *ending) {
    int64_t i = 0;
    while (i < ignored->count && strcmp(ignored->kinds[i].ending, ending) != 0)
        i++;
    return i;
}

cnn_status cnn_ignored_add(cnn_ignored *ignored, const char *path, cnn_error *error) {
    const char *name = cnn_path_name(path), *dot = strrchr(name, '.');
    char *ending = cnn_copy_string(dot ? dot : "", error);
    if (!ending)
        return CNN_ERROR_MEMORY;
    for (char *letter = ending; *letter; letter++)
        *letter = (char)tolower((unsigned char)*letter);
    int64_t i = find(ignored, ending);
    if (i < ignored->count) {
        cnn_free(ending);
        ignored->kinds[i].count++;
        return CNN_OK;
    }
    cnn_status status = cnn_grow((void **)&ignored->kinds, ignored->count, &ignored->capacity,
                                 sizeof *ignored->kinds, "the kinds of file", error);
    if (status != CNN_OK)
        cnn_free(ending);
    else
        ignored->kinds[ignored->count++] = (cnn_ignored_kind){ending, 1};
    return status;
}

static int by_count(const void *a, const void *b) {
    const cnn_ignored_kind *left = a, *right = b;
    if (left->count != right->count)
        return left->count > right->count ? -1 : 1;
    return strcmp(left->ending, right->ending);
}

void cnn_ignored_sort(cnn_ignored *ignored) {
    if (ignored->count > 0)
        qsort(ignored->kinds, (size_t)ignored->count, sizeof *ignored->kinds, by_count);
}
