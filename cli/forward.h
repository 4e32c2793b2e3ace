/* A small network run on one image that a person wrote out. */
#ifndef CLI_FORWARD_H
#define CLI_FORWARD_H

#include "grid.h"

#include <cnn.h>

/* The output of `net`, which is freed, for one image: C,H,W as the layer has it, a vector as one row. `image` has the
 * shape of the network's input. CLI_DONE, or an exit code after a message; a network that could not be built (or is
 * NULL) is such a failure. Release output->values with free(). */
int cli_forward_free(cnn_net *net, const cli_grid *image, cli_grid *output);

/* Make the values of a grid one of the network's parameter tensors, which has as many. */
cnn_status cli_set_parameter(cnn_net *net, const char *name, const cli_grid *values, cnn_error *error);

#endif
