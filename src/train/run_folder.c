#define _GNU_SOURCE
#include "train/run_folder.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "onnx/onnx.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

cnn_status cnn_run_folder_name(cnn_run_folder *folder, const char *path, cnn_error *error) {
    *folder = (cnn_run_folder){0};
    if (!path)
        return CNN_OK;
    folder->path = cnn_copy_string(path, error);
    folder->checkpoint = cnn_path_join(path, "checkpoint.safetensors", error);
    folder->model = cnn_path_join(path, "model.onnx", error);
    folder->history = cnn_path_join(path, "history.csv", error);
    folder->split = cnn_path_join(path, "split.csv", error);
    folder->command = cnn_path_join(path, "command.json", error);
    folder->lab = cnn_path_join(path, "lab.json", error);
    if (folder->path && folder->checkpoint && folder->model && folder->history && folder->split &&
        folder->command && folder->lab)
        return CNN_OK;
    cnn_run_folder_free(folder);
    return CNN_ERROR_MEMORY;
}

/* ---- What an older run left ------------------------------------------------------------------------ */

enum { RUN_FILES = 6 };

/* The files that a run consists of. */
static void list_files(const cnn_run_folder *folder, const char *files[RUN_FILES]) {
    const char *const all[RUN_FILES] = {folder->checkpoint, folder->model,   folder->history,
                                        folder->split,      folder->command, folder->lab};
    memcpy(files, all, sizeof all);
}

static cnn_status remove_file(const char *path, cnn_error *error) {
    if (unlink(path) == 0 || errno == ENOENT)
        return CNN_OK;
    return cnn_io_error("remove", path, error);
}

cnn_status cnn_run_folder_check_free(const cnn_run_folder *folder, cnn_error *error) {
    const char *files[RUN_FILES];
    const char *found = NULL;
    if (!folder->path)
        return CNN_OK;
    list_files(folder, files);
    for (int i = 0; i < RUN_FILES && !found; i++)
        if (files[i] !=
            folder->split) /* alone it is what a training left that was killed before its first save */
            found = cnn_is_file(files[i]) ? strrchr(files[i], '/') + 1 : NULL;
    if (!found && cnn_events_count(folder->path) > 0)
        found = "an event file";
    if (!found)
        return CNN_OK;
    return cnn_fail(error, CNN_ERROR_ARGUMENT,
                    "%s already holds a run (%s): continue it (--resume), replace it (--overwrite) or choose "
                    "another run directory",
                    folder->path, found);
}

cnn_status cnn_run_folder_clear(const cnn_run_folder *folder, cnn_error *error) {
    const char *files[RUN_FILES];
    cnn_status status = CNN_OK;
    if (!folder->path)
        return CNN_OK;
    list_files(folder, files);
    for (int i = 0; status == CNN_OK && i < RUN_FILES; i++)
        status = remove_file(files[i], error);
    return status == CNN_OK ? cnn_events_remove(folder->path, error) : status;
}

/* ---- What can be found out beforehand -------------------------------------------------------------- */

/* Write a small file and remove it. */
static cnn_status check_writable(const char *folder, cnn_error *error) {
    char *path = cnn_path_join(folder, ".writable", error);
    if (!path)
        return CNN_ERROR_MEMORY;
    cnn_status status = cnn_file_replace(path, "writable\n", 9, error);
    unlink(path);
    cnn_free(path);
    return status;
}

/* Whether the disk has room for this many bytes. */
static cnn_status check_space(const char *folder, int64_t bytes, cnn_error *error) {
    struct statvfs about;
    if (statvfs(folder, &about) != 0)
        return CNN_OK; /* then writing will tell */
    double left = (double)about.f_bavail * (double)about.f_frsize, megabyte = 1 << 20;
    if (left >= (double)bytes)
        return CNN_OK;
    return cnn_fail(error, CNN_ERROR_IO,
                    "the disk of %s has %.1f MiB left, but checkpoint and model need %.1f MiB: free some "
                    "space or choose another run directory",
                    folder, left / megabyte, (double)bytes / megabyte);
}

/* What is no file cannot be replaced by one. */
static cnn_status check_files(const cnn_run_folder *folder, cnn_error *error) {
    const char *files[RUN_FILES];
    struct stat about;
    list_files(folder, files);
    for (int i = 0; i < RUN_FILES; i++)
        if (lstat(files[i], &about) == 0 && !S_ISREG(about.st_mode))
            return cnn_fail(error, CNN_ERROR_IO,
                            "%s is not a file, but the training would write one there: remove it, or choose "
                            "another run directory",
                            files[i]);
    return CNN_OK;
}

static void remove_leftovers(const cnn_run_folder *folder) {
    const char *files[RUN_FILES];
    list_files(folder, files);
    for (int i = 0; i < RUN_FILES; i++)
        cnn_file_remove_leftovers(files[i]);
}

cnn_status cnn_run_folder_lock(cnn_run_folder *folder, cnn_error *error) {
    return folder->path && cnn_is_folder(folder->path)
               ? cnn_folder_lock_take(&folder->lock, folder->path, error)
               : CNN_OK;
}

cnn_status cnn_run_folder_open(cnn_run_folder *folder, int64_t bytes, cnn_error *error) {
    if (!folder->path)
        return CNN_OK;
    cnn_status status = cnn_make_folders(folder->path, error);
    if (status == CNN_OK)
        status = check_files(folder, error);
    if (status == CNN_OK)
        status = check_writable(folder->path, error);
    if (status == CNN_OK)
        status = cnn_run_folder_lock(folder, error);
    if (status == CNN_OK)
        remove_leftovers(folder);
    if (status == CNN_OK)
        status = check_space(folder->path, bytes, error);
    return status == CNN_OK ? CNN_OK : cnn_fail_within(error, status, "the run directory %s", folder->path);
}

cnn_status cnn_run_folder_rehearse(const cnn_run_folder *folder, const cnn_checkpoint *checkpoint,
                                   cnn_error *error) {
    if (!folder->path)
        return CNN_OK;
    cnn_status status = cnn_onnx_write(checkpoint->net, NULL, error);
    return status == CNN_OK ? cnn_checkpoint_check(checkpoint, folder->checkpoint, error) : status;
}

/* ---- Opening, saving, reporting -------------------------------------------------------------------- */

void cnn_run_folder_free(cnn_run_folder *folder) {
    cnn_folder_lock_release(&folder->lock);
    cnn_events_close(folder->events);
    cnn_free(folder->path);
    cnn_free(folder->checkpoint);
    cnn_free(folder->model);
    cnn_free(folder->history);
    cnn_free(folder->split);
    cnn_free(folder->command);
    cnn_free(folder->lab);
    *folder = (cnn_run_folder){0};
}

cnn_status cnn_run_folder_save_results(const cnn_run_folder *folder, const cnn_history *history,
                                       const cnn_net *model, cnn_error *error) {
    if (!folder->path)
        return CNN_OK;
    cnn_status status = cnn_net_save(model, folder->model, error);
    return status == CNN_OK ? cnn_history_write(history, folder->history, error) : status;
}

cnn_status cnn_run_folder_save(const cnn_run_folder *folder, const cnn_checkpoint *checkpoint,
                               const cnn_net *model, cnn_error *error) {
    if (!folder->path)
        return CNN_OK;
    cnn_status status = cnn_checkpoint_write(checkpoint, folder->checkpoint, error);
    return status == CNN_OK ? cnn_run_folder_save_results(folder, &checkpoint->history, model, error)
                            : status;
}

typedef struct scalar {
    const char *tag;
    double value; /* NaN: there is none */
} scalar;

static cnn_status report_scalars(cnn_run_folder *folder, int64_t epoch, const scalar *scalars, size_t count,
                                 cnn_error *error) {
    cnn_status status = CNN_OK;
    for (size_t i = 0; status == CNN_OK && i < count; i++)
        if (!isnan(scalars[i].value))
            status = cnn_events_scalar(folder->events, scalars[i].tag, epoch, scalars[i].value, error);
    return status;
}

static cnn_status report_layer(cnn_run_folder *folder, int64_t epoch, const cnn_layer_history *layer,
                               cnn_error *error) {
    cnn_text gradient = {0}, update = {0};
    cnn_text_append(&gradient, "gradient/%s", layer->layer);
    cnn_text_append(&update, "update/%s", layer->layer);
    const scalar scalars[] = {{gradient.data, layer->epochs[epoch - 1].gradient},
                              {update.data, layer->epochs[epoch - 1].update}};
    cnn_status status = gradient.failed || update.failed
                            ? cnn_fail(error, CNN_ERROR_MEMORY, "out of memory: the tags of a layer")
                            : report_scalars(folder, epoch, scalars, 2, error);
    cnn_free(gradient.data);
    cnn_free(update.data);
    return status;
}

static cnn_status report_epoch(cnn_run_folder *folder, int64_t epoch, const cnn_history *history,
                               cnn_error *error) {
    const cnn_epoch_record *record = &history->epochs[epoch - 1];
    const scalar scalars[] = {
        {"loss/train", record->loss},
        {"accuracy/train", record->accuracy},
        {"loss/validation", record->validation_loss},
        {"accuracy/validation", record->validation_accuracy},
        {"learning_rate", record->learning_rate},
    };
    cnn_status status = report_scalars(folder, epoch, scalars, sizeof scalars / sizeof scalars[0], error);
    for (int64_t i = 0; status == CNN_OK && i < history->layer_count; i++)
        status = report_layer(folder, epoch, &history->layers[i], error);
    return status;
}

cnn_status cnn_run_folder_report(cnn_run_folder *folder, const cnn_history *history, cnn_error *error) {
    if (!folder->path || history->count == 0)
        return CNN_OK;
    cnn_status status = CNN_OK;
    int64_t epoch = history->count;
    if (!folder->events) {
        epoch = 1; /* what the file of an interrupted run lacks is known only by writing all of it again */
        status = cnn_events_remove(folder->path, error);
        if (status == CNN_OK)
            status = cnn_events_open(&folder->events, folder->path, error);
    }
    for (; status == CNN_OK && epoch <= history->count; epoch++)
        status = report_epoch(folder, epoch, history, error);
    return status;
}
