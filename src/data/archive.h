/* The files in an archive, .zip or .tar, packed or not: one after the other, as they lie in it. */
#ifndef CNN_DATA_ARCHIVE_H
#define CNN_DATA_ARCHIVE_H

#include "base/file.h"

typedef struct cnn_archive_visitor {
    void *context;
    /* Whether this file is wanted at all; what is not is passed over. */
    bool (*wants)(void *context, const char *name);
    /* It takes the bytes over by setting `data` to NULL. */
    cnn_status (*visit)(void *context, const char *name, cnn_bytes *bytes, cnn_error *error);
} cnn_archive_visitor;

/* Read the archive once from its beginning to its end; folders and links in it are passed over. CNN_ERROR_UNSUPPORTED:
 * this build cannot read archives, because libarchive was missing. */
cnn_status cnn_archive_read(const char *path, const cnn_archive_visitor *visitor, cnn_error *error);

#endif
