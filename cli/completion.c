#include "completion.h"

#include "completion_words.h"
#include "deck.h"
#include "fetch_table.h"
#include "help.h"

#include <cnn.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

cli_expected cli_expected_by(const cli_option *option) {
    switch (option->kind) {
    case CLI_CHOICE:
        return CLI_A_CHOICE;
    case CLI_INTEGER:
    case CLI_REAL:
        return CLI_A_NUMBER;
    case CLI_TEXT:
        if (option->choices)
            return CLI_A_CHOICE;
        return strcmp(option->value, "DATA") ? CLI_A_FILE : CLI_A_DATA_SET;
    case CLI_TEXTS:
        return CLI_A_FILE;
    case CLI_HELP:
    case CLI_QUIET:
    case CLI_FLAG:
    case CLI_HEADING:
    case CLI_INCLUDE:
    case CLI_END:
        break;
    }
    return CLI_NO_VALUE;
}

/* The first operand, as the usage calls it. */
static bool first_operand_is(const cli_usage *usage, const char *name) {
    return !strncmp(usage->operands, name, strlen(name));
}

/* `cnn help` alone takes the names of commands. */
static bool takes_commands(const cli_usage *usage) {
    return first_operand_is(usage, "[COMMAND]");
}

/* `cnn deck` alone takes the names of its pages. */
static bool takes_pages(const cli_usage *usage) {
    return first_operand_is(usage, "[PAGE]");
}

/* "mnist|kmnist": the usage gives the words themselves. */
static bool gives_words(const cli_usage *usage) {
    return usage->operands[strcspn(usage->operands, "| ")] == '|';
}

bool cli_takes_words(const cli_usage *usage) {
    return first_operand_is(usage, "MODEL") || first_operand_is(usage, "DATA") || takes_commands(usage) ||
           takes_pages(usage) || gives_words(usage);
}

bool cli_takes_files(const cli_usage *usage) {
    return *usage->operands && !takes_commands(usage) && !takes_pages(usage) && !gives_words(usage) &&
           !first_operand_is(usage, "LOGIT");
}

int cli_first_word_length(const cli_usage *usage) {
    return (int)strcspn(usage->command, " ");
}

const char *cli_second_word(const cli_usage *usage) {
    const char *space = strchr(usage->command, ' ');
    return space ? space + 1 : NULL;
}

/* "data info" and "data fetch" share theirs. */
static bool same_first_word(const cli_usage *a, const cli_usage *b) {
    int length = cli_first_word_length(a);
    return length == cli_first_word_length(b) && !strncmp(a->command, b->command, (size_t)length);
}

bool cli_brings_first_word(const cli_command *command) {
    for (const cli_command *before = cli_commands; before < command; before++)
        if (same_first_word(before->usage, command->usage))
            return false;
    return true;
}

void cli_put_words(const char *const *words) {
    for (int i = 0; words[i]; i++)
        printf("%s%s", i ? " " : "", words[i]);
}

void cli_put_first_words(void) {
    for (const cli_command *command = cli_commands; command->usage; command++)
        if (cli_brings_first_word(command))
            printf("%s%.*s", command == cli_commands ? "" : " ", cli_first_word_length(command->usage),
                   command->usage->command);
}

void cli_put_second_words(const cli_usage *usage) {
    const char *between = "";
    for (const cli_command *command = cli_commands; command->usage; command++)
        if (same_first_word(command->usage, usage)) {
            printf("%s%s", between, cli_second_word(command->usage));
            between = " ";
        }
}

void cli_put_data_sets(void) {
    for (const cli_fetch_set *set = cli_fetch_sets; set->name; set++)
        printf("%s%s", set == cli_fetch_sets ? "" : " ", set->name);
}

void cli_put_operands(const cli_usage *usage) {
    if (first_operand_is(usage, "MODEL"))
        cli_put_words(cnn_builtin_models());
    else if (first_operand_is(usage, "DATA"))
        cli_put_data_sets();
    else if (takes_commands(usage))
        cli_put_first_words();
    else if (takes_pages(usage))
        cli_deck_put_names();
    else if (gives_words(usage))
        for (const char *c = usage->operands; *c; c++)
            putchar(*c == '|' ? ' ' : *c);
}

void cli_put_quoted(const char *text, const char *quote, const char *escaped) {
    for (; *text; text++)
        if (*text == '\'')
            fputs(quote, stdout);
        else
            printf("%s%c", strchr(escaped, *text) ? "\\" : "", *text);
}

void cli_each_option(const cli_usage *usage, void (*print)(const cli_usage *, const cli_option *)) {
    cli_option *all = cli_all_options(usage);
    for (const cli_option *option = all; option->kind != CLI_END; option++)
        if (option->kind != CLI_HEADING)
            print(usage, option);
    free(all);
}

const char *const cli_completion_shells[] = {"bash", "zsh", "fish", NULL};

int cli_completion_print(int shell) {
    static void (*const print[])(void) = {cli_completion_bash, cli_completion_zsh, cli_completion_fish};
    print[shell]();
    return CLI_DONE;
}
