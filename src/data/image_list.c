#include "data/image_list.h"

#include "base/file.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

enum { DEEPEST = 16 }; /* folders below a class folder; a link to itself must end somewhere */

void cnn_image_list_free(cnn_image_list *list) {
    for (int64_t i = 0; i < list->count; i++)
        cnn_free(list->files[i].path);
    cnn_free(list->files);
    cnn_listing_free(&list->classes);
    *list = (cnn_image_list){0};
}

static bool is_image_file(const char *path) {
    return cnn_is_image_name(path) && cnn_is_file(path);
}

static cnn_status add_files(cnn_image_list *list, cnn_listing *found, int32_t label, int64_t *rank,
                            cnn_error *error) {
    for (int64_t i = 0; i < found->count; i++) {
        cnn_status status = cnn_grow((void **)&list->files, list->count, &list->capacity, sizeof *list->files,
                                     "the list of images", error);
        if (status != CNN_OK)
            return status;
        list->files[list->count++] = (cnn_image_file){found->paths[i], label, (*rank)++};
        found->paths[i] = NULL;
    }
    return CNN_OK;
}

/* The files of one class: those in its folder, then those in the folders below. */
static cnn_status collect(cnn_image_list *list, const char *folder, int32_t label, int64_t *rank, int depth,
                          cnn_error *error) {
    if (depth > DEEPEST)
        return cnn_fail(error, CNN_ERROR_IO, "%s: more than %d folders deep; does a link lead back up?",
                        folder, DEEPEST);
    cnn_listing found = {0};
    cnn_status status = cnn_list_folder(folder, is_image_file, &found, error);
    if (status == CNN_OK)
        status = add_files(list, &found, label, rank, error);
    cnn_listing_free(&found);
    if (status == CNN_OK)
        status = cnn_list_folder(folder, cnn_is_folder, &found, error);
    for (int64_t i = 0; status == CNN_OK && i < found.count; i++)
        status = collect(list, found.paths[i], label, rank, depth + 1, error);
    cnn_listing_free(&found);
    return status;
}

/* ---- Where the splits are -------------------------------------------------------------------------- */

static bool has_class_folders(const char *folder) {
    cnn_listing below = {0};
    bool found = cnn_list_folder(folder, cnn_is_folder, &below, NULL) == CNN_OK && below.count > 0;
    cnn_listing_free(&below);
    return found;
}

/* FOLDER/NAME for the first of `names` that has class folders in it; NULL in *path if there is none. */
static cnn_status find_split(const char *folder, const char *const *names, char **path, cnn_error *error) {
    *path = NULL;
    for (; *names; names++) {
        char *candidate = cnn_path_join(folder, *names, error);
        if (!candidate)
            return CNN_ERROR_MEMORY;
        if (has_class_folders(candidate)) {
            *path = candidate;
            return CNN_OK;
        }
        cnn_free(candidate);
    }
    return CNN_OK;
}

typedef struct split_folders {
    char *train, *test; /* owned; NULL if there is no such folder */
} split_folders;

static cnn_status find_splits(const char *folder, split_folders *splits, cnn_error *error) {
    static const char *const train[] = {"train", NULL}, *const test[] = {"test", "val", NULL};
    cnn_status status = find_split(folder, train, &splits->train, error);
    return status == CNN_OK ? find_split(folder, test, &splits->test, error) : status;
}

/* ---- Classes --------------------------------------------------------------------------------------- */

static cnn_status check_classes(const cnn_listing *classes, const char *folder, cnn_error *error) {
    if (classes->count == 0)
        return cnn_fail(
            error, CNN_ERROR_FORMAT,
            "%s: neither IDX files (train-images-idx3-ubyte[.gz], ...) nor class folders with PNG or "
            "JPEG files",
            folder);
    if (classes->count == 1)
        return cnn_fail(error, CNN_ERROR_FORMAT,
                        "%s: only one class folder, %s; expected one for each class, at least two", folder,
                        cnn_path_name(classes->paths[0]));
    return CNN_OK;
}

/* Every class folder of the test images must be one of the training images. */
static cnn_status check_test_classes(const cnn_listing *classes, const char *train, const char *test,
                                     cnn_error *error) {
    cnn_listing present;
    cnn_status status = cnn_list_folder(test, cnn_is_folder, &present, error);
    for (int64_t i = 0; status == CNN_OK && i < present.count; i++) {
        const char *name = cnn_path_name(present.paths[i]);
        bool known = false;
        for (int64_t c = 0; c < classes->count && !known; c++)
            known = strcmp(cnn_path_name(classes->paths[c]), name) == 0;
        if (!known)
            status = cnn_fail(error, CNN_ERROR_FORMAT, "%s: a class that %s does not have", present.paths[i],
                              train);
    }
    cnn_listing_free(&present);
    return status;
}

/* Collect class by class from `folder`, which need not have a folder for each class unless `complete`. */
static cnn_status collect_classes(cnn_image_list *list, const char *folder, bool complete, cnn_error *error) {
    cnn_status status = CNN_OK;
    for (int64_t c = 0; status == CNN_OK && c < list->classes.count; c++) {
        char *below = cnn_path_join(folder, cnn_path_name(list->classes.paths[c]), error);
        if (!below)
            return CNN_ERROR_MEMORY;
        int64_t found = 0;
        if (cnn_is_folder(below))
            status = collect(list, below, (int32_t)c, &found, 0, error);
        if (status == CNN_OK && complete && found == 0)
            status = cnn_fail(error, CNN_ERROR_FORMAT, "%s: a class folder without .png, .jpg or .jpeg files",
                              below);
        cnn_free(below);
    }
    return status;
}

/* `train` names the classes; the images come from `folder`, which may be the same. */
static cnn_status find_images(cnn_image_list *list, const char *train, const char *folder, cnn_error *error) {
    bool same = strcmp(train, folder) == 0;
    cnn_status status = cnn_list_folder(train, cnn_is_folder, &list->classes, error);
    if (status == CNN_OK)
        status = check_classes(&list->classes, train, error);
    if (status == CNN_OK && !same)
        status = check_test_classes(&list->classes, train, folder, error);
    if (status == CNN_OK)
        status = collect_classes(list, folder, same, error);
    if (status == CNN_OK && list->count == 0)
        status = cnn_fail(error, CNN_ERROR_FORMAT, "%s: no .png, .jpg or .jpeg files in its class folders",
                          folder);
    return status;
}

static cnn_status find_in_splits(cnn_image_list *list, const char *folder, const split_folders *splits,
                                 cnn_split split, cnn_error *error) {
    if (!splits->train && !splits->test)
        return find_images(list, folder, folder, error);
    const char *chosen = split == CNN_TRAIN ? splits->train : splits->test;
    if (!chosen)
        return cnn_fail(error, CNN_ERROR_IO, "%s: has %s but no %s with class folders", folder,
                        split == CNN_TRAIN ? cnn_path_name(splits->test) : "train",
                        split == CNN_TRAIN ? "train" : "test or val");
    return find_images(list, splits->train ? splits->train : chosen, chosen, error);
}

/* ---- Limit ----------------------------------------------------------------------------------------- */

static int in_turn(const void *a, const void *b) {
    const cnn_image_file *left = a, *right = b;
    if (left->rank != right->rank)
        return left->rank < right->rank ? -1 : 1;
    return (left->label > right->label) - (left->label < right->label);
}

static void keep_first(cnn_image_list *list, int64_t limit) {
    qsort(list->files, (size_t)list->count, sizeof *list->files, in_turn);
    while (list->count > limit)
        cnn_free(list->files[--list->count].path);
}

cnn_status cnn_image_list_find(cnn_image_list *list, const char *folder, cnn_split split, int64_t limit,
                               cnn_error *error) {
    split_folders splits = {0};
    *list = (cnn_image_list){0};
    cnn_status status = find_splits(folder, &splits, error);
    if (status == CNN_OK)
        status = find_in_splits(list, folder, &splits, split, error);
    if (status == CNN_OK && limit > 0 && limit < list->count)
        keep_first(list, limit);
    cnn_free(splits.train);
    cnn_free(splits.test);
    return status;
}
