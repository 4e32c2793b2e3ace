/* What `cnn train --find-lr` shows. */
#ifndef CLI_FIND_RATE_H
#define CLI_FIND_RATE_H

#include "train_report.h"

/* Try rates and print the curve with a suggestion, or as JSON; returns the exit code. */
int cli_find_rate(const cli_training *training, const cnn_net *net, const cnn_train_options *options);

#endif
