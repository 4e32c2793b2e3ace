#include "data/array_files.h"

#include "arrays/npy.h"
#include "base/memory.h"
#include "base/text.h"
#include "data/archive.h"
#include "data/listing.h"
#include "data/splits.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { LONGEST_NAME = 64 };

bool cnn_is_npz(const char *path) {
    return cnn_name_ends_in(path, ".npz");
}

static bool is_array_file(const char *path) {
    return cnn_is_npz(path) || cnn_name_ends_in(path, ".npy");
}

/* ---- Names ------------------------------------------------------------------------------------------- */

static cnn_array_role role_of_word(const char *word) {
    static const struct {
        const char *word;
        cnn_array_role role;
    } words[] = {{"x", CNN_ARRAY_IMAGES},      {"images", CNN_ARRAY_IMAGES}, {"image", CNN_ARRAY_IMAGES},
                 {"imgs", CNN_ARRAY_IMAGES},   {"data", CNN_ARRAY_IMAGES},   {"y", CNN_ARRAY_LABELS},
                 {"labels", CNN_ARRAY_LABELS}, {"label", CNN_ARRAY_LABELS},  {"targets", CNN_ARRAY_LABELS},
                 {"target", CNN_ARRAY_LABELS}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcasecmp(words[i].word, word) == 0)
            return words[i].role;
    return CNN_ARRAY_NEITHER;
}

static void take_word(cnn_array_use *use, const char *word) {
    const cnn_split split = cnn_split_of_name(word);
    const cnn_array_role role = role_of_word(word);
    if (role != CNN_ARRAY_NEITHER)
        use->role = role;
    if (split != CNN_SPLIT_ALL)
        use->split = split;
}

cnn_array_use cnn_array_use_of(const char *name) {
    cnn_array_use use = {.split = CNN_SPLIT_ALL};
    char word[LONGEST_NAME];
    size_t length = 0;
    for (name = cnn_path_name(name);; name++) {
        if (isalnum((unsigned char)*name) && length < sizeof word - 1) {
            word[length++] = *name;
            continue;
        }
        word[length] = '\0';
        if (length)
            take_word(&use, word);
        length = 0;
        if (!*name)
            return use;
    }
}

/* ---- Reading ----------------------------------------------------------------------------------------- */

typedef struct reading {
    cnn_array_set *set;
    const cnn_split *wanted;
    const char *path;  /* of the file that is being read */
    cnn_array_use use; /* by the file's name, for an array whose own name says nothing */
} reading;

static cnn_array_use use_of(const reading *r, const char *name) {
    const cnn_array_use use = cnn_array_use_of(name);
    return use.role == CNN_ARRAY_NEITHER ? r->use : use;
}

/* The labels of all splits say how many classes there are. */
static bool wants(void *context, const char *name) {
    const reading *r = context;
    const cnn_array_use use = use_of(r, name);
    if (use.role == CNN_ARRAY_IMAGES)
        r->set->has[use.split] = true;
    if (!r->wanted)
        return false;
    return use.role == CNN_ARRAY_LABELS ||
           (use.role == CNN_ARRAY_IMAGES &&
            (*r->wanted == CNN_SPLIT_ALL || use.split == CNN_SPLIT_ALL || use.split == *r->wanted));
}

static cnn_status visit(void *context, const char *name, cnn_bytes *bytes, cnn_error *error) {
    reading *r = context;
    const cnn_array_use use = use_of(r, name);
    cnn_array *array =
        use.role == CNN_ARRAY_IMAGES ? &r->set->part[use.split].images : &r->set->part[use.split].labels;
    char origin[512];
    if (!cnn_array_empty(array))
        return cnn_fail(error, CNN_ERROR_FORMAT, "%s: %s and another array seem to hold the same", r->path,
                        name);
    snprintf(origin, sizeof origin, "%s: %s", r->path, name);
    return cnn_npy_read(array, bytes->data, bytes->size, origin, error);
}

static cnn_status read_npz(reading *r, cnn_error *error) {
    const cnn_archive_visitor visitor = {.context = r, .wants = wants, .visit = visit};
    return cnn_archive_read(r->path, &visitor, error);
}

static cnn_status read_npy(reading *r, cnn_error *error) {
    cnn_bytes bytes;
    if (!wants(r, r->path))
        return CNN_OK;
    cnn_status status = cnn_file_read(r->path, &bytes, error);
    if (status != CNN_OK)
        return status;
    status = visit(r, cnn_path_name(r->path), &bytes, error);
    cnn_free(bytes.data);
    return status;
}

static cnn_status read_folder(reading *r, const char *folder, cnn_error *error) {
    cnn_listing files;
    cnn_status status = cnn_list_folder(folder, is_array_file, &files, error);
    for (int64_t i = 0; status == CNN_OK && i < files.count; i++) {
        r->path = files.paths[i];
        r->use = cnn_array_use_of(r->path);
        if (r->use.role != CNN_ARRAY_NEITHER)
            status = cnn_is_npz(r->path) ? read_npz(r, error) : read_npy(r, error);
    }
    cnn_listing_free(&files);
    return status;
}

bool cnn_is_array_folder(const char *folder) {
    cnn_listing files;
    bool found = false;
    if (cnn_list_folder(folder, is_array_file, &files, NULL) != CNN_OK)
        return false;
    for (int64_t i = 0; i < files.count; i++)
        found = found || cnn_array_use_of(files.paths[i]).role == CNN_ARRAY_IMAGES;
    cnn_listing_free(&files);
    return found;
}

/* Whether any array is there that holds images. */
static cnn_status check_names(const cnn_array_set *set, const char *path, cnn_error *error) {
    for (int i = 0; i <= CNN_SPLIT_ALL; i++)
        if (set->has[i])
            return CNN_OK;
    return cnn_fail(error, CNN_ERROR_FORMAT,
                    "%s: no array of images by its name; expected x_train and y_train, x_test and y_test, or "
                    "train_images and train_labels",
                    path);
}

cnn_status cnn_array_set_read(cnn_array_set *set, const char *path, const cnn_split *wanted,
                              cnn_error *error) {
    *set = (cnn_array_set){0};
    reading r = {.set = set, .wanted = wanted, .path = path, .use = {.split = CNN_SPLIT_ALL}};
    cnn_status status = cnn_is_folder(path) ? read_folder(&r, path, error) : read_npz(&r, error);
    return status == CNN_OK ? check_names(set, path, error) : status;
}

void cnn_array_set_free(cnn_array_set *set) {
    for (int i = 0; i <= CNN_SPLIT_ALL; i++) {
        cnn_array_free(&set->part[i].images, NULL);
        cnn_array_free(&set->part[i].labels, NULL);
    }
}
