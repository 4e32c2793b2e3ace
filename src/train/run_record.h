/* What a run's checkpoint says of its training, for those who do not go on with it. */
#ifndef CNN_TRAIN_RUN_RECORD_H
#define CNN_TRAIN_RUN_RECORD_H

#include "train/history.h"

/* Start as {0}; release with cnn_run_record_free. */
typedef struct cnn_run_record {
    bool there; /* false: the folder has no checkpoint */
    /* What decides an update, batch, schedule, seed, epochs, which epoch is best, whether images were augmented and the
     * normalisation was the caller's (keep_normalisation); all else is 0. */
    cnn_train_options options;
    cnn_history history;
} cnn_run_record;

/* `folder` may be NULL: nothing is there. */
cnn_status cnn_run_record_read(cnn_run_record *record, const char *folder, cnn_error *error);
void cnn_run_record_free(cnn_run_record *record);

#endif
