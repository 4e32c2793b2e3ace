/* How many updates each epoch has: the same number in all of them, or those of a list. */
#ifndef CNN_TRAIN_LENGTHS_H
#define CNN_TRAIN_LENGTHS_H

#include "base/status.h"
#include "cnn.h"

#include <jansson.h>

/* Start as {0}. */
typedef struct cnn_lengths {
    int64_t *updates; /* of the first epochs; all others are as long as the last of these */
    int64_t count, capacity;
    int64_t most; /* as many as all images make */
} cnn_lengths;

/* As the options say (complete), but none longer than `most`. */
cnn_status cnn_lengths_make(cnn_lengths *lengths, const cnn_train_options *options, int64_t most,
                            cnn_error *error);
void cnn_lengths_free(cnn_lengths *lengths);
/* Of an epoch, from 0. */
int64_t cnn_length_of(const cnn_lengths *lengths, int64_t epoch);
/* Of all epochs before this one together. */
int64_t cnn_lengths_before(const cnn_lengths *lengths, int64_t epoch);
/* Let this epoch and all later ones have so many. */
cnn_status cnn_lengths_set(cnn_lengths *lengths, int64_t epoch, int64_t updates, cnn_error *error);

/* As an array; NULL: out of memory. */
json_t *cnn_lengths_json(const cnn_lengths *lengths);
/* Take those of an array that cnn_lengths_json made; NULL, as of a version without them: nothing changes. CNN_ERROR_FORMAT: it is no
 * such array. CNN_ERROR_ARGUMENT: the options name others; `path` is where the array was found. */
cnn_status cnn_lengths_take(cnn_lengths *lengths, const json_t *json, const cnn_train_options *options,
                            const char *path, cnn_error *error);

#endif
