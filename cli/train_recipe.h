/* The options of 'cnn train' that a recipe stands for. */
#ifndef CLI_TRAIN_RECIPE_H
#define CLI_TRAIN_RECIPE_H

#include "train_options.h"

/* Parse those of the recipe that `given` names into `a`, which has none yet, but what options of `given` displace. CLI_GO_ON, or an
 * exit code after a message. */
int cli_train_take_recipe(const cli_train_arguments *given, cli_train_arguments *a);

#endif
