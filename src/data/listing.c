#include "data/listing.h"

#include "base/file.h"
#include "base/memory.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *cnn_path_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

void cnn_listing_free(cnn_listing *listing) {
    for (int64_t i = 0; i < listing->count; i++)
        cnn_free(listing->paths[i]);
    cnn_free(listing->paths);
    *listing = (cnn_listing){0};
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Add the entry's path if it is of the wanted kind (NULL: any). */
static cnn_status add_entry(const char *folder, const char *name, bool (*is_kind)(const char *),
                            cnn_listing *listing, cnn_error *error) {
    cnn_status status = cnn_grow((void **)&listing->paths, listing->count, &listing->capacity,
                                 sizeof *listing->paths, "a folder's list", error);
    if (status != CNN_OK)
        return status;
    char *path = cnn_path_join(folder, name, error);
    if (!path)
        return CNN_ERROR_MEMORY;
    if (!is_kind || is_kind(path))
        listing->paths[listing->count++] = path;
    else
        cnn_free(path);
    return CNN_OK;
}

static cnn_status add_entries(DIR *stream, const char *folder, bool (*is_kind)(const char *),
                              cnn_listing *listing, cnn_error *error) {
    for (;;) {
        errno = 0;
        struct dirent *entry = readdir(stream);
        if (!entry && errno != 0)
            return cnn_io_error("read the folder", folder, error);
        if (!entry)
            return CNN_OK;
        if (entry->d_name[0] == '.')
            continue;
        cnn_status status = add_entry(folder, entry->d_name, is_kind, listing, error);
        if (status != CNN_OK)
            return status;
    }
}

cnn_status cnn_list_folder(const char *folder, bool (*is_kind)(const char *path), cnn_listing *listing,
                           cnn_error *error) {
    *listing = (cnn_listing){0};
    DIR *stream = opendir(folder);
    if (!stream)
        return cnn_io_error("read the folder", folder, error);
    cnn_status status = add_entries(stream, folder, is_kind, listing, error);
    closedir(stream);
    if (status != CNN_OK)
        cnn_listing_free(listing);
    else if (listing->count > 0)
        qsort(listing->paths, (size_t)listing->count, sizeof *listing->paths, by_name);
    return status;
}
