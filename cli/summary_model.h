/* cnn summary of a model that is no network as a whole. */
#ifndef CLI_SUMMARY_MODEL_H
#define CLI_SUMMARY_MODEL_H

#include "options.h"

#include <cnn.h>

#include <stdbool.h>

/* `why` it is no network, which is the message where it does not run at all, either; `shapes` are NAME=SIZExSIZE... for
 * inputs of free sizes. Returns the code of the command. */
int cli_summarise_model(const char *path, const cli_texts *shapes, bool json, const cnn_error *why);

#endif
