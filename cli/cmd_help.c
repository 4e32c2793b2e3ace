/* cnn help: help, manual page and completion, all made from the commands' option tables. */
#include "command.h"
#include "commands.h"
#include "completion.h"
#include "help.h"
#include "manual.h"
#include "options.h"
#include "output.h"

struct arguments {
    bool man, list;
    int shell; /* -1: none */
};

#define AT(field) offsetof(struct arguments, field)

static const cli_option options[] = {
    {"--man", CLI_FLAG, AT(man), .help = "print the manual page instead, for man(1)"},
    {"--completion", CLI_CHOICE, AT(shell), .help = "print the completion script for this shell",
     .choices = cli_completion_shells},
    {"--list", CLI_FLAG, AT(list), .help = "print the names of all commands"},
    {0},
};

const cli_usage cli_help_usage = {
    .command = "help",
    .title = "show help on a command, its manual page, or shell completion",
    .operands = "[COMMAND]",
    .max = 2, /* "data info" */
    .help = "Show the options of a command and an example, as 'cnn COMMAND --help' does. Without COMMAND, "
            "list the commands.",
    .example = "  cnn help train\n  cnn help --man train | man -l -\n  source <(cnn help --completion bash)",
    .options = options,
};

static int print_names(void) {
    for (const cli_command *command = cli_commands; command->usage; command++)
        puts(command->usage->command);
    return CLI_DONE;
}

/* Help on what the words name: a command, the first word of several commands, or nothing. */
static int help_on(const struct arguments *a, int count, char *const *words) {
    int taken;
    const cli_command *command = cli_find_command(count, words, &taken);
    if (command && taken == count)
        return a->man ? cli_manual_print(command->usage) : cli_help_print(command->usage);
    if (!count)
        return a->man ? cli_manual_print(NULL) : cli_print_commands(NULL);
    if (count == 1 && cli_begins_command(words[0]) && !a->man)
        return cli_print_commands(words[0]);
    if (command)
        return cli_fail_usage("help: '%s' is not part of the command '%s'", words[taken],
                              command->usage->command);
    return cli_refuse_command(count, words);
}

int cli_help(int count, char **words) {
    struct arguments a = {.shell = -1};
    int operands, code = cli_parse(&cli_help_usage, count, words, &a, &operands);
    if (code != CLI_GO_ON)
        return code;
    if (a.list)
        return print_names();
    return a.shell >= 0 ? cli_completion_print(a.shell) : help_on(&a, operands, words);
}
