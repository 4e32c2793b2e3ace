/* From the word a person gives to the folder that holds the data, and to the reader for what is in it. */
#include "data/dataset.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "data/array_files.h"
#include "data/label_table.h"
#include "data/prepare.h"
#include "data/readers.h"
#include "data/room.h"
#include "data/splits.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const struct {
    const char *name, *remedy;
} known[] = {
    {"mnist", "'cnn data fetch mnist' downloads it, or put its four files (train-images-idx3-ubyte.gz, "
              "train-labels-idx1-ubyte.gz, t10k-...) into one of them"},
    {"fashion-mnist", "'cnn data fetch fashion-mnist' downloads it; Debian and Ubuntu also have it as a "
                      "package: apt install dataset-fashion-mnist"},
    {"kmnist", "'cnn data fetch kmnist' downloads it, or put its four files (train-images-idx3-ubyte.gz, "
               "...) into one of them"},
    {"cifar10", "'cnn data fetch cifar10' downloads it, or unpack cifar-10-binary.tar.gz into one of them"},
};
enum { KNOWN = sizeof known / sizeof known[0], MAX_PLACES = 3, SYSTEM_PLACES = 1 };

/* ---- Where known names are looked for -------------------------------------------------------------- */

typedef struct places {
    char *path[MAX_PLACES]; /* owned */
    int count;
} places;

static void free_places(places *list) {
    for (int i = 0; i < list->count; i++)
        cnn_free(list->path[i]);
}

/* Add FOLDER + BELOW + "/" + NAME; nothing if the environment does not give the folder. */
static cnn_status add_place(places *list, const char *folder, const char *below, const char *name,
                            cnn_error *error) {
    if (!folder || !*folder)
        return CNN_OK;
    cnn_text path = {0};
    cnn_text_append(&path, "%s%s/%s", folder, below, name);
    if (path.failed) {
        cnn_free(path.data);
        return cnn_fail(error, CNN_ERROR_MEMORY, "out of memory for a file name");
    }
    list->path[list->count++] = path.data;
    return CNN_OK;
}

/* Where a known data set is looked for: $CNN_DATA, the user's cache, the system's packages. */
static cnn_status list_places(places *list, const char *name, cnn_error *error) {
    const char *cache = getenv("XDG_CACHE_HOME");
    bool own_cache = cache && *cache;
    cnn_status status = add_place(list, getenv("CNN_DATA"), "", name, error);
    if (status == CNN_OK)
        status = own_cache ? add_place(list, cache, "/cnn", name, error)
                           : add_place(list, getenv("HOME"), "/.cache/cnn", name, error);
    return status == CNN_OK ? add_place(list, "/usr/share/datasets", "", name, error) : status;
}

/* Say where it was looked for, and how to get it. */
static cnn_status not_found(const places *list, int which, cnn_error *error) {
    cnn_text looked = {0};
    for (int i = 0; i < list->count; i++)
        cnn_text_append(&looked, "%s%s", i ? ", " : "", list->path[i]);
    const char *unset =
        getenv("CNN_DATA") ? "" : "; the environment variable CNN_DATA can name another folder";
    cnn_status status =
        cnn_fail(error, CNN_ERROR_IO, "the data set %s was not found (looked in %s%s); %s", known[which].name,
                 looked.data ? looked.data : "", unset, known[which].remedy);
    cnn_free(looked.data);
    return status;
}

/* The first place that has a folder; it is the caller's to release. */
static cnn_status find_known(int which, char **folder, cnn_error *error) {
    places list = {0};
    cnn_status status = list_places(&list, known[which].name, error);
    for (int i = 0; status == CNN_OK && !*folder && i < list.count; i++)
        if (cnn_is_folder(list.path[i])) {
            *folder = list.path[i];
            list.path[i] = NULL;
        }
    if (status == CNN_OK && !*folder)
        status = not_found(&list, which, error);
    free_places(&list);
    return status;
}

cnn_status cnn_data_folder(char **folder, const char *name, cnn_error *error) {
    places list = {0};
    if (folder)
        *folder = NULL;
    cnn_status status = cnn_required(error, folder, name);
    if (status == CNN_OK)
        status = list_places(&list, name, error);
    if (status == CNN_OK && list.count == SYSTEM_PLACES)
        status = cnn_fail(error, CNN_ERROR_IO,
                          "no folder for data is known: set CNN_DATA, XDG_CACHE_HOME or HOME to one");
    if (status == CNN_OK) {
        *folder = list.path[0];
        list.path[0] = NULL;
    }
    free_places(&list);
    return status;
}

/* ---- What a person may have meant ------------------------------------------------------------------ */

/* Neither a folder nor a known name: say what was probably meant. */
static cnn_status no_such_source(const char *source, cnn_error *error) {
    struct stat about;
    if (stat(source, &about) == 0)
        return cnn_fail(
            error, CNN_ERROR_IO,
            "%s: neither a folder nor a kind of file that is known by its name; expected a folder "
            "with IDX files, class folders or NumPy's arrays, or a file .csv, .jsonl, .npz or .tar",
            source);
    int reason = errno;
    const char *names[KNOWN + 1] = {NULL};
    for (int i = 0; i < KNOWN; i++)
        names[i] = known[i].name;
    const char *near = strchr(source, '/') ? NULL : cnn_nearest_word(source, names);
    if (near)
        return cnn_fail(error, CNN_ERROR_IO, "cannot read %s: %s; did you mean %s?", source, strerror(reason),
                        near);
    return cnn_fail(error, CNN_ERROR_IO,
                    "cannot read %s: %s; expected a folder, or mnist, fashion-mnist, kmnist or cifar10",
                    source, strerror(reason));
}

static bool is_table(const char *path) {
    return cnn_is_file(path) && cnn_is_label_table(path);
}

static bool is_shard(const char *path) {
    return cnn_is_file(path) && cnn_is_shard(path);
}

static bool are_arrays(const char *path) {
    return cnn_is_file(path) ? cnn_is_npz(path) : cnn_is_array_folder(path);
}

/* Kinds of data beside folders of IDX files and CIFAR-10's, each by a look at the place; the last takes all that is left. */
typedef struct kind {
    bool (*is)(const char *path); /* NULL: it takes all */
    cnn_status (*has)(const char *path, cnn_split split, bool *has, cnn_error *error);
    cnn_status (*read)(cnn_data *data, const char *path, const cnn_data_options *options, cnn_error *error);
} kind;

static const kind kinds[] = {
    {is_table, cnn_label_table_has, cnn_read_labelled_files},
    {is_shard, cnn_shard_has, cnn_read_shard},
    {are_arrays, cnn_array_data_has, cnn_read_array_data},
    {NULL, cnn_image_folder_has, cnn_read_image_folder},
};

static const kind *kind_of(const char *path) {
    const kind *k = kinds;
    while (k->is && !k->is(path))
        k++;
    return k;
}

/* The folder or file that `source` stands for: allocated. One of that name comes before a known name. */
static cnn_status find_place(const char *source, char **folder, cnn_error *error) {
    *folder = NULL;
    if (cnn_is_folder(source) || kind_of(source)->is) {
        *folder = cnn_copy_string(source, error);
        return *folder ? CNN_OK : CNN_ERROR_MEMORY;
    }
    for (int i = 0; i < KNOWN; i++)
        if (strcmp(known[i].name, source) == 0)
            return find_known(i, folder, error);
    return no_such_source(source, error);
}

/* IDX files, CIFAR-10's batches or one of the kinds, whichever it is or holds. */
static cnn_status read_place(cnn_data *data, const char *folder, const cnn_data_options *options,
                             cnn_error *error) {
    const bool idx = cnn_is_idx_folder(folder), cifar = !idx && cnn_is_cifar_folder(folder);
    if (idx || cifar) {
        bool (*has)(const char *, cnn_split) = idx ? cnn_idx_folder_has : cnn_cifar_folder_has;
        const bool has_split[CNN_SPLIT_ALL] = {
            [CNN_SPLIT_TRAIN] = has(folder, CNN_SPLIT_TRAIN), [CNN_SPLIT_TEST] = has(folder, CNN_SPLIT_TEST)};
        if (!has(folder, options->split))
            return cnn_split_missing(folder, options->split, has_split, error);
        return (idx ? cnn_read_idx_folder : cnn_read_cifar_folder)(data, folder, options, error);
    }
    return kind_of(folder)->read(data, folder, options, error);
}

static cnn_status check_options(const char *source, const cnn_data_options *options, cnn_error *error) {
    if (!*source)
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "no data set was named");
    if ((int)options->split < CNN_SPLIT_TRAIN || (int)options->split > CNN_SPLIT_ALL)
        return cnn_fail(
            error, CNN_ERROR_ARGUMENT,
            "split must be CNN_SPLIT_TRAIN, CNN_SPLIT_TEST, CNN_SPLIT_VALIDATION or CNN_SPLIT_ALL, not %d",
            (int)options->split);
    if (options->limit < 0)
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "limit must not be negative");
    return cnn_prepare_check(&options->image, error);
}

cnn_status cnn_data_has(const char *source, cnn_split split, bool *has, cnn_error *error) {
    char *folder = NULL;
    cnn_status status = cnn_required(error, source, has);
    if (status == CNN_OK)
        status = check_options(source, &(cnn_data_options){.split = split}, error);
    if (has)
        *has = false;
    if (status == CNN_OK)
        status = find_place(source, &folder, error);
    if (status != CNN_OK)
        return status;
    if (cnn_is_idx_folder(folder))
        *has = cnn_idx_folder_has(folder, split);
    else if (cnn_is_cifar_folder(folder))
        *has = cnn_cifar_folder_has(folder, split);
    else
        status = kind_of(folder)->has(folder, split, has, error);
    cnn_free(folder);
    return status;
}

cnn_status cnn_data_open(cnn_data **data, const char *source, const cnn_data_options *options,
                         cnn_error *error) {
    const cnn_data_options defaults = {0};
    char *folder = NULL;
    if (data)
        *data = NULL;
    cnn_status status = cnn_required(error, data, source);
    if (status != CNN_OK)
        return status;
    options = options ? options : &defaults;
    status = check_options(source, options, error);
    if (status == CNN_OK)
        status = find_place(source, &folder, error);
    if (status != CNN_OK)
        return status;
    cnn_data *read = cnn_data_new(folder, error);
    status = read ? read_place(read, folder, options, error) : CNN_ERROR_MEMORY;
    cnn_free(folder);
    if (status == CNN_OK)
        status = cnn_data_note_room(read, error);
    if (status != CNN_OK)
        cnn_data_free(read);
    else
        *data = read;
    return status;
}
