/* CIFAR-10 as its authors distribute it ("binary version"): six files of records, each a label byte and 3 x
 * 32 x 32 planar pixels. */
#include "data/readers.h"

#include "base/file.h"
#include "base/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    CHANNELS = 3,
    SIDE = 32,
    PLANE = SIDE * SIDE,
    RECORD = 1 + CHANNELS * PLANE,
    CLASSES = 10,
    MAX_FILES = 6
};

static const char subfolder[] = "cifar-10-batches-bin";

static const char *const split_files[][MAX_FILES + 1] = {
    [CNN_SPLIT_TRAIN] = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
                         "data_batch_5.bin"},
    [CNN_SPLIT_TEST] = {"test_batch.bin"},
    [CNN_SPLIT_ALL] = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
                       "data_batch_5.bin", "test_batch.bin"},
};

static bool holds(const char *folder, const char *name) {
    return cnn_holds_file(folder, name) || cnn_holds_folder(folder, name);
}

bool cnn_is_cifar_folder(const char *folder) {
    return holds(folder, subfolder) || holds(folder, split_files[CNN_SPLIT_TRAIN][0]) ||
           holds(folder, split_files[CNN_SPLIT_TEST][0]);
}

bool cnn_cifar_folder_has(const char *folder, cnn_split split) {
    char below[64];
    if (split >= CNN_SPLIT_VALIDATION)
        return split == CNN_SPLIT_ALL;
    snprintf(below, sizeof below, "%s/%s", subfolder, split_files[split][0]);
    return holds(folder, split_files[split][0]) || holds(folder, below);
}

/* Append one file's records to the images; at most `room` of them. */
static cnn_status take_records(cnn_data *data, const cnn_bytes *file, const char *path, int64_t room,
                               cnn_error *error) {
    int64_t records = (int64_t)file->size / RECORD;
    if (records == 0 || file->size % RECORD != 0)
        return cnn_fail(error, CNN_ERROR_FORMAT,
                        "%s: expected whole records of %d bytes, record %" PRId64 " (from 0; byte %" PRId64
                        ") ends after %zu bytes",
                        path, RECORD, records, records * RECORD, file->size % RECORD);
    for (int64_t i = 0; i < records; i++) {
        const uint8_t *record = file->data + i * RECORD;
        if (record[0] >= CLASSES)
            return cnn_fail(error, CNN_ERROR_FORMAT,
                            "%s: record %" PRId64 " (from 0; byte %" PRId64 "): label %d, expected 0 to %d",
                            path, i, i * RECORD, record[0], CLASSES - 1);
        if (i >= room)
            continue;
        cnn_interleave(record + 1, CHANNELS, PLANE, cnn_data_pixels(data, data->count));
        data->labels[data->count++] = record[0];
    }
    return CNN_OK;
}

typedef struct batch_files {
    char *path[MAX_FILES];
    cnn_bytes bytes[MAX_FILES];
    int count;
} batch_files;

static void free_files(batch_files *files) {
    for (int i = 0; i < MAX_FILES; i++) {
        cnn_free(files->path[i]);
        cnn_free(files->bytes[i].data);
    }
}

/* The batches of a split, in order. */
static cnn_status read_files(const char *folder, cnn_split split, batch_files *files, cnn_error *error) {
    for (const char *const *name = split_files[split]; *name; name++, files->count++) {
        char *path = files->path[files->count] = cnn_path_join(folder, *name, error);
        if (!path)
            return CNN_ERROR_MEMORY;
        cnn_status status = cnn_file_read(path, &files->bytes[files->count], error);
        if (status != CNN_OK)
            return status;
    }
    return CNN_OK;
}

/* Each record is a label byte and 3 x 32 x 32 bytes, planar; copied channels-last, up to `limit` images. */
static cnn_status take_files(cnn_data *data, const batch_files *files, int64_t limit, cnn_error *error) {
    static const int64_t shape[3] = {CHANNELS, SIDE, SIDE};
    int64_t records = 0;
    for (int i = 0; i < files->count; i++)
        records += (int64_t)files->bytes[i].size / RECORD;
    data->picture = (cnn_picture){"CIFAR-10", CHANNELS, SIDE, SIDE};
    int64_t wanted = limit > 0 && limit < records ? limit : records;
    cnn_status status = cnn_data_reserve(data, wanted, shape, error);
    data->count = 0;
    for (int i = 0; status == CNN_OK && i < files->count; i++)
        status = take_records(data, &files->bytes[i], files->path[i], wanted - data->count, error);
    return status;
}

/* CIFAR-10's own names, in the order of its labels. */
static cnn_status name_classes(cnn_data *data, cnn_error *error) {
    static const char *const names[CLASSES] = {"airplane", "automobile", "bird",  "cat",  "deer",
                                               "dog",      "frog",       "horse", "ship", "truck"};
    return cnn_data_name_classes(data, CLASSES, names, error);
}

static cnn_status read_folder(cnn_data *data, const char *folder, const cnn_data_options *options,
                              cnn_error *error) {
    batch_files files = {0};
    cnn_status status = read_files(folder, options->split, &files, error);
    if (status == CNN_OK)
        status = take_files(data, &files, options->limit, error);
    free_files(&files);
    if (status == CNN_OK)
        status = name_classes(data, error);
    return status == CNN_OK ? cnn_data_convert(data, &options->image, error) : status;
}

cnn_status cnn_read_cifar_folder(cnn_data *data, const char *folder, const cnn_data_options *options,
                                 cnn_error *error) {
    if (!holds(folder, subfolder))
        return read_folder(data, folder, options, error);
    char *below = cnn_path_join(folder, subfolder, error);
    if (!below)
        return CNN_ERROR_MEMORY;
    cnn_status status = read_folder(data, below, options, error);
    cnn_free(below);
    return status;
}
