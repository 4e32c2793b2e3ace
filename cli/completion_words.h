/* What the completion scripts of all shells are made of. */
#ifndef CLI_COMPLETION_WORDS_H
#define CLI_COMPLETION_WORDS_H

#include "commands.h"

#include <stdbool.h>

/* The kind of value that follows an option. */
typedef enum cli_expected {
    CLI_NO_VALUE,
    CLI_A_CHOICE,
    CLI_A_NUMBER,
    CLI_A_FILE,
    CLI_A_DATA_SET
} cli_expected;
cli_expected cli_expected_by(const cli_option *option);

/* The operands of a command: known words, files, or both. */
bool cli_takes_words(const cli_usage *usage);
bool cli_takes_files(const cli_usage *usage);

/* Of a command's name, which is one word or two. */
int cli_first_word_length(const cli_usage *usage);
const char *cli_second_word(const cli_usage *usage); /* NULL: it is one word */
/* Whether no command before it in the list has the same first word. */
bool cli_brings_first_word(const cli_command *command);

/* Print words separated by spaces: the given ones; the first words of all names; the second words of those names that
 * have the same first word as `usage`. */
void cli_put_words(const char *const *words);
void cli_put_first_words(void);
void cli_put_second_words(const cli_usage *usage);
void cli_put_operands(const cli_usage *usage); /* that are known: names of models, data sets, commands */
void cli_put_data_sets(void);

/* Print text for use within single quotes: `quote` for each quote, and a backslash before every character of
 * `escaped`. */
void cli_put_quoted(const char *text, const char *quote, const char *escaped);

/* Call `print` for every option of the command. */
void cli_each_option(const cli_usage *usage, void (*print)(const cli_usage *, const cli_option *));

/* Print the script of a shell. */
void cli_completion_bash(void);
void cli_completion_zsh(void);
void cli_completion_fish(void);

#endif
