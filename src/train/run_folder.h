/* The run directory: model.onnx, checkpoint.safetensors, history.csv and a TensorBoard event file. Without a
 * directory every call does nothing and succeeds. */
#ifndef CNN_TRAIN_RUN_FOLDER_H
#define CNN_TRAIN_RUN_FOLDER_H

#include "formats/tensorboard.h"
#include "train/checkpoint.h"

/* Start as {0}. */
typedef struct cnn_run_folder {
    char *path; /* NULL: none */
    char *checkpoint, *model, *history;
    cnn_events *events;
} cnn_run_folder;

/* Name the files; `path` may be NULL. Touches nothing. */
cnn_status cnn_run_folder_name(cnn_run_folder *folder, const char *path, cnn_error *error);

/* Create the directory, find out whether `bytes` can be written there, start the event file. */
cnn_status cnn_run_folder_open(cnn_run_folder *folder, int64_t bytes, cnn_error *error);
void cnn_run_folder_free(cnn_run_folder *folder);

/* Replace checkpoint, model and history. */
cnn_status cnn_run_folder_save(const cnn_run_folder *folder, const cnn_checkpoint *checkpoint,
                               const cnn_net *model, cnn_error *error);
/* Append an epoch (from 1) to the event file. */
cnn_status cnn_run_folder_report(const cnn_run_folder *folder, int epoch, const cnn_epoch_record *record,
                                 cnn_error *error);

#endif
