#include "untar.h"

#include "output.h"
#include "regular_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* Of a tar file: everything comes in blocks; a header has the name at its beginning, the size in octal digits. */
enum { BLOCK = 512, NAME = 100, SIZE_AT = 124, SIZE_DIGITS = 12 };

static cnn_status damaged(const char *archive, cnn_error *error) {
    return cli_refuse(error, CNN_ERROR_FORMAT, "%s is damaged: it cannot be unpacked as a .tar.gz file",
                      archive);
}

/* Copy `size` bytes of the archive, padded to whole blocks, to `to`; NULL: pass over them. */
static cnn_status copy(gzFile from, int64_t size, FILE *to, const char *archive, const char *path,
                       cnn_error *error) {
    char block[BLOCK];
    for (; size > 0; size -= BLOCK) {
        const size_t count = size < BLOCK ? (size_t)size : BLOCK;
        if (gzread(from, block, BLOCK) != BLOCK)
            return damaged(archive, error);
        if (to && fwrite(block, 1, count, to) != count)
            return cli_refuse(error, CNN_ERROR_IO, "cannot write %s: %s", path, strerror(errno));
    }
    return CNN_OK;
}

/* Write beside the file, then rename. */
static cnn_status unpack(gzFile from, const cli_fetch_file *member, const char *archive, const char *folder,
                         cnn_error *error) {
    char *path = cli_format("%s/%s", folder, member->name), *part = cli_format("%s.part", path);
    const char *why;
    FILE *to = cli_open_regular(part, O_WRONLY | O_CREAT | O_TRUNC, &why);
    cnn_status status = to ? copy(from, member->size, to, archive, part, error)
                           : cli_refuse(error, CNN_ERROR_IO, "cannot write %s: %s", part, why);
    if (to && fclose(to) && status == CNN_OK)
        status = cli_refuse(error, CNN_ERROR_IO, "cannot write %s: %s", part, strerror(errno));
    if (status == CNN_OK && rename(part, path))
        status = cli_refuse(error, CNN_ERROR_IO, "cannot rename %s: %s", part, strerror(errno));
    if (status != CNN_OK && to)
        remove(part);
    free(path);
    free(part);
    return status;
}

/* Which of the wanted files a member of the archive is; NULL: none. */
static const cli_fetch_file *find_member(const cli_fetch_file *members, const char *name, int64_t size) {
    for (; members->name; members++)
        if (!strcmp(members->name, name) && members->size == size)
            return members;
    return NULL;
}

/* One member, or nothing where the archive ends with an empty block: *end. */
static cnn_status next_member(gzFile from, const char *archive, const char *folder,
                              const cli_fetch_file *members, int *found, bool *end, cnn_error *error) {
    char header[BLOCK + 1] = {0}, name[NAME + 1] = {0}, digits[SIZE_DIGITS + 1] = {0};
    if (gzread(from, header, BLOCK) != BLOCK)
        return damaged(archive, error);
    *end = !header[0];
    memcpy(name, header, NAME);
    memcpy(digits, header + SIZE_AT, SIZE_DIGITS);
    const int64_t size = strtoll(digits, NULL, 8);
    if (*end || size < 0)
        return *end ? CNN_OK : damaged(archive, error);
    const cli_fetch_file *member = find_member(members, name, size);
    *found += member != NULL;
    return member ? unpack(from, member, archive, folder, error) : copy(from, size, NULL, archive, "", error);
}

cnn_status cli_untar(const char *archive, const char *folder, const cli_fetch_file *members,
                     cnn_error *error) {
    gzFile from = gzopen(archive, "rb");
    if (!from)
        return cli_refuse(error, CNN_ERROR_IO, "cannot read %s: %s", archive, strerror(errno));
    cnn_status status = CNN_OK;
    int found = 0, wanted = 0;
    while (members[wanted].name)
        wanted++;
    for (bool end = false; status == CNN_OK && !end;)
        status = next_member(from, archive, folder, members, &found, &end, error);
    gzclose(from);
    if (status == CNN_OK && found != wanted)
        status = cli_refuse(error, CNN_ERROR_FORMAT,
                            "%s has only %d of the %d files that it should have, such as %s", archive, found,
                            wanted, members[0].name);
    return status;
}
