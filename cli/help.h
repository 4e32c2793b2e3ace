/* What `cnn COMMAND --help` prints, from the command's own table. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "options.h"

/* Print on stdout, in lines of cli_help_width. Returns CLI_DONE. */
int cli_help_print(const cli_usage *usage);

/* Columns that help may use: the terminal's, at most 80. */
int cli_help_width(void);

/* One way to call the command, counted from 0: "cnn train MODEL --data DATA -o RUN_DIR [OPTIONS]", for free(). NULL:
 * there are no more. */
char *cli_usage_way(const cli_usage *usage, int way);

/* "-o, --output RUN_DIR", "--optimizer sgd|adam|adamw"; for free(). */
char *cli_option_text(const cli_option *option);

#endif
