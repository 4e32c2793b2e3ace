/* The results of every epoch, of the network and of its layers, and the CSV form of the former. */
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

/* What an epoch did to a layer's weights, as cnn_layer_update says; NaN: not known. */
typedef struct cnn_layer_record {
    double gradient, update;
} cnn_layer_record;

enum { CNN_LAYER_FIELDS = sizeof(cnn_layer_record) / sizeof(double) };

typedef struct cnn_layer_history {
    char *layer; /* its name; owned */
    /* One more than epochs: the last has the sums, over the iterations measured so far, of the epoch that goes on. */
    cnn_layer_record *epochs;
    int64_t count, capacity;
} cnn_layer_history;

/* Start as {0}. */
typedef struct cnn_history {
    cnn_epoch_record *epochs; /* the first is epoch 1 */
    int64_t count, capacity;
    cnn_layer_history *layers;
    int64_t layer_count, layer_capacity;
} cnn_history;

/* A layer of this name, of which nothing is known of the epochs that there are already. */
cnn_status cnn_history_add_layer(cnn_history *history, const char *name, cnn_error *error);
/* End an epoch; for the layers the next one begins. */
cnn_status cnn_history_append(cnn_history *history, const cnn_epoch_record *epoch, cnn_error *error);
void cnn_history_free(cnn_history *history);

/* Write all of it, replacing the file: epoch,seconds,learning_rate,training_loss,training_accuracy,validation_loss,
 * validation_accuracy. Missing values stay empty. */
cnn_status cnn_history_write(const cnn_history *history, const char *path, cnn_error *error);

#endif
