/* By libarchive. */
#include "data/archive.h"

#include "base/memory.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>

enum { READ_BYTES = 1 << 16 };

static cnn_status fail(struct archive *archive, const char *path, cnn_error *error) {
    const char *said = archive_error_string(archive), *reason = said ? said : "it is damaged";
    return cnn_fail(error, CNN_ERROR_FORMAT, "cannot read the archive %s: %.*s", path,
                    (int)strcspn(reason, "\n"), reason); /* some end in one */
}

/* Room for `more` bytes behind those that are there; the new room is twice as large. */
static cnn_status make_room(cnn_bytes *bytes, size_t *room, size_t more, const char *name, cnn_error *error) {
    if (*room - bytes->size >= more)
        return CNN_OK;
    const size_t wanted = 2 * *room > bytes->size + more ? 2 * *room : bytes->size + more;
    uint8_t *larger = cnn_allocate(wanted, 1, name, error);
    if (!larger)
        return CNN_ERROR_MEMORY;
    if (bytes->size)
        memcpy(larger, bytes->data, bytes->size);
    cnn_free(bytes->data);
    bytes->data = larger;
    *room = wanted;
    return CNN_OK;
}

/* All of the entry that stands next. What it says of its size is a hint alone. */
static cnn_status read_entry(struct archive *archive, const char *path, const char *name, cnn_bytes *bytes,
                             cnn_error *error) {
    size_t room = 0;
    for (;;) {
        cnn_status status = make_room(bytes, &room, READ_BYTES, name, error);
        if (status != CNN_OK)
            return status;
        const la_ssize_t got = archive_read_data(archive, bytes->data + bytes->size, room - bytes->size);
        if (got < 0)
            return fail(archive, path, error);
        if (got == 0)
            return CNN_OK;
        bytes->size += (size_t)got;
    }
}

static cnn_status visit_entry(struct archive *archive, struct archive_entry *entry, const char *path,
                              const cnn_archive_visitor *visitor, cnn_error *error) {
    const char *name = archive_entry_pathname(entry);
    if (archive_entry_filetype(entry) != AE_IFREG || !name || !visitor->wants(visitor->context, name))
        return CNN_OK;
    cnn_bytes bytes = {0};
    cnn_status status = read_entry(archive, path, name, &bytes, error);
    if (status == CNN_OK)
        status = visitor->visit(visitor->context, name, &bytes, error);
    cnn_free(bytes.data);
    return status;
}

static cnn_status visit_entries(struct archive *archive, const char *path, const cnn_archive_visitor *visitor,
                                cnn_error *error) {
    struct archive_entry *entry;
    for (;;) {
        const int next = archive_read_next_header(archive, &entry);
        if (next == ARCHIVE_EOF)
            return CNN_OK;
        if (next != ARCHIVE_OK && next != ARCHIVE_WARN)
            return fail(archive, path, error);
        const cnn_status status = visit_entry(archive, entry, path, visitor, error);
        if (status != CNN_OK)
            return status;
    }
}

cnn_status cnn_archive_read(const char *path, const cnn_archive_visitor *visitor, cnn_error *error) {
    struct archive *archive = archive_read_new();
    if (!archive)
        return cnn_fail(error, CNN_ERROR_MEMORY, "out of memory: the archive %s", path);
    archive_read_support_filter_all(archive);
    archive_read_support_format_tar(archive);
    archive_read_support_format_zip(archive);
    cnn_status status = archive_read_open_filename(archive, path, READ_BYTES) == ARCHIVE_OK
                            ? visit_entries(archive, path, visitor, error)
                            : fail(archive, path, error);
    archive_read_free(archive);
    return status;
}
