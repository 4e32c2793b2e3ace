#include "train/run_folder.h"

#include "base/file.h"
#include "base/memory.h"

#include <math.h>
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
    if (folder->path && folder->checkpoint && folder->model && folder->history)
        return CNN_OK;
    cnn_run_folder_free(folder);
    return CNN_ERROR_MEMORY;
}

/* Write a small file, and take it away again. */
static cnn_status check_writable(const char *folder, cnn_error *error) {
    char *path = cnn_path_join(folder, ".writable", error);
    if (!path)
        return CNN_ERROR_MEMORY;
    cnn_status status = cnn_file_replace(path, "writable\n", 9, error);
    unlink(path);
    cnn_free(path);
    return status;
}

static cnn_status check_space(const char *folder, int64_t bytes, cnn_error *error) {
    struct statvfs about;
    if (statvfs(folder, &about) != 0)
        return CNN_OK; /* then writing will tell */
    double left = (double)about.f_bavail * (double)about.f_frsize, megabyte = 1 << 20;
    if (left >= (double)bytes)
        return CNN_OK;
    return cnn_fail(
        error, CNN_ERROR_IO,
        "the disk of %s has %.1f MiB left, checkpoint and model take %.1f MiB: make room or choose "
        "another run directory",
        folder, left / megabyte, (double)bytes / megabyte);
}

cnn_status cnn_run_folder_open(cnn_run_folder *folder, int64_t bytes, cnn_error *error) {
    if (!folder->path)
        return CNN_OK;
    cnn_status status = cnn_make_folders(folder->path, error);
    if (status == CNN_OK)
        status = check_writable(folder->path, error);
    if (status == CNN_OK)
        status = check_space(folder->path, bytes, error);
    if (status == CNN_OK)
        status = cnn_events_open(&folder->events, folder->path, error);
    return status == CNN_OK ? CNN_OK : cnn_fail_within(error, status, "the run directory %s", folder->path);
}

void cnn_run_folder_free(cnn_run_folder *folder) {
    cnn_events_close(folder->events);
    cnn_free(folder->path);
    cnn_free(folder->checkpoint);
    cnn_free(folder->model);
    cnn_free(folder->history);
    *folder = (cnn_run_folder){0};
}

cnn_status cnn_run_folder_save(const cnn_run_folder *folder, const cnn_checkpoint *checkpoint,
                               const cnn_net *model, cnn_error *error) {
    if (!folder->path)
        return CNN_OK;
    cnn_status status = cnn_checkpoint_write(checkpoint, folder->checkpoint, error);
    if (status == CNN_OK)
        status = cnn_net_save(model, folder->model, error);
    return status == CNN_OK ? cnn_history_write(&checkpoint->history, folder->history, error) : status;
}

cnn_status cnn_run_folder_report(const cnn_run_folder *folder, int epoch, const cnn_epoch_record *record,
                                 cnn_error *error) {
    const struct {
        const char *tag;
        double value;
    } scalars[] = {
        {"loss/train", record->loss},
        {"accuracy/train", record->accuracy},
        {"loss/validation", record->validation_loss},
        {"accuracy/validation", record->validation_accuracy},
        {"learning_rate", record->learning_rate},
    };
    cnn_status status = CNN_OK;
    for (size_t i = 0; folder->path && status == CNN_OK && i < sizeof scalars / sizeof scalars[0]; i++)
        if (!isnan(scalars[i].value)) /* no validation set */
            status = cnn_events_scalar(folder->events, scalars[i].tag, epoch, scalars[i].value, error);
    return status;
}
