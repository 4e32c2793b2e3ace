/* Where libarchive was missing. */
#include "data/archive.h"

cnn_status cnn_archive_read(const char *path, const cnn_archive_visitor *visitor, cnn_error *error) {
    (void)visitor;
    return cnn_fail(
        error, CNN_ERROR_UNSUPPORTED,
        "%s: this build cannot read .npz and .tar files, because libarchive was missing (Debian's "
        "libarchive-dev)",
        path);
}
