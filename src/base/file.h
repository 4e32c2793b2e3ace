/* Whole files: read with the system's reason on failure, replaced at once or not at all. */
#ifndef CNN_BASE_FILE_H
#define CNN_BASE_FILE_H

#include "base/sink.h"
#include "base/status.h"

typedef struct cnn_bytes {
    uint8_t *data; /* release with cnn_free */
    size_t size;
} cnn_bytes;

/* CNN_ERROR_IO with the system's reason, which is in errno: "cannot DOING PATH: REASON". */
cnn_status cnn_io_error(const char *doing, const char *path, cnn_error *error);

/* Read a regular file whole. CNN_ERROR_IO names the file and the system's reason (also "is a directory"); pipes and devices,
 * which may never end, are refused. */
cnn_status cnn_file_read(const char *path, cnn_bytes *bytes, cnn_error *error);

/* The same for a file that the user names, which may be a pipe; "-" is standard input. */
cnn_status cnn_input_read(const char *path, cnn_bytes *bytes, cnn_error *error);

/* A regular file that is open for reading. */
typedef struct cnn_open_file {
    int descriptor; /* -1: none */
    int64_t size;   /* in bytes, when it was opened */
} cnn_open_file;

/* Open a regular file, called `name` in messages; anything else is refused as above. Release with cnn_file_close. */
cnn_status cnn_file_open(const char *path, const char *name, cnn_open_file *file, cnn_error *error);
/* Read `size` bytes from `offset` on, which lie within the file, into `data`. */
cnn_status cnn_file_read_part(const cnn_open_file *file, const char *name, int64_t offset, void *data,
                              int64_t size, cnn_error *error);
void cnn_file_close(cnn_open_file *file);

/* Replace a file: write beside it, flush to disk, rename. On failure the previous file stays whole and
 * nothing is left behind. Its mode follows the umask. */
cnn_status cnn_file_replace(const char *path, const void *data, size_t size, cnn_error *error);

/* Gives the bytes of a file to a sink, from the first to the last. */
typedef cnn_status (*cnn_file_maker)(const void *context, cnn_sink *sink, cnn_error *error);

/* The same with a file that `make` gives in parts: none of it is copied as a whole. Where `make` fails, so does this. */
cnn_status cnn_file_replace_made(const char *path, cnn_file_maker make, const void *context,
                                 cnn_error *error);

/* Neighbouring bytes of a file that is to be written; the caller's. */
typedef struct cnn_part {
    const void *data;
    size_t size;
} cnn_part;

/* The same with a file that lies in parts, one behind the other. */
cnn_status cnn_file_replace_parts(const char *path, const cnn_part *parts, int64_t count, cnn_error *error);

/* Remove what processes that were killed in cnn_file_replace left beside `path`; cnn_file_replace does so first. */
void cnn_file_remove_leftovers(const char *path);

/* "FOLDER/NAME", allocated; NULL and CNN_ERROR_MEMORY when out of memory. */
char *cnn_path_join(const char *folder, const char *name, cnn_error *error);

/* The folder that a file lies in, "." for a bare name; allocated as above. */
char *cnn_path_folder(const char *path, cnn_error *error);

bool cnn_is_folder(const char *path);
bool cnn_is_file(const char *path);
/* Whether a folder holds a file, or a folder, of this name, which may have slashes. They take no memory: "no" never means that
 * there was none. */
bool cnn_holds_file(const char *folder, const char *name);
bool cnn_holds_folder(const char *folder, const char *name);

/* Create a folder and those above it; no error if it exists. */
cnn_status cnn_make_folders(const char *path, cnn_error *error);

#endif
