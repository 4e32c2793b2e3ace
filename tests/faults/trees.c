#define _GNU_SOURCE
#include "faults/trees.h"

#include "base/file.h"
#include "base/memory.h"
#include "support/cmocka.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* nftw tells its function nothing else. */
static struct {
    tree *tree;
    size_t prefix;
} reading;

static int read_entry(const char *path, const struct stat *about, int kind, struct FTW *walk) {
    (void)about, (void)walk;
    if (kind != FTW_F && kind != FTW_SL)
        return 0;
    assert_true(reading.tree->count < TREE_FILES);
    tree_file *file = &reading.tree->files[reading.tree->count++];
    cnn_bytes bytes;
    cnn_error error;
    snprintf(file->path, TREE_PATH, "%s", path + reading.prefix);
    if (cnn_file_read(path, &bytes, &error) != CNN_OK)
        fail_msg("%s", error.message);
    file->bytes = bytes.data;
    file->size = bytes.size;
    return 0;
}

static int by_path(const void *a, const void *b) {
    return strcmp(((const tree_file *)a)->path, ((const tree_file *)b)->path);
}

tree tree_read(const char *folder) {
    tree read = {.exists = cnn_is_folder(folder)};
    reading.tree = &read;
    reading.prefix = strlen(folder) + 1;
    if (read.exists && nftw(folder, read_entry, 16, FTW_PHYS) != 0)
        fail_msg("%s: %s", folder, strerror(errno));
    qsort(read.files, (size_t)read.count, sizeof read.files[0], by_path);
    return read;
}

static void write_file(const char *path, const tree_file *from) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(from->bytes, 1, from->size, file), from->size);
    assert_int_equal(fclose(file), 0);
}

void tree_write(const tree *tree, const char *folder) {
    if (!tree->exists)
        return;
    assert_int_equal(mkdir(folder, 0777), 0);
    for (int i = 0; i < tree->count; i++) {
        char path[2 * TREE_PATH];
        snprintf(path, sizeof path, "%s/%s", folder, tree->files[i].path);
        write_file(path, &tree->files[i]);
    }
}

void tree_free(tree *tree) {
    for (int i = 0; i < tree->count; i++)
        cnn_free(tree->files[i].bytes);
    tree->count = 0;
}

static int remove_entry(const char *path, const struct stat *about, int kind, struct FTW *walk) {
    (void)about, (void)kind, (void)walk;
    return remove(path);
}

void tree_remove(const char *folder) {
    if (nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS) != 0 && errno != ENOENT)
        fail_msg("%s: %s", folder, strerror(errno));
}

const char *tree_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

const tree_file *tree_find(const tree *tree, const char *path) {
    for (int i = 0; i < tree->count; i++)
        if (strcmp(tree->files[i].path, path) == 0)
            return &tree->files[i];
    return NULL;
}

bool trees_equal(const tree *a, const tree *b) {
    bool equal = a->count == b->count;
    for (int i = 0; equal && i < a->count; i++) {
        const tree_file *file = &a->files[i], *other = &b->files[i];
        equal = strcmp(file->path, other->path) == 0 && file->size == other->size &&
                memcmp(file->bytes, other->bytes, file->size) == 0;
    }
    return equal;
}
