/* Options of `cnn train` whose words mean one of several things. */
#ifndef CLI_TRAIN_VALUES_H
#define CLI_TRAIN_VALUES_H

#include "train_options.h"

/* CLI_GO_ON, or the exit code after a message. --validation takes a number for a fraction and anything else for a data
 * set. */
int cli_train_take_validation(cli_train_arguments *a);
/* The same of --time: "90s", "10m", "1.5h". */
int cli_train_take_time(cli_train_arguments *a);

/* The same of --iterations: "443", "443,520,531". */
int cli_train_take_iterations(cli_train_arguments *a);

#endif
