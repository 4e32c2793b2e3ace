/* The list of commands: finding one by its name, and the help on all of them. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "options.h"

typedef struct cli_command {
    const cli_usage *usage;
    int (*run)(int count, char **words);
} cli_command;

/* In the order in which a newcomer meets them; ended by one without usage. */
extern const cli_command cli_commands[];

/* The command that `words` begin with, or NULL. Its name is one word or two ("data info"): *taken is how many. */
const cli_command *cli_find_command(int count, char *const *words, int *taken);
/* Whether `word` is the first word of commands of two words ("data"). */
bool cli_begins_command(const char *word);
/* Report that there is no such command, and which one was probably meant. `words` may be none. Returns
 * CLI_WRONG_USAGE. */
int cli_refuse_command(int count, char *const *words);

extern const char cli_about_program[]; /* half a line */
/* What the commands' help calls MODEL and DATA: paragraphs for cli_wrap_text. */
extern const char cli_about_operands[];
extern const char cli_about_example[];

/* Print the help of `cnn` itself on stdout: all commands whose names begin with the word `first`, or simply all
 * (NULL). Returns CLI_DONE. */
int cli_print_commands(const char *first);

#endif
