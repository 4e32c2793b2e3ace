/* What `cnn COMMAND --help` prints, from the command's own table. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "options.h"

/* Print on stdout, in lines of the terminal's width, 80 columns at most. Returns CLI_DONE. `usage` has no includes
 * among its options (cli_all_options). */
int cli_help_print(const cli_usage *usage);

#endif
