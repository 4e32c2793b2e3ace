/* Opening what several commands need: a trained model, and data of its input's shape. */
#ifndef CLI_MODEL_H
#define CLI_MODEL_H

#include <cnn.h>

#include <jansson.h>

/* Open a model that has parameters; NULL after a message. */
cnn_net *cli_open_trained(const char *model);
/* To standard error: what was left out of the data, what looks odd about them. */
void cli_print_notes(const cnn_data *data);
/* Open a split of a data set, its images converted to the network's input; at most `limit` images, 0: all.
 * Prints the notes on it. NULL after a message. */
cnn_data *cli_open_data(const cnn_net *net, const char *source, cnn_split split, int64_t limit,
                        bool skip_bad);
/* The name of an output: the network's, else the data's (which may be NULL), else its number. For free(). */
char *cli_class_name(const cnn_net *net, const cnn_data *data, int64_t index);

/* What a file said that its network cannot hold, a line each, on stdout behind an empty line; nothing if there is none. */
void cli_print_model_notes(const cnn_net *net);
json_t *cli_json_model_notes(const cnn_net *net); /* the same as an array */

/* How many parameters a file gave, how many stay as they are, and which. */
void cli_print_partial(const char *path, const cnn_partial_weights *partial);

#endif
