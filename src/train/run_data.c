/* The images that a training held out or used, found again in their source. */
#include "data/dataset.h"

#include "base/memory.h"
#include "train/run_folder.h"
#include "train/split_list.h"

#include <stdlib.h>
#include <string.h>

/* ---- Choosing among the images of the source ------------------------------------------------------- */

typedef struct chosen {
    int64_t index;
    int64_t rank; /* position within its class */
    int32_t label;
} chosen;

static int by_index(const void *a, const void *b) {
    const chosen *left = a, *right = b;
    return left->index < right->index ? -1 : left->index > right->index;
}

/* The first of each class in turn, as cnn_data_options.limit has it for class folders. */
static int in_turn(const void *a, const void *b) {
    const chosen *left = a, *right = b;
    if (left->rank != right->rank)
        return left->rank < right->rank ? -1 : 1;
    return (left->label > right->label) - (left->label < right->label);
}

/* Number the images of each class from 0. */
static void set_ranks(chosen *images, int64_t count, int64_t *seen) {
    for (int64_t i = 0; i < count; i++)
        images[i].rank = seen[images[i].label]++;
}

/* The `limit` (0: all) images that take part, in the order of the data; returns how many. */
static cnn_status keep_chosen(cnn_data *data, chosen *images, int64_t count, int64_t limit,
                              cnn_error *error) {
    int64_t *room = cnn_allocate((size_t)(data->classes > count ? data->classes : count), sizeof *room,
                                 "the images of a run", error);
    if (!room)
        return CNN_ERROR_MEMORY;
    qsort(images, (size_t)count, sizeof *images, by_index);
    if (limit > 0 && limit < count) {
        if (data->files) {
            set_ranks(images, count, room);
            qsort(images, (size_t)count, sizeof *images, in_turn);
        }
        count = limit;
        qsort(images, (size_t)count, sizeof *images, by_index);
    }
    for (int64_t i = 0; i < count; i++)
        room[i] = images[i].index;
    cnn_data_keep(data, room, count);
    cnn_free(room);
    return CNN_OK;
}

/* ---- As the list says ------------------------------------------------------------------------------ */

/* Whether the data have an image of this class at all: one that they lack is no sign of a change. */
static void find_present(const cnn_data *data, bool *present) {
    for (int64_t i = 0; i < data->count; i++)
        present[data->labels[i]] = true;
}

static bool lacks_class(const cnn_data *data, const bool *present, const char *class) {
    for (int64_t i = 0; i < data->classes; i++)
        if (present[i] && strcmp(data->names[i], class) == 0)
            return false;
    return true;
}

/* The listed images of the split that are there in `images`; *missing of them are not, though their class is. */
static int64_t choose(const cnn_split_list *list, const cnn_data *data, cnn_split split, const bool *present,
                      chosen *images, int64_t *missing) {
    int64_t count = 0;
    *missing = 0;
    for (int64_t i = 0; i < list->count; i++) {
        const cnn_split_entry *entry = &list->entries[i];
        if (entry->split != split)
            continue;
        if (entry->index >= 0)
            images[count++] = (chosen){.index = entry->index, .label = data->labels[entry->index]};
        else
            *missing += !lacks_class(data, present, entry->class_name);
    }
    return count;
}

static int64_t count_found(const cnn_split_list *list) {
    int64_t found = 0;
    for (int64_t i = 0; i < list->count; i++)
        found += list->entries[i].index >= 0;
    return found;
}

static cnn_status keep_listed(cnn_data *data, cnn_split_list *list, const cnn_data_options *options,
                              cnn_run_part *part, cnn_error *error) {
    cnn_status status = cnn_split_list_find(list, data, error);
    if (status != CNN_OK)
        return status;
    bool *present = cnn_allocate((size_t)data->classes, sizeof *present, "the classes", error);
    chosen *images = cnn_allocate((size_t)list->count, sizeof *images, "the images of a run", error);
    int64_t missing, count;
    status = CNN_ERROR_MEMORY;
    if (present && images) {
        find_present(data, present);
        count = choose(list, data, options->split, present, images, &missing);
        *part = (cnn_run_part){.listed = true, .others = data->count - count_found(list)};
        bool skipped = options->skip_bad && missing <= data->skipped;
        status = (missing > 0 && !skipped) || count == 0
                     ? cnn_split_list_lacks(list, data, options->split, missing, error)
                     : keep_chosen(data, images, count, options->limit, error);
    }
    cnn_free(present);
    cnn_free(images);
    return status;
}

/* The images of a split as the training's list has them. */
static cnn_status open_listed(cnn_data **data, const char *source, const cnn_data_options *options,
                              cnn_split_list *list, cnn_run_part *part, cnn_error *error) {
    cnn_data_options all = *options;
    all.split = CNN_SPLIT_TRAIN; /* what the training shared out */
    all.limit = 0;
    cnn_status status = cnn_data_open(data, source, &all, error);
    if (status == CNN_OK)
        status = keep_listed(*data, list, options, part, error);
    if (status != CNN_OK) {
        cnn_data_free(*data);
        *data = NULL;
    }
    return status;
}

/* ---- By the list or by the source's own splits ----------------------------------------------------- */

/* A source with a test split of its own is tested on that. */
static cnn_status is_listed(const cnn_split_list *list, const char *source, cnn_split split, bool *listed,
                            cnn_error *error) {
    bool own = false;
    *listed = split != CNN_SPLIT_ALL && cnn_split_list_count(list, split) > 0;
    cnn_status status =
        *listed && split == CNN_SPLIT_TEST ? cnn_data_has(source, split, &own, error) : CNN_OK;
    *listed = *listed && !own;
    return status;
}

/* The list of the run directory; an empty one if there is none. */
static cnn_status read_list(cnn_split_list *list, const char *run_directory, cnn_error *error) {
    cnn_run_folder folder;
    *list = (cnn_split_list){0};
    cnn_status status = cnn_run_folder_name(&folder, run_directory, error);
    if (status == CNN_OK && run_directory && cnn_is_file(folder.split))
        status = cnn_split_list_read(list, folder.split, error);
    cnn_run_folder_free(&folder);
    return status;
}

/* Images that the model may have been trained on are used for testing only if all images are requested. */
static cnn_status check_there(const char *source, cnn_split split, const char *run_directory,
                              cnn_error *error) {
    bool has = true;
    cnn_status status = CNN_OK;
    if (split == CNN_SPLIT_TEST || split == CNN_SPLIT_VALIDATION)
        status = cnn_data_has(source, split, &has, error);
    if (status != CNN_OK || has)
        return status;
    return cnn_fail(
        error, CNN_ERROR_FORMAT,
        "%s has no %s images of its own, and no split.csv%s%s says which ones training held out; the split "
        "\"all\" (--split all) takes all images, including those that the model was trained on",
        source, cnn_split_word(split), run_directory ? " in " : "", run_directory ? run_directory : "");
}

cnn_status cnn_data_open_run(cnn_data **data, const char *source, const cnn_data_options *options,
                             const char *run_directory, cnn_run_part *part, cnn_error *error) {
    const cnn_data_options defaults = {0};
    cnn_run_part ignored;
    cnn_split_list list;
    bool listed = false;
    cnn_status status = cnn_required(error, data);
    if (status != CNN_OK)
        return status;
    *data = NULL;
    status = cnn_required(error, source);
    if (status != CNN_OK)
        return status;
    options = options ? options : &defaults;
    part = part ? part : &ignored;
    *part = (cnn_run_part){0};
    status = read_list(&list, run_directory, error);
    if (status == CNN_OK)
        status = is_listed(&list, source, options->split, &listed, error);
    if (status == CNN_OK && !listed)
        status = check_there(source, options->split, run_directory, error);
    if (status == CNN_OK)
        status = listed ? open_listed(data, source, options, &list, part, error)
                        : cnn_data_open(data, source, options, error);
    cnn_split_list_free(&list);
    return status;
}
