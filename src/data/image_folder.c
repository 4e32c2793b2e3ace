/* Decoding the files of a data set of class folders: once, all of them, on all processors. */
#include "data/readers.h"

#include "base/memory.h"
#include "base/threads.h"
#include "data/image_list.h"
#include "data/prepare.h"

#include <inttypes.h>
#include <string.h>

typedef struct decoding {
    const cnn_image_list *list;
    const cnn_image_options *options;
    cnn_data *data;
    cnn_status *status; /* of each file */
    int64_t unshaped;   /* files before the one that gave the shape, which did not decode */
} decoding;

/* Read, decode and prepare one file into its image's place. */
static cnn_status decode_file(const decoding *work, int64_t index, cnn_error *error) {
    int64_t shape[3];
    cnn_data_shape(work->data, shape);
    cnn_image image;
    cnn_status status = cnn_image_load(work->list->files[index].path, work->options, &image, error);
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
    cnn_pool_run(pool, decode_piece, work, work->list->count);
    cnn_pool_free(pool);
    return CNN_OK;
}

/* The wanted shape; what is not given comes from the first image that decodes. If none does, decoding all of
 * them finds that out again and says so. */
static cnn_status settle_shape(const cnn_image_list *list, const cnn_image_options *options, int64_t shape[3],
                               int64_t *unshaped, cnn_error *error) {
    cnn_image image = {.channels = 1, .height = 1, .width = 1};
    bool given = options->channels && options->height && options->width;
    for (int64_t i = 0; !given && i < list->count; i++) {
        cnn_image found;
        const cnn_status status = cnn_image_load(list->files[i].path, options, &found, error);
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
                    work->list->files[index].path);
}

/* Why a file does not decode. What does a moment later was no bad image: it must not be left out. */
static cnn_status find_reason(const decoding *work, int64_t index, bool *passing, cnn_error *reason) {
    const cnn_status status = decode_file(work, index, reason);
    *passing = status == CNN_OK || status == CNN_ERROR_MEMORY;
    return status == CNN_OK ? repaired(work, index, reason) : status;
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
    for (int64_t i = 0; i < work->list->count; i++)
        if (work->status[i] == CNN_ERROR_MEMORY)
            return cnn_fail(error, CNN_ERROR_MEMORY, "out of memory: decoding %s", work->list->files[i].path);
    return CNN_OK;
}

/* Decide what bad files mean: nothing left out silently, an error unless --skip-bad was given. */
static cnn_status judge(const decoding *work, bool skip_bad, int64_t *bad_images, cnn_error *error) {
    int64_t bad = 0, first = 0;
    for (int64_t i = work->list->count - 1; i >= 0; i--)
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
    bool none_left = bad == work->list->count;
    return skip_bad && !none_left ? CNN_OK : report_bad(work, first, bad, skip_bad, error);
}

/* The end of a path that lies below the data's folder. */
static const char *below(const cnn_data *data, const char *path) {
    path += strlen(data->origin);
    return path + strspn(path, "/");
}

/* Remember an image that was left out, and why. */
static cnn_status skip(const decoding *work, int64_t index, cnn_error *error) {
    cnn_skipped *skipped = &work->data->skips[work->data->skipped];
    cnn_error reason = {0};
    bool passing;
    const cnn_status status = find_reason(work, index, &passing, &reason);
    if (passing)
        return cnn_fail(error, status, "%s", reason.message);
    skipped->name = cnn_copy_string(below(work->data, work->list->files[index].path), error);
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
    data->labels[place] = work->list->files[index].label;
    data->files[place] = cnn_copy_string(below(data, work->list->files[index].path), error);
    return data->files[place] ? CNN_OK : CNN_ERROR_MEMORY;
}

/* Close the gaps left by images that do not decode. */
static cnn_status keep_good(const decoding *work, int64_t bad, cnn_error *error) {
    cnn_data *data = work->data;
    int64_t kept = 0;
    data->files = cnn_allocate((size_t)data->count, sizeof *data->files, "the images' names", error);
    data->skips = cnn_allocate((size_t)bad, sizeof *data->skips, "the images that are left out", error);
    cnn_status status = data->files && data->skips ? CNN_OK : CNN_ERROR_MEMORY;
    for (int64_t i = 0; status == CNN_OK && i < work->list->count; i++)
        status = work->status[i] == CNN_OK ? keep(work, i, kept++, error) : skip(work, i, error);
    if (status == CNN_OK)
        data->count = kept;
    return status;
}

static cnn_status decode_list(cnn_data *data, const cnn_image_list *list, const cnn_data_options *options,
                              int64_t unshaped, cnn_error *error) {
    decoding work = {.list = list, .options = &options->image, .data = data, .unshaped = unshaped};
    work.status = cnn_allocate((size_t)list->count, sizeof *work.status, "the images' states", error);
    if (!work.status)
        return CNN_ERROR_MEMORY;
    data->pictures = cnn_allocate((size_t)list->count, sizeof *data->pictures, "what the files hold", error);
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

static cnn_status name_classes(cnn_data *data, const cnn_listing *folders, cnn_error *error) {
    const char **names = cnn_allocate((size_t)folders->count, sizeof *names, "the class names", error);
    if (!names)
        return CNN_ERROR_MEMORY;
    for (int64_t i = 0; i < folders->count; i++)
        names[i] = cnn_path_name(folders->paths[i]);
    cnn_status status = cnn_data_name_classes(data, folders->count, names, error);
    cnn_free(names);
    return status;
}

static cnn_status read_list(cnn_data *data, const cnn_image_list *list, const cnn_data_options *options,
                            cnn_error *error) {
    int64_t shape[3], unshaped = 0;
    cnn_status status = settle_shape(list, &options->image, shape, &unshaped, error);
    if (status == CNN_OK)
        status = cnn_data_reserve(data, list->count, shape, error);
    if (status == CNN_OK)
        status = name_classes(data, &list->classes, error);
    return status == CNN_OK ? decode_list(data, list, options, unshaped, error) : status;
}

cnn_status cnn_read_image_folder(cnn_data *data, const char *folder, const cnn_data_options *options,
                                 cnn_error *error) {
    cnn_image_list list;
    cnn_status status = cnn_image_list_find(&list, folder, options->split, options->limit, error);
    if (status == CNN_OK)
        status = read_list(data, &list, options, error);
    if (status == CNN_OK)
        status = cnn_image_list_note(&list, options->split, data, error);
    cnn_image_list_free(&list);
    return status;
}
