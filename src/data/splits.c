#include "data/splits.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"

#include <ctype.h>
#include <string.h>

enum { LONGEST_WORD = 40 };

static const char *const split_words[CNN_SPLIT_ALL] = {
    [CNN_SPLIT_TRAIN] = "training", [CNN_SPLIT_TEST] = "test", [CNN_SPLIT_VALIDATION] = "validation"};

void cnn_splits_free(cnn_splits *splits) {
    for (int i = 0; i < CNN_SPLIT_ALL; i++)
        cnn_free(splits->folder[i]);
    cnn_listing_free(&splits->others);
    *splits = (cnn_splits){0};
}

/* ---- Names ----------------------------------------------------------------------------------------- */

/* "Training_Set" -> "training": small letters only, without a word that only says that it is a split. */
static void plain_word(const char *name, char word[LONGEST_WORD]) {
    static const char *const endings[] = {"images", "data", "split", "set"};
    size_t length = 0;
    for (; *name && length < LONGEST_WORD - 1; name++)
        if (isalnum((unsigned char)*name))
            word[length++] = (char)tolower((unsigned char)*name);
    word[length] = '\0';
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        size_t ending = strlen(endings[i]);
        if (length > ending && strcmp(word + length - ending, endings[i]) == 0) {
            word[length - ending] = '\0';
            return;
        }
    }
}

cnn_split cnn_split_of_name(const char *name) {
    static const struct {
        const char *word;
        cnn_split split;
    } words[] = {{"train", CNN_SPLIT_TRAIN},         {"training", CNN_SPLIT_TRAIN},
                 {"test", CNN_SPLIT_TEST},           {"testing", CNN_SPLIT_TEST},
                 {"tests", CNN_SPLIT_TEST},          {"val", CNN_SPLIT_VALIDATION},
                 {"valid", CNN_SPLIT_VALIDATION},    {"validation", CNN_SPLIT_VALIDATION},
                 {"validate", CNN_SPLIT_VALIDATION}, {"dev", CNN_SPLIT_VALIDATION},
                 {"devel", CNN_SPLIT_VALIDATION},    {"development", CNN_SPLIT_VALIDATION}};
    char word[LONGEST_WORD];
    plain_word(name, word);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(word, words[i].word) == 0)
            return words[i].split;
    return CNN_SPLIT_ALL;
}

/* ---- Folders --------------------------------------------------------------------------------------- */

/* Whether the folder holds folders itself: a class named "train" does not. */
static cnn_status has_class_folders(const char *folder, bool *has, cnn_error *error) {
    cnn_listing below = {0};
    cnn_status status = cnn_list_folder(folder, cnn_is_folder, &below, error);
    *has = below.count > 0;
    cnn_listing_free(&below);
    return status;
}

/* Take over the paths of `found`: each is a split's folder or another one. */
static cnn_status sort_folders(cnn_splits *splits, cnn_listing *found, cnn_error *error) {
    for (int64_t i = 0; i < found->count; i++) {
        char *path = found->paths[i];
        cnn_split split = cnn_split_of_name(cnn_path_name(path));
        bool is_split = false;
        cnn_status status = split == CNN_SPLIT_ALL ? CNN_OK : has_class_folders(path, &is_split, error);
        if (status != CNN_OK)
            return status;
        if (is_split && splits->folder[split])
            return cnn_fail(error, CNN_ERROR_FORMAT,
                            "%s and %s: both seem to hold the %s images; rename one, or merge them",
                            splits->folder[split], cnn_path_name(path), split_words[split]);
        if (is_split)
            splits->folder[split] = path;
        else
            splits->others.paths[splits->others.count++] = path;
        splits->any |= is_split;
        found->paths[i] = NULL;
    }
    return CNN_OK;
}

cnn_status cnn_splits_find(cnn_splits *splits, const char *folder, cnn_error *error) {
    cnn_listing found;
    *splits = (cnn_splits){0};
    cnn_status status = cnn_list_folder(folder, cnn_is_folder, &found, error);
    if (status != CNN_OK)
        return status;
    splits->others.paths =
        cnn_allocate((size_t)found.count, sizeof *splits->others.paths, "a folder's list", error);
    status = splits->others.paths ? sort_folders(splits, &found, error) : CNN_ERROR_MEMORY;
    cnn_listing_free(&found);
    return status;
}

const char *cnn_splits_naming(const cnn_splits *splits) {
    static const cnn_split order[] = {CNN_SPLIT_TRAIN, CNN_SPLIT_TEST, CNN_SPLIT_VALIDATION};
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
        if (splits->folder[order[i]])
            return splits->folder[order[i]];
    return NULL;
}

/* ---- What is missing ------------------------------------------------------------------------------- */

cnn_status cnn_split_missing(const char *folder, cnn_split split, const bool has[CNN_SPLIT_ALL],
                             cnn_error *error) {
    cnn_text present = {0};
    for (int i = 0; i < CNN_SPLIT_ALL; i++)
        if (has[i])
            cnn_text_append(&present, "%s%s", present.length ? " and " : "", split_words[i]);
    cnn_status status;
    if (present.length)
        status = cnn_fail(error, CNN_ERROR_FORMAT,
                          "%s: contains no %s images, only %s images; ask for those, or for all images",
                          folder, split_words[split], present.data);
    else
        status = cnn_fail(error, CNN_ERROR_FORMAT,
                          "%s: contains no %s images, since its class folders are not divided into train/, "
                          "validation/ and test/; divide them, or ask for all images",
                          folder, split_words[split]);
    cnn_free(present.data);
    return status;
}

cnn_status cnn_splits_check(const cnn_splits *splits, const char *folder, cnn_split split, cnn_error *error) {
    bool has[CNN_SPLIT_ALL];
    for (int i = 0; i < CNN_SPLIT_ALL; i++)
        has[i] = splits->folder[i] != NULL;
    if (split == CNN_SPLIT_ALL || has[split] || (split == CNN_SPLIT_TRAIN && !splits->any))
        return CNN_OK;
    return cnn_split_missing(folder, split, has, error);
}
