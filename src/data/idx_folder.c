#include "data/readers.h"

#include "base/file.h"
#include "base/memory.h"
#include "data/idx.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Data sets whose classes are known, by the name of their folder. */
static const struct {
    const char *folder;
    int64_t classes;
    const char *names[10]; /* NULL: the digits */
} families[] = {
    {"mnist", 10, {NULL}},
    {"fashion-mnist",
     10,
     {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
      "Ankle boot"}},
    {"kmnist", 10, {"o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"}},
};
enum { FAMILIES = sizeof families / sizeof families[0], FEWEST_CLASSES = 2 };

static const char *const split_prefix[] = {[CNN_SPLIT_TRAIN] = "train", [CNN_SPLIT_TEST] = "t10k"};

typedef struct idx_file {
    char *path; /* owned */
    cnn_idx idx;
} idx_file;

static void free_file(idx_file *file) {
    cnn_free(file->path);
    cnn_free(file->idx.values);
}

enum { NAME_BYTES = 48 };

/* "train-images-idx3-ubyte": MNIST's own names, or with a dot as some tools unpack them. A folder of such a name is taken
 * only if there is no file, so that the message can say so. False if nothing is there. */
static bool find_name(const char *folder, cnn_split split, int dimensions, char name[NAME_BYTES]) {
    static bool (*const kinds[])(const char *, const char *) = {cnn_holds_file, cnn_holds_folder};
    static const char *const patterns[][2] = {{"-", ""}, {"-", ".gz"}, {".", ""}, {".", ".gz"}};
    enum { KINDS = 2, PATTERNS = sizeof patterns / sizeof patterns[0] };
    for (int i = 0; i < KINDS * PATTERNS; i++) {
        const char *const *pattern = patterns[i % PATTERNS];
        snprintf(name, NAME_BYTES, "%s-%s%sidx%d-ubyte%s", split_prefix[split],
                 dimensions == CNN_IDX_LABELS ? "labels" : "images", pattern[0], dimensions, pattern[1]);
        if (kinds[i / PATTERNS](folder, name))
            return true;
    }
    return false;
}

/* The images' (3 dimensions) or labels' (1) file of the split; *path stays NULL if nothing is there. */
static cnn_status find_file(const char *folder, cnn_split split, int dimensions, char **path,
                            cnn_error *error) {
    char name[NAME_BYTES];
    *path = NULL;
    if (!find_name(folder, split, dimensions, name))
        return CNN_OK;
    *path = cnn_path_join(folder, name, error);
    return *path ? CNN_OK : CNN_ERROR_MEMORY;
}

static bool has_file(const char *folder, cnn_split split, int dimensions) {
    char name[NAME_BYTES];
    return find_name(folder, split, dimensions, name);
}

bool cnn_is_idx_folder(const char *folder) {
    return cnn_idx_folder_has(folder, CNN_SPLIT_TRAIN) || cnn_idx_folder_has(folder, CNN_SPLIT_TEST);
}

bool cnn_idx_folder_has(const char *folder, cnn_split split) {
    return split == CNN_SPLIT_ALL ||
           (split < CNN_SPLIT_VALIDATION &&
            (has_file(folder, split, CNN_IDX_IMAGES) || has_file(folder, split, CNN_IDX_LABELS)));
}

/* Read one of the four files; fails if it is missing. */
static cnn_status read_file(const char *folder, cnn_split split, int dimensions, int64_t limit,
                            idx_file *file, cnn_error *error) {
    *file = (idx_file){0};
    cnn_status status = find_file(folder, split, dimensions, &file->path, error);
    if (status != CNN_OK)
        return status;
    if (!file->path)
        return cnn_fail(error, CNN_ERROR_IO,
                        "cannot read %s/%s-%s-idx%d-ubyte or the same with .gz: no such file", folder,
                        split_prefix[split], dimensions == CNN_IDX_LABELS ? "labels" : "images", dimensions);
    cnn_bytes bytes;
    status = cnn_file_read(file->path, &bytes, error);
    if (status != CNN_OK)
        return status;
    status = cnn_idx_parse(bytes.data, bytes.size, file->path, dimensions, limit, &file->idx, error);
    cnn_free(bytes.data);
    return status;
}

/* Which known data set the folder's name says it is, for the names of its classes; -1: none. */
static int find_family(const char *folder) {
    size_t end = strlen(folder);
    while (end > 0 && folder[end - 1] == '/')
        end--;
    size_t start = end;
    while (start > 0 && folder[start - 1] != '/')
        start--;
    for (int i = 0; i < FAMILIES; i++)
        if (strlen(families[i].folder) == end - start &&
            strncmp(folder + start, families[i].folder, end - start) == 0)
            return i;
    return -1;
}

/* One more than the largest label. */
static int64_t classes_in(const idx_file *labels) {
    int64_t classes = FEWEST_CLASSES;
    for (int64_t i = 0; i < labels->idx.kept; i++)
        if (labels->idx.values[i] >= classes)
            classes = labels->idx.values[i] + 1;
    return classes;
}

/* The training labels decide how many classes there are, also for the test images: both must agree. */
static cnn_status count_classes(const char *folder, cnn_split split, const idx_file *labels, int64_t *classes,
                                cnn_error *error) {
    *classes = classes_in(labels);
    if (split == CNN_SPLIT_TRAIN || !has_file(folder, CNN_SPLIT_TRAIN, CNN_IDX_LABELS))
        return CNN_OK;
    idx_file training;
    cnn_status status = read_file(folder, CNN_SPLIT_TRAIN, CNN_IDX_LABELS, 0, &training, error);
    if (status == CNN_OK)
        *classes = classes_in(&training);
    free_file(&training);
    return status;
}

static cnn_status name_classes(cnn_data *data, const char *folder, cnn_split split, const idx_file *labels,
                               cnn_error *error) {
    int family = find_family(folder);
    if (family >= 0)
        return cnn_data_name_classes(data, families[family].classes,
                                     families[family].names[0] ? families[family].names : NULL, error);
    int64_t classes;
    cnn_status status = count_classes(folder, split, labels, &classes, error);
    return status == CNN_OK ? cnn_data_name_classes(data, classes, NULL, error) : status;
}

static cnn_status check_labels(const cnn_data *data, const idx_file *labels, cnn_error *error) {
    for (int64_t i = 0; i < labels->idx.kept; i++)
        if (labels->idx.values[i] >= data->classes)
            return cnn_fail(error, CNN_ERROR_FORMAT,
                            "%s: record %" PRId64 " (from 0; byte %" PRId64
                            "): label %d, expected 0 to %" PRId64,
                            labels->path, i, cnn_idx_header(CNN_IDX_LABELS) + i, labels->idx.values[i],
                            data->classes - 1);
    return CNN_OK;
}

/* Grey images have one channel: N,H,W is N,H,W,C, and the values move over as they are. */
static cnn_status take(cnn_data *data, idx_file *images, const idx_file *labels, cnn_error *error) {
    data->picture = (cnn_picture){"IDX", 1, images->idx.size[1], images->idx.size[2]};
    data->count = images->idx.kept;
    data->channels = 1;
    data->height = images->idx.size[1];
    data->width = images->idx.size[2];
    data->pixels = images->idx.values;
    images->idx.values = NULL;
    data->labels = cnn_allocate((size_t)data->count, sizeof *data->labels, "the labels", error);
    if (!data->labels)
        return CNN_ERROR_MEMORY;
    for (int64_t i = 0; i < data->count; i++)
        data->labels[i] = labels->idx.values[i];
    return CNN_OK;
}

/* Copy images and labels of a split into the data set, after those that are there. */
static cnn_status combine(cnn_data *data, idx_file *images, const idx_file *labels, cnn_error *error) {
    if (images->idx.size[0] != labels->idx.size[0])
        return cnn_fail(error, CNN_ERROR_FORMAT,
                        "%s: byte 4: expected %" PRId64 " labels, as many as images in %s, found %" PRId64,
                        labels->path, images->idx.size[0], images->path, labels->idx.size[0]);
    cnn_status status = check_labels(data, labels, error);
    return status == CNN_OK ? take(data, images, labels, error) : status;
}

static cnn_status read_split(cnn_data *data, const char *folder, cnn_split split, int64_t limit,
                             cnn_error *error) {
    idx_file images = {0}, labels = {0};
    cnn_status status = read_file(folder, split, CNN_IDX_IMAGES, limit, &images, error);
    if (status == CNN_OK)
        status = read_file(folder, split, CNN_IDX_LABELS, 0, &labels, error);
    if (status == CNN_OK)
        status = name_classes(data, folder, split, &labels, error);
    if (status == CNN_OK)
        status = combine(data, &images, &labels, error);
    free_file(&images);
    free_file(&labels);
    return status;
}

/* ---- Both splits ----------------------------------------------------------------------------------- */

/* The images of `first`, then those of `second`, both of which stay the caller's. */
static cnn_status join(cnn_data *data, const cnn_data *first, const cnn_data *second, cnn_error *error) {
    const int64_t shape[3] = {first->channels, first->height, first->width};
    if (first->height != second->height || first->width != second->width)
        return cnn_fail(error, CNN_ERROR_FORMAT,
                        "%s: its training images have %" PRId64 "x%" PRId64
                        " pixels, its test images %" PRId64 "x%" PRId64 "; they cannot be read together",
                        data->origin, first->height, first->width, second->height, second->width);
    cnn_status status = cnn_data_reserve(data, first->count + second->count, shape, error);
    if (status == CNN_OK)
        status = cnn_data_name_classes(data, first->classes, (const char *const *)first->names, error);
    if (status != CNN_OK)
        return status;
    data->picture = first->picture;
    size_t bytes = (size_t)cnn_data_image_bytes(data);
    memcpy(data->pixels, first->pixels, (size_t)first->count * bytes);
    memcpy(cnn_data_pixels(data, first->count), second->pixels, (size_t)second->count * bytes);
    memcpy(data->labels, first->labels, (size_t)first->count * sizeof *data->labels);
    memcpy(data->labels + first->count, second->labels, (size_t)second->count * sizeof *data->labels);
    return CNN_OK;
}

/* Training images, then test images, which must have the same size. */
static cnn_status read_both(cnn_data *data, const char *folder, int64_t limit, cnn_error *error) {
    cnn_data *splits[2] = {cnn_data_new(folder, error), cnn_data_new(folder, error)};
    cnn_status status = splits[0] && splits[1] ? CNN_OK : CNN_ERROR_MEMORY;
    if (status == CNN_OK)
        status = read_split(splits[0], folder, CNN_SPLIT_TRAIN, limit, error);
    if (status == CNN_OK)
        status = read_split(splits[1], folder, CNN_SPLIT_TEST, limit, error);
    if (status == CNN_OK) {
        int64_t room = limit ? limit - splits[0]->count : splits[1]->count;
        splits[1]->count = room < splits[1]->count ? room : splits[1]->count;
        status = join(data, splits[0], splits[1], error);
    }
    cnn_data_free(splits[0]);
    cnn_data_free(splits[1]);
    return status;
}

cnn_status cnn_read_idx_folder(cnn_data *data, const char *folder, const cnn_data_options *options,
                               cnn_error *error) {
    bool train = cnn_idx_folder_has(folder, CNN_SPLIT_TRAIN),
         test = cnn_idx_folder_has(folder, CNN_SPLIT_TEST);
    cnn_split split = options->split != CNN_SPLIT_ALL ? options->split
                      : train                         ? CNN_SPLIT_TRAIN
                                                      : CNN_SPLIT_TEST;
    cnn_status status = options->split == CNN_SPLIT_ALL && train && test
                            ? read_both(data, folder, options->limit, error)
                            : read_split(data, folder, split, options->limit, error);
    return status == CNN_OK ? cnn_data_convert(data, &options->image, error) : status;
}
