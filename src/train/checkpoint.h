/* Checkpoints: everything that training needs to continue as if it had never stopped, as a safetensors file.
 * Tensors: every parameter by its name, "best.NAME" for the best epoch's, "average.NAME" for the average of the weights
 * where there is one, "optimizer.K.NAME" for the optimizer's K-th state; "normalisation.mean" and ".deviation"; "history",
 * a row of doubles for each epoch; "history.LAYER", a row for each epoch and one of the sums of that which goes on (files
 * of older versions have none of these). Metadata: "model", the
 * network in the text format; "classes", the names of its outputs, as cnn_net_save writes them; "training", JSON with
 * the conditions and the position. */
#ifndef CNN_TRAIN_CHECKPOINT_H
#define CNN_TRAIN_CHECKPOINT_H

#include "data/fingerprint.h"
#include "formats/safetensors.h"
#include "graph/net.h"
#include "train/conditions.h"
#include "train/history.h"
#include "train/lengths.h"
#include "train/optimizers/optimizer.h"

#include <jansson.h>

#define CNN_LAYER_HISTORY "history." /* before a layer's name: the tensor of its history */

/* Where training stands between two updates. */
typedef struct cnn_position {
    int epoch;         /* epochs completed */
    int64_t iteration; /* iterations done of the epoch after these */
    double loss_sum;   /* over their images, like the two below */
    int64_t correct;
    double seconds;
    int best_epoch; /* 0: none yet */
    double best_loss, best_accuracy;
} cnn_position;

typedef struct cnn_checkpoint {
    /* What must match; given also when a checkpoint is read. */
    cnn_net *net;              /* layers, weights, normalisation */
    cnn_train_options options; /* complete */
    const cnn_data *data;      /* its classes */
    int64_t images;            /* all of them, with those held out */
    int64_t iterations;        /* of the first epoch, in which the schedule counts */
    cnn_lengths lengths;       /* iterations of each epoch */
    cnn_fingerprints fingerprints;

    cnn_position position;
    cnn_net *averaged;   /* `net` with the average of its weights; NULL: none is taken */
    cnn_history history; /* position.epoch records; it has its layers before a checkpoint is read */
    float *best; /* weights of position.best_epoch; net->value_count values, like each optimizer state */
    float *optimizer[CNN_MAX_OPTIMIZER_STATES];
    int optimizer_states;
} cnn_checkpoint;

/* CNN_ERROR_FORMAT: the file lacks `what` a checkpoint has. */
cnn_status cnn_checkpoint_damaged(const char *path, const char *what, cnn_error *error);

/* The metadata "training" of a checkpoint's file, which `path` names in messages; *json is the caller's to release, also
 * after a failure. */
cnn_status cnn_checkpoint_training(const cnn_safetensors *file, const char *path, json_t **json,
                                   cnn_error *error);

cnn_status cnn_checkpoint_write(const cnn_checkpoint *checkpoint, const char *path, cnn_error *error);

/* Whether a file can hold it: every tensor needs a name of its own. */
cnn_status cnn_checkpoint_check(const cnn_checkpoint *checkpoint, const char *path, cnn_error *error);

enum { CNN_CHECKPOINT_PLACE = 256 };
/* Look for a value that no training saves: one that is not finite, but for what not-a-number says to be unknown. Its place
 * ("optimizer.0.fc_1.weight[3,17]") in `place`; "" if there is none. */
cnn_status cnn_checkpoint_find_not_finite(const cnn_checkpoint *checkpoint, char place[CNN_CHECKPOINT_PLACE],
                                          cnn_error *error);

/* Read into the checkpoint's net and arrays, which must be allocated already. Fails, naming what differs, if the
 * network or the options are not those of the checkpoint. Learning rate, epochs and patience may differ. */
cnn_status cnn_checkpoint_read(cnn_checkpoint *checkpoint, const char *path, cnn_error *error);

/* Take the learning rate, the number of epochs and of their updates from the checkpoint where `options` (not complete) has 0.
 */
cnn_status cnn_checkpoint_defaults(const char *path, cnn_train_options *options, cnn_error *error);

/* The network that is validated and kept: with the average of the weights, if one is taken. */
const cnn_net *cnn_checkpoint_result(const cnn_checkpoint *checkpoint);

/* Bytes of the file, within a few kilobytes. */
int64_t cnn_checkpoint_bytes(const cnn_checkpoint *checkpoint);

#endif
