/* The conditions of a training: what must be the same when it continues from a checkpoint, as JSON. */
#ifndef CNN_TRAIN_CONDITIONS_H
#define CNN_TRAIN_CONDITIONS_H

#include "data/fingerprint.h"
#include "graph/net.h"

#include <jansson.h>

/* What tells apart the images and labels, those of a validation set of its own, and the teacher; "": there is none. */
typedef struct cnn_fingerprints {
    char images[CNN_FINGERPRINT_BYTES], validation[CNN_FINGERPRINT_BYTES], teacher[CNN_FINGERPRINT_BYTES];
} cnn_fingerprints;

/* An object with one member for each condition: the options (complete) that decide an update, the network's
 * frozen layers and names of its outputs, and the data's classes, how many images there are, and the fingerprints.
 * Learning rate, epochs, patience and threads are not among them. NULL when out of memory. */
json_t *cnn_conditions(const cnn_train_options *options, const cnn_net *net, const cnn_data *data,
                       int64_t images, const cnn_fingerprints *fingerprints);

/* CNN_ERROR_ARGUMENT naming the first condition that differs, with both values. A condition that did not exist when the
 * checkpoint was written had the default of then. `path` names the checkpoint.
 */
cnn_status cnn_conditions_check(const json_t *saved, const json_t *now, const char *path, cnn_error *error);

#endif
