/* What lies in a folder, sorted. */
#ifndef CNN_DATA_LISTING_H
#define CNN_DATA_LISTING_H

#include "base/status.h"

/* Paths, each "FOLDER/NAME" and owned. Start as {0}, release with cnn_listing_free. */
typedef struct cnn_listing {
    char **paths;
    int64_t count, capacity;
} cnn_listing;

/* The entries of `folder` that `is_kind` (cnn_is_file, cnn_is_folder; NULL: all) accepts, links followed, in the
 * bytewise order of their names. Names that start with a dot are left out. */
cnn_status cnn_list_folder(const char *folder, bool (*is_kind)(const char *path), cnn_listing *listing,
                           cnn_error *error);
void cnn_listing_free(cnn_listing *listing);

/* What follows the last slash. */
const char *cnn_path_name(const char *path);

#endif
