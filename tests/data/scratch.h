/* What the tests of the data room share: a temporary folder for each test, and files in it. */
#ifndef TESTS_DATA_SCRATCH_H
#define TESTS_DATA_SCRATCH_H

#include "support/cmocka.h"

#include "base/file.h"
#include "base/memory.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { PATH_BYTES = 512 };

static inline int make_scratch(void **state) {
    const char *parent = getenv("TMPDIR");
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s/cnn-data-XXXXXX", parent ? parent : "/tmp");
    *state = mkdtemp(path) ? cnn_copy_string(path, NULL) : NULL;
    return *state ? 0 : -1;
}

static inline int remove_entry(const char *path, const struct stat *about, int kind, struct FTW *where) {
    (void)about;
    (void)kind;
    (void)where;
    return remove(path);
}

static inline int remove_scratch(void **state) {
    int result = nftw(*state, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    cnn_free(*state);
    return result;
}

#define with_scratch(test) cmocka_unit_test_setup_teardown(test, make_scratch, remove_scratch)

/* FOLDER/NAME with its folders made; `name` may have slashes. */
static inline const char *scratch_path(const char *folder, const char *name, char path[PATH_BYTES]) {
    int length = snprintf(path, PATH_BYTES, "%s/%s", folder, name);
    assert_in_range(length, 1, PATH_BYTES - 1);
    char *slash = strrchr(path, '/');
    *slash = '\0';
    assert_int_equal(cnn_make_folders(path, NULL), CNN_OK);
    *slash = '/';
    return path;
}

static inline void scratch_write(const char *folder, const char *name, const void *bytes, size_t size) {
    char path[PATH_BYTES];
    assert_int_equal(cnn_file_replace(scratch_path(folder, name, path), bytes, size, NULL), CNN_OK);
}

/* The bytes as a gzip file would hold them; release `data` with cnn_free. */
static inline cnn_bytes packed(const void *bytes, size_t size) {
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    size_t room = deflateBound(&z, size);
    cnn_bytes result = {cnn_allocate(room, 1, "gzip", NULL), 0};
    assert_non_null(result.data);
    z.next_in = (z_const Bytef *)bytes;
    z.avail_in = (uInt)size;
    z.next_out = result.data;
    z.avail_out = (uInt)room;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    result.size = z.total_out;
    deflateEnd(&z);
    return result;
}

/* The whole message matters to whoever reads a failure. */
static inline void assert_says(const cnn_error *error, const char *part) {
    if (!strstr(error->message, part))
        fail_msg("\"%s\" does not say \"%s\"", error->message, part);
}

static inline cnn_data *open_data(const char *source, const cnn_data_options *options) {
    cnn_data *data;
    cnn_error error = {0};
    if (cnn_data_open(&data, source, options, &error) != CNN_OK)
        fail_msg("%s", error.message);
    return data;
}

/* Opening must fail with this status and a message that says so; returns the error. */
static inline cnn_error fails(const char *source, const cnn_data_options *options, cnn_status status,
                              const char *message) {
    cnn_data *data = (cnn_data *)&status;
    cnn_error error;
    assert_int_equal(cnn_data_open(&data, source, options, &error), status);
    assert_null(data);
    assert_says(&error, message);
    return error;
}

#endif
