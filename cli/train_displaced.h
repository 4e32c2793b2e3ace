/* What of a recipe gives way to options that are given beside it. */
#ifndef CLI_TRAIN_DISPLACED_H
#define CLI_TRAIN_DISPLACED_H

#include "train_options.h"

/* Take back what `recipe` says and cannot stand, or means nothing, beside an option of `given`. `blank` has the values of options
 * that are not given. */
void cli_train_displace(const cli_train_arguments *given, const cli_train_arguments *blank,
                        cli_train_arguments *recipe);

#endif
