/* The option --class-weights of `cnn train`: "balanced", or a file of weights. */
#ifndef CLI_CLASS_WEIGHTS_H
#define CLI_CLASS_WEIGHTS_H

#include <cnn.h>

/* Whether `text` asks for weights by the numbers of images. */
bool cli_is_balanced(const char *text);
/* Read "class,weight" from each line of a file: one weight for each class of the data, for free(); 1 for those that are not
 * named. CLI_GO_ON, or CLI_FAILED after a message with file and line. */
int cli_class_weights_read(const char *path, const cnn_data *data, float **weights);

#endif
