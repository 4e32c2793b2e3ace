/* Completion scripts for shells, from the tables that make the help. */
#ifndef CLI_COMPLETION_H
#define CLI_COMPLETION_H

/* Shells that have one, ended by NULL: "bash", ... */
extern const char *const cli_completion_shells[];

/* Write the script for the shell of this index on stdout. CLI_DONE. */
int cli_completion_print(int shell);

#endif
