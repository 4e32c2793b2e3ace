/* What several commands open: a trained model, and data in the shape of its input. */
#ifndef CLI_MODEL_H
#define CLI_MODEL_H

#include "options.h"

#include <cnn.h>

#include <jansson.h>

/* The option --input-shape, a const char *. */
extern const cli_option cli_input_shape_rows[];
/* Sizes from 1 on with an x between them, at most so many; false if the text is not that. */
bool cli_read_sizes(const char *text, int most, int64_t *sizes, int *count);
/* The sizes "[NAME=]1x3x224x224"; false if they are not that. The name is for free(), and NULL if there is none. */
bool cli_read_input_shape(const char *text, cnn_input_size *size, char **name);
/* Open a model for images of the size that --input-shape says (NULL: its own); CLI_GO_ON, or the exit code after a message. */
int cli_open_net(cnn_net **net, const char *model, const char *shape, bool *trained);
/* The same where several models are opened: the size is of those that leave it free, whatever their input is called. Messages
 * begin with `option`. */
int cli_open_other_net(cnn_net **net, const char *model, const char *shape, bool *trained,
                       const char *option);
/* The same as cli_open_net for a model that must have parameters. */
int cli_open_trained(cnn_net **net, const char *model, const char *shape);
/* A model could not be opened as a network, and a message said why; if the interpreter runs it, say what that means.
 * CLI_FAILED. */
int cli_say_if_interpreted(const char *path);
/* Print the notes on the data, about what was left out or looks odd, on standard error. */
void cli_print_notes(const cnn_data *data);
/* Open a split of a data set, its images converted to the network's input; at most `limit` images, 0: all.
 * Prints the notes on it. NULL after a message. */
cnn_data *cli_open_data(const cnn_net *net, const char *source, cnn_split split, int64_t limit,
                        bool skip_bad);
/* The name of an output: from the network, else from the data (which may be NULL), else its number. For free(). */
char *cli_class_name(const cnn_net *net, const cnn_data *data, int64_t index);

/* Print the notes on a model's file, one per line, on stdout after an empty line; nothing if there are none. */
void cli_print_model_notes(const cnn_net *net);
json_t *cli_json_model_notes(const cnn_net *net); /* the same as an array */

/* Print how many parameters were loaded from a file, how many were left unchanged, and which. */
void cli_print_partial(const char *path, const cnn_partial_weights *partial);

#endif
