/* The results of every epoch, and their CSV form. */
#ifndef CNN_TRAIN_HISTORY_H
#define CNN_TRAIN_HISTORY_H

#include "base/status.h"

/* One epoch: doubles only, so that a checkpoint keeps it as a row of numbers. */
typedef struct cnn_epoch_record {
    double seconds;       /* training and validation */
    double learning_rate; /* of its last update */
    double loss, accuracy;
    double validation_loss, validation_accuracy; /* NaN without a validation set */
} cnn_epoch_record;

enum { CNN_EPOCH_FIELDS = sizeof(cnn_epoch_record) / sizeof(double) };

/* Start as {0}. */
typedef struct cnn_history {
    cnn_epoch_record *epochs; /* the first is epoch 1 */
    int64_t count, capacity;
} cnn_history;

cnn_status cnn_history_append(cnn_history *history, const cnn_epoch_record *epoch, cnn_error *error);
void cnn_history_free(cnn_history *history);

/* Write all of it, replacing the file: epoch,seconds,learning_rate,training_loss,training_accuracy,validation_loss,
 * validation_accuracy. Missing values stay empty. */
cnn_status cnn_history_write(const cnn_history *history, const char *path, cnn_error *error);

#endif
