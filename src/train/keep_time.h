/* Keeping a time: epochs are made longer or shorter, by how long those before them took. */
#ifndef CNN_TRAIN_KEEP_TIME_H
#define CNN_TRAIN_KEEP_TIME_H

#include "base/status.h"

struct cnn_training;

/* When things happened, in seconds of cnn_seconds. */
typedef struct cnn_timekeeper {
    double start;                /* of the training */
    double epoch, updates_ended; /* the last epoch's begin, and the end of its last update */
    int phase;                   /* that it belongs to; -1: there was none yet */
} cnn_timekeeper;

/* Before an epoch: choose its length and that of all later ones by the time that is left. Only where the last epoch was of the
 * same phase, since frozen layers make another pace. */
cnn_status cnn_training_keep_time(struct cnn_training *training, cnn_error *error);

#endif
