/* The Basic CNN, as several pages of the deck look at it. */
#ifndef CLI_DECK_BASIC_H
#define CLI_DECK_BASIC_H

#include <cnn.h>

/* Open it; *net is NULL after a failure. CLI_DONE, or an exit code after a message, as below. */
int cli_basic_open(cnn_net **net);
/* The layer of this name. */
int cli_basic_layer(const cnn_net *net, const char *name, cnn_layer_info *info);

/* The layers with a window that moves over their input, in order: kernel size and stride, the same for rows and columns;
 * ended by one without a name. */
typedef struct cli_basic_window {
    const char *layer, *title; /* "conv_1", "Conv_1" */
    int64_t kernel, stride;
} cli_basic_window;
extern const cli_basic_window cli_basic_windows[];

#endif
