/* The conditions of a training: what must be the same when it continues from a checkpoint, as JSON. */
#ifndef CNN_TRAIN_CONDITIONS_H
#define CNN_TRAIN_CONDITIONS_H

#include "graph/net.h"

#include <jansson.h>

/* An object with one member for each condition: the options (complete) that decide an update, the network's
 * frozen layers and names of its outputs, and the data's classes, how many images there are, their fingerprint and that of
 * a validation set of its own ("": none). Learning rate, epochs, patience and threads are not among them. NULL when out of
 * memory. */
json_t *cnn_conditions(const cnn_train_options *options, const cnn_net *net, const cnn_data *data,
                       int64_t images, const char *fingerprint, const char *validation_fingerprint);

/* CNN_ERROR_ARGUMENT naming the first condition that differs, with both values. A condition that did not exist when the
 * checkpoint was written had the default of then. `path` names the checkpoint.
 */
cnn_status cnn_conditions_check(const json_t *saved, const json_t *now, const char *path, cnn_error *error);

#endif
