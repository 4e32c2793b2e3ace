/* Where the time goes in a network, layer by layer. */
#ifndef CLI_LAYER_TIMES_H
#define CLI_LAYER_TIMES_H

#include <cnn.h>

#include <stdbool.h>

/* Measure training and inference for `seconds` each and print both; the command's exit code. */
int cli_layer_times(const cnn_net *net, const char *model, cnn_layer_times_options options, bool json);

#endif
