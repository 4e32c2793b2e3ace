/* Options of training: zeros replaced by their documented defaults, everything in range. */
#ifndef CNN_TRAIN_OPTIONS_H
#define CNN_TRAIN_OPTIONS_H

#include "base/status.h"

/* Replace zeros with defaults and check ranges. Complete options are not changed. */
cnn_status cnn_update_options_complete(cnn_update_options *update, cnn_error *error);
cnn_status cnn_train_options_complete(cnn_train_options *options, cnn_error *error);

/* The same, with the learning rate by what the network is (cnn_train_rate); NULL: none is known. */
cnn_status cnn_train_options_complete_for(const cnn_net *net, cnn_train_options *options, bool *lowered,
                                          cnn_error *error);

/* In the order of the enumerations; ended by NULL. A complete option never has the first, "default", of those
 * that have one. */
extern const char *const cnn_schedule_words[];
extern const char *const cnn_best_words[];
extern const char *const cnn_precision_words[];

#endif
