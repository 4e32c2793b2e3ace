/* Manual pages in the language of man(7), from the tables that make the help. */
#ifndef CLI_MANUAL_H
#define CLI_MANUAL_H

#include "options.h"

/* Write the page of a command (cnn-train.1), or with NULL that of `cnn` itself (cnn.1), on stdout. CLI_DONE. */
int cli_manual_print(const cli_usage *usage);

#endif
