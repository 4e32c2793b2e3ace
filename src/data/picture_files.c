#include "data/picture_files.h"

#include "base/memory.h"
#include "base/threads.h"
#include "data/image.h"
#include "data/prepare.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- The list -------------------------------------------------------------------------------------- */

static void free_file(cnn_picture_file *file) {
    cnn_free(file->path);
    cnn_free(file->bytes.data);
}

void cnn_picture_files_free(cnn_picture_files *files) {
    for (int64_t i = 0; i < files->count; i++)
        free_file(&files->list[i]);
    cnn_free(files->list);
    *files = (cnn_picture_files){0};
}

cnn_status cnn_picture_files_add(cnn_picture_files *files, cnn_picture_file *file, cnn_error *error) {
    const cnn_status status = cnn_grow((void **)&files->list, files->count, &files->capacity,
                                       sizeof *files->list, "the list of images", error);
    if (status == CNN_OK)
        files->list[files->count++] = *file;
    else
        free_file(file);
    return status;
}

static int in_turn(const void *a, const void *b) {
    const cnn_picture_file *left = a, *right = b;
    if (left->rank != right->rank)
        return left->rank < right->rank ? -1 : 1;
    if (left->label != right->label)
        return left->label < right->label ? -1 : 1;
    return strcmp(left->path, right->path);
}

void cnn_picture_files_limit(cnn_picture_files *files, int64_t limit) {
    qsort(files->list, (size_t)files->count, sizeof *files->list, in_turn);
    while (files->count > limit)
        free_file(&files->list[--files->count]);
}

/* ---- Decoding -------------------------------------------------------------------------------------- */

typedef struct decoding {
    const cnn_picture_files *files;
    const cnn_image_options *options;
    cnn_data *data;
    cnn_status *status; /* of each file */
    int64_t unshaped;   /* files before the one that gave the shape, which did not decode */
} decoding;

/* Read and decode. */
static cnn_status load(const cnn_picture_file *file, const cnn_image_options *options, cnn_image *image,
                       cnn_error *error) {
    if (file->bytes.data)
        return cnn_image_unpack(file->bytes.data, file->bytes.size, file->path, options, image, error);
    return cnn_image_load(file->path, options, image, error);
}

/* Read, decode and prepare one file into its image's place. */
static cnn_status decode_file(const decoding *work, int64_t index, cnn_error *error) {
    int64_t shape[3];
    cnn_data_shape(work->data, shape);
    cnn_image image;
    cnn_status status = load(&work->files->list[index], work->options, &image, error);
    if (status != CNN_OK)
        return status;
    work->data->pictures[index] = image.picture;
    status = cnn_prepare(&image, work->options, shape, cnn_data_pixels(work->data, index), error);
    cnn_free(image.pixels);
    return status;
}

/* A thread's task: one file. Its status is kept, so that errors are reported in the order of files. */
static void decode_piece(void *context, int64_t piece, int worker) {
    (void)worker;
    decoding *work = context;
    work->status[piece] = decode_file(work, piece, NULL);
}

/* Decode all files on all processors. */
static cnn_status decode_all(decoding *work, cnn_error *error) {
    cnn_pool *pool;
    cnn_status status = cnn_pool_new(&pool, 0, error);
    if (status != CNN_OK)
        return status;
    cnn_pool_run(pool, decode_piece, work, work->files->count);
    cnn_pool_free(pool);
    return CNN_OK;
}

/* The wanted shape; what is not given comes from the first image that decodes. If none does, decoding all of
 * them finds that out again and says so. */
static cnn_status settle_shape(const cnn_picture_files *files, const cnn_image_options *options,
                               int64_t shape[3], int64_t *unshaped, cnn_error *error) {
    cnn_image image = {.channels = 1, .height = 1, .width = 1};
    bool given = options->channels && options->height && options->width;
    for (int64_t i = 0; !given && i < files->count; i++) {
        cnn_image found;
        const cnn_status status = load(&files->list[i], options, &found, error);
        if (status == CNN_ERROR_MEMORY)
            return status;
        if (status != CNN_OK)
            continue;
        image = found;
        *unshaped = i;
        cnn_free(found.pixels);
        break;
    }
    cnn_prepare_shape(options, &image, shape);
    return CNN_OK;
}

static cnn_status repaired(const decoding *work, int64_t index, cnn_error *error) {
    return cnn_fail(error, CNN_ERROR_IO,
                    "%s could not be read, but a moment later it could: memory was short, or the disk fails",
                    work->files->list[index].path);
}

/* Why a file does not decode. What does a moment later was no bad image: it must not be left out. */
static cnn_status find_reason(const decoding *work, int64_t index, bool *passing, cnn_error *reason) {
    const cnn_status status = decode_file(work, index, reason);
    *passing = status == CNN_OK || status == CNN_ERROR_MEMORY;
    if (status == CNN_OK)
        return repaired(work, index, reason);
    return work->files->table ? cnn_fail_within(reason, status, "%s, %s %" PRId64, work->files->table,
                                                work->files->unit, work->files->list[index].line)
                              : status;
}

/* Likewise, an image that decodes now would have given the shape. */
static cnn_status check_shape(const decoding *work, cnn_error *error) {
    for (int64_t i = 0; i < work->unshaped; i++)
        if (work->status[i] == CNN_OK)
            return repaired(work, i, error);
    return CNN_OK;
}

/* One message for any number of bad files: the first one's, and how many more there are. */
static cnn_status report_bad(const decoding *work, int64_t first, int64_t bad, bool skipping,
                             cnn_error *error) {
    cnn_error reason = {0};
    bool passing;
    cnn_status status = find_reason(work, first, &passing, &reason);
    if (passing)
        return cnn_fail(error, status, "%s", reason.message);
    if (skipping)
        return cnn_fail(error, status, "%s (none of the %" PRId64 " images could be read)", reason.message,
                        bad);
    if (bad == 1)
        return cnn_fail(error, status, "%s (--skip-bad skips it)", reason.message);
    return cnn_fail(error, status, "%s (and %" PRId64 " more; --skip-bad skips them)", reason.message,
                    bad - 1);
}

/* Running out of memory is no fault of the image: it is never skipped. */
static cnn_status find_memory_failure(const decoding *work, cnn_error *error) {
    for (int64_t i = 0; i < work->files->count; i++)
        if (work->status[i] == CNN_ERROR_MEMORY)
            return cnn_fail(error, CNN_ERROR_MEMORY, "out of memory: decoding %s", work->files->list[i].path);
    return CNN_OK;
}

/* Decide what bad files mean: nothing left out silently, an error unless --skip-bad was given. */
static cnn_status judge(const decoding *work, bool skip_bad, int64_t *bad_images, cnn_error *error) {
    int64_t bad = 0, first = 0;
    for (int64_t i = work->files->count - 1; i >= 0; i--)
        if (work->status[i] != CNN_OK) {
            bad++;
            first = i;
        }
    *bad_images = bad;
    if (bad == 0)
        return CNN_OK;
    cnn_status status = find_memory_failure(work, error);
    if (status != CNN_OK)
        return status;
    bool none_left = bad == work->files->count;
    return skip_bad && !none_left ? CNN_OK : report_bad(work, first, bad, skip_bad, error);
}

/* What the data set calls a file. */
static const char *name_of(const decoding *work, int64_t index) {
    const cnn_picture_file *file = &work->files->list[index];
    return file->path + file->name;
}

/* Remember an image that was left out, and why. */
static cnn_status skip(const decoding *work, int64_t index, cnn_error *error) {
    cnn_skipped *skipped = &work->data->skips[work->data->skipped];
    cnn_error reason = {0};
    bool passing;
    const cnn_status status = find_reason(work, index, &passing, &reason);
    if (passing)
        return cnn_fail(error, status, "%s", reason.message);
    skipped->name = cnn_copy_string(name_of(work, index), error);
    skipped->reason = cnn_copy_string(reason.message, error);
    work->data->skipped++;
    return skipped->name && skipped->reason ? CNN_OK : CNN_ERROR_MEMORY;
}

/* Label and name an image, and move it to its final place. */
static cnn_status keep(const decoding *work, int64_t index, int64_t place, cnn_error *error) {
    cnn_data *data = work->data;
    if (place != index)
        memcpy(cnn_data_pixels(data, place), cnn_data_pixels(data, index),
               (size_t)cnn_data_image_bytes(data));
    data->pictures[place] = data->pictures[index];
    const cnn_picture_file *file = &work->files->list[index];
    data->labels[place] = file->label;
    if (file->targets)
        memcpy(data->targets + place * data->targets_per_image, file->targets,
               (size_t)data->targets_per_image * sizeof *data->targets);
    data->files[place] = cnn_copy_string(name_of(work, index), error);
    return data->files[place] ? CNN_OK : CNN_ERROR_MEMORY;
}

/* Close the gaps left by images that do not decode. */
static cnn_status keep_good(const decoding *work, int64_t bad, cnn_error *error) {
    cnn_data *data = work->data;
    int64_t kept = 0;
    data->files = cnn_allocate((size_t)data->count, sizeof *data->files, "the images' names", error);
    data->skips = cnn_allocate((size_t)bad, sizeof *data->skips, "the images that are left out", error);
    cnn_status status = data->files && data->skips ? CNN_OK : CNN_ERROR_MEMORY;
    for (int64_t i = 0; status == CNN_OK && i < work->files->count; i++)
        status = work->status[i] == CNN_OK ? keep(work, i, kept++, error) : skip(work, i, error);
    if (status == CNN_OK)
        data->count = kept;
    return status;
}

static cnn_status decode_into(cnn_data *data, const cnn_picture_files *files, const cnn_data_options *options,
                              int64_t unshaped, cnn_error *error) {
    decoding work = {.files = files, .options = &options->image, .data = data, .unshaped = unshaped};
    work.status = cnn_allocate((size_t)files->count, sizeof *work.status, "the images' states", error);
    if (!work.status)
        return CNN_ERROR_MEMORY;
    data->pictures = cnn_allocate((size_t)files->count, sizeof *data->pictures, "what the files hold", error);
    int64_t bad = 0;
    cnn_status status = data->pictures ? decode_all(&work, error) : CNN_ERROR_MEMORY;
    if (status == CNN_OK)
        status = check_shape(&work, error);
    if (status == CNN_OK)
        status = judge(&work, options->skip_bad, &bad, error);
    if (status == CNN_OK)
        status = keep_good(&work, bad, error);
    cnn_free(work.status);
    return status;
}

static cnn_status reserve_targets(cnn_data *data, const cnn_picture_files *files, cnn_error *error) {
    if (!files->targets_per_image)
        return CNN_OK;
    data->targets_per_image = files->targets_per_image;
    data->targets = cnn_allocate(
        (size_t)files->count, (size_t)files->targets_per_image * sizeof *data->targets, "the targets", error);
    return data->targets ? CNN_OK : CNN_ERROR_MEMORY;
}

cnn_status cnn_picture_files_decode(const cnn_picture_files *files, cnn_data *data,
                                    const cnn_data_options *options, cnn_error *error) {
    int64_t shape[3], unshaped = 0;
    cnn_status status = settle_shape(files, &options->image, shape, &unshaped, error);
    if (status == CNN_OK)
        status = cnn_data_reserve(data, files->count, shape, error);
    if (status == CNN_OK)
        status = reserve_targets(data, files, error);
    return status == CNN_OK ? decode_into(data, files, options, unshaped, error) : status;
}
