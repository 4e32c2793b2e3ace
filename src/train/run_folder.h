/* The run directory: model.onnx, checkpoint.safetensors, history.csv, split.csv where images were held out, and a
 * TensorBoard event file. Nothing of an older run is touched before the first epoch is saved. Without a directory every
 * call does nothing and succeeds. */
#ifndef CNN_TRAIN_RUN_FOLDER_H
#define CNN_TRAIN_RUN_FOLDER_H

#include "base/folder_lock.h"
#include "formats/tensorboard.h"
#include "train/checkpoint.h"

/* Start as {0}. */
typedef struct cnn_run_folder {
    char *path; /* NULL: none */
    char *checkpoint, *model, *history, *split;
    char *command, *lab; /* that programs write beside them: command.json, lab.json */
    cnn_events *events;  /* opened by the first report */
    bool begun;          /* this training has saved something */
    cnn_folder_lock lock;
} cnn_run_folder;

/* Name the files; `path` may be NULL. Touches nothing. */
cnn_status cnn_run_folder_name(cnn_run_folder *folder, const char *path, cnn_error *error);

/* CNN_ERROR_ARGUMENT when the directory holds files of a run. */
cnn_status cnn_run_folder_check_free(const cnn_run_folder *folder, cnn_error *error);

/* Keep other trainings out of the directory if it exists. CNN_ERROR_IO when another one is in it. */
cnn_status cnn_run_folder_lock(cnn_run_folder *folder, cnn_error *error);

/* Create and lock the directory, remove what a killed training left half written, and find out whether the files of the run,
 * `bytes` in all, can be written there. */
cnn_status cnn_run_folder_open(cnn_run_folder *folder, int64_t bytes, cnn_error *error);
/* Unlocks it, too. */
void cnn_run_folder_free(cnn_run_folder *folder);

/* Find out whether checkpoint and model can be written at all: names, sizes. Writes nothing. */
cnn_status cnn_run_folder_rehearse(const cnn_run_folder *folder, const cnn_checkpoint *checkpoint,
                                   cnn_error *error);

/* Remove the files of the run that the directory holds. */
cnn_status cnn_run_folder_clear(const cnn_run_folder *folder, cnn_error *error);

/* Replace model and history, which follow from the checkpoint: those of a training that was interrupted between the two
 * writes can always be made again. */
cnn_status cnn_run_folder_save_results(const cnn_run_folder *folder, const cnn_history *history,
                                       const cnn_net *model, cnn_error *error);
/* Replace the checkpoint, then the results. */
cnn_status cnn_run_folder_save(const cnn_run_folder *folder, const cnn_checkpoint *checkpoint,
                               const cnn_net *model, cnn_error *error);
/* Append the last epoch of the history to the event file. The first time, the files of a run that goes on are replaced by one
 * with all epochs: the run may have been interrupted between checkpoint and event file. */
cnn_status cnn_run_folder_report(cnn_run_folder *folder, const cnn_history *history, cnn_error *error);

#endif
