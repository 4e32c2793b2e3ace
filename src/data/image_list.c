#include "data/image_list.h"

#include "base/file.h"
#include "base/memory.h"
#include "data/formats.h"
#include "data/readers.h"

#include <string.h>

enum { DEEPEST = 16 }; /* folders below a class folder; a link to itself must end somewhere */

void cnn_image_list_free(cnn_image_list *list) {
    cnn_picture_files_free(&list->files);
    cnn_listing_free(&list->classes);
    cnn_splits_free(&list->splits);
    cnn_ignored_free(&list->ignored);
    *list = (cnn_image_list){0};
}

/* ---- One folder ------------------------------------------------------------------------------------ */

/* Take the path over. */
static cnn_status add_image(cnn_image_list *list, char **path, int32_t label, int64_t *rank,
                            cnn_error *error) {
    cnn_picture_file file = {.path = *path, .name = list->origin, .label = label, .rank = (*rank)++};
    *path = NULL;
    return cnn_picture_files_add(&list->files, &file, error);
}

/* The files of one class: those in its folder, then those in the folders below. A name decides whether something is
 * a picture; one that cannot be read, such as a link that leads nowhere, is found out when it is decoded. */
static cnn_status collect(cnn_image_list *list, const char *folder, int32_t label, int64_t *rank, int depth,
                          cnn_error *error) {
    if (depth > DEEPEST)
        return cnn_fail(error, CNN_ERROR_IO, "%s: more than %d folders deep; does a link lead back up?",
                        folder, DEEPEST);
    cnn_listing found;
    cnn_status status = cnn_list_folder(folder, NULL, &found, error);
    for (int64_t i = 0; status == CNN_OK && i < found.count; i++) {
        if (cnn_is_folder(found.paths[i]))
            continue;
        status = cnn_is_image_name(found.paths[i]) ? add_image(list, &found.paths[i], label, rank, error)
                                                   : cnn_ignored_add(&list->ignored, found.paths[i], error);
    }
    for (int64_t i = 0; status == CNN_OK && i < found.count; i++)
        if (found.paths[i] && cnn_is_folder(found.paths[i]))
            status = collect(list, found.paths[i], label, rank, depth + 1, error);
    cnn_listing_free(&found);
    return status;
}

/* Files that lie where only folders belong are none of the data, pictures or not. */
static cnn_status ignore_files(cnn_image_list *list, const char *folder, cnn_error *error) {
    cnn_listing found;
    cnn_status status = cnn_list_folder(folder, NULL, &found, error);
    for (int64_t i = 0; status == CNN_OK && i < found.count; i++)
        if (!cnn_is_folder(found.paths[i]))
            status = cnn_ignored_add(&list->ignored, found.paths[i], error);
    cnn_listing_free(&found);
    return status;
}

/* ---- Classes --------------------------------------------------------------------------------------- */

/* Without class folders, or with a single one to train on, it is almost always the wrong folder. */
static cnn_status check_classes(const cnn_listing *classes, const char *folder, cnn_split split,
                                cnn_error *error) {
    char names[CNN_FORMAT_TEXT];
    cnn_format_names(names);
    if (classes->count == 0)
        return cnn_fail(
            error, CNN_ERROR_FORMAT,
            "%s: neither IDX files (train-images-idx3-ubyte[.gz], ...) nor class folders with %s files",
            folder, names);
    if (classes->count == 1 && split == CNN_SPLIT_TRAIN)
        return cnn_fail(error, CNN_ERROR_FORMAT,
                        "%s: only one class folder, %s; expected one folder per class, and at least two",
                        folder, cnn_path_name(classes->paths[0]));
    return CNN_OK;
}

/* Every class folder of a split must be one that names a class. */
static cnn_status check_known_classes(const cnn_listing *classes, const char *naming, const char *folder,
                                      cnn_error *error) {
    cnn_listing present;
    cnn_status status = cnn_list_folder(folder, cnn_is_folder, &present, error);
    for (int64_t i = 0; status == CNN_OK && i < present.count; i++) {
        const char *name = cnn_path_name(present.paths[i]);
        bool known = false;
        for (int64_t c = 0; c < classes->count && !known; c++)
            known = strcmp(cnn_path_name(classes->paths[c]), name) == 0;
        if (!known)
            status = cnn_fail(error, CNN_ERROR_FORMAT, "%s: %s has no such class", present.paths[i], naming);
    }
    cnn_listing_free(&present);
    return status;
}

static cnn_status without_images(const char *folder, cnn_error *error) {
    char endings[CNN_FORMAT_TEXT];
    cnn_format_endings(endings);
    return cnn_fail(error, CNN_ERROR_FORMAT, "%s: a class folder without images (%s)", folder, endings);
}

/* Collect class by class from `folder`, which need not have a folder for each class unless `complete`. */
static cnn_status collect_classes(cnn_image_list *list, const char *folder, bool complete, cnn_error *error) {
    cnn_status status = ignore_files(list, folder, error);
    for (int64_t c = 0; status == CNN_OK && c < list->classes.count; c++) {
        char *below = cnn_path_join(folder, cnn_path_name(list->classes.paths[c]), error);
        if (!below)
            return CNN_ERROR_MEMORY;
        int64_t found = 0;
        if (cnn_is_folder(below))
            status = collect(list, below, (int32_t)c, &found, 0, error);
        if (status == CNN_OK && complete && found == 0)
            status = without_images(below, error);
        cnn_free(below);
    }
    return status;
}

/* ---- Splits ---------------------------------------------------------------------------------------- */

/* The images of one split, whose class folders lie in `folder`; those in `naming` name the classes. */
static cnn_status find_split(cnn_image_list *list, const char *naming, const char *folder, cnn_error *error) {
    cnn_status status = check_known_classes(&list->classes, naming, folder, error);
    return status == CNN_OK ? collect_classes(list, folder, strcmp(naming, folder) == 0, error) : status;
}

/* The images of a split, or of all splits, of a divided or undivided folder. */
static cnn_status find_splits(cnn_image_list *list, const char *folder, cnn_split split, cnn_error *error) {
    const char *naming = cnn_splits_naming(&list->splits);
    if (!naming)
        return find_split(list, folder, folder, error);
    bool first = split == CNN_SPLIT_ALL || list->splits.folder[split] == naming;
    cnn_status status = first ? ignore_files(list, folder, error) : CNN_OK;
    for (int i = 0; status == CNN_OK && i < CNN_SPLIT_ALL; i++)
        if (list->splits.folder[i] && (split == CNN_SPLIT_ALL || split == (cnn_split)i))
            status = find_split(list, naming, list->splits.folder[i], error);
    return status;
}

/* Classes first, from the split that names them, then the images. */
static cnn_status find_images(cnn_image_list *list, const char *folder, cnn_split split, cnn_error *error) {
    const char *naming = cnn_splits_naming(&list->splits);
    naming = naming ? naming : folder;
    cnn_status status = cnn_list_folder(naming, cnn_is_folder, &list->classes, error);
    if (status == CNN_OK)
        status = check_classes(&list->classes, naming, split, error);
    if (status == CNN_OK)
        status = cnn_splits_check(&list->splits, folder, split, error);
    if (status == CNN_OK)
        status = find_splits(list, folder, split, error);
    if (status == CNN_OK && list->files.count == 0)
        status = cnn_fail(error, CNN_ERROR_FORMAT, "%s: no images in its class folders", folder);
    return status;
}

cnn_status cnn_image_folder_has(const char *folder, cnn_split split, bool *has, cnn_error *error) {
    cnn_splits splits;
    cnn_status status = cnn_splits_find(&splits, folder, error);
    *has = status == CNN_OK && (split == CNN_SPLIT_ALL || splits.folder[split]);
    cnn_splits_free(&splits);
    return status;
}

cnn_status cnn_image_list_find(cnn_image_list *list, const char *folder, cnn_split split, int64_t limit,
                               cnn_error *error) {
    *list = (cnn_image_list){.origin = strlen(folder)};
    list->origin += list->origin == 0 || folder[list->origin - 1] != '/';
    cnn_status status = cnn_splits_find(&list->splits, folder, error);
    if (status == CNN_OK)
        status = find_images(list, folder, split, error);
    if (status == CNN_OK && limit > 0 && limit < list->files.count)
        cnn_picture_files_limit(&list->files, limit);
    cnn_ignored_sort(&list->ignored);
    return status;
}
