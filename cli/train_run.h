/* One training, as the command line asks for it. */
#ifndef CLI_TRAIN_RUN_H
#define CLI_TRAIN_RUN_H

#include "train_options.h"

/* Open model and data, and train. `command`: the command line to be kept with the run, ended by NULL. *ended: how cnn_train
 * ended, CNN_OK where it did not begin; NULL is allowed. Returns the exit code. */
int cli_train_run(const cli_train_arguments *a, const char *model, char *const *command, cnn_status *ended);

#endif
