/* The completion script of fish. */
#include "completion_words.h"

#include <stdio.h>

/* The description that fish shows beside a word. */
static void put_title(const char *title) {
    fputs(" -d '", stdout);
    cli_put_quoted(title, "\\'", "\\");
    puts("'");
}

/* Begin a line that holds once the command stands on the line. */
static void begin(const cli_usage *usage) {
    const char *second = cli_second_word(usage);
    printf("complete -c cnn -n '__fish_seen_subcommand_from %.*s", cli_first_word_length(usage),
           usage->command);
    if (second)
        printf("; and __fish_seen_subcommand_from %s", second);
    fputs("'", stdout);
}

static void put_option(const cli_usage *usage, const cli_option *option) {
    cli_expected value = cli_expected_by(option);
    begin(usage);
    printf(" -l %s", option->name + 2);
    if (option->letter)
        printf(" -s %s", option->letter + 1);
    if (value == CLI_A_CHOICE) {
        fputs(" -x -a '", stdout);
        cli_put_words(option->choices);
        fputs("'", stdout);
    } else if (value == CLI_A_DATA_SET) {
        fputs(" -r -F -a '", stdout);
        cli_put_data_sets();
        fputs("'", stdout);
    } else if (value != CLI_NO_VALUE) {
        fputs(value == CLI_A_FILE ? " -r -F" : " -x", stdout);
    }
    put_title(option->help);
}

/* Words and files that may follow the command. */
static void put_operands(const cli_usage *usage) {
    if (cli_takes_files(usage)) {
        begin(usage);
        puts(" -F");
    }
    if (!cli_takes_words(usage))
        return;
    begin(usage);
    fputs(" -a '", stdout);
    cli_put_operands(usage);
    puts("'");
}

/* The command's word, and its second one where it has two. */
static void put_names(const cli_command *command) {
    const cli_usage *usage = command->usage;
    const char *second = cli_second_word(usage);
    if (cli_brings_first_word(command)) {
        printf("complete -c cnn -n __fish_use_subcommand -a %.*s", cli_first_word_length(usage),
               usage->command);
        put_title(usage->title);
    }
    if (second) {
        printf("complete -c cnn -n '__fish_seen_subcommand_from %.*s; and not __fish_seen_subcommand_from ",
               cli_first_word_length(usage), usage->command);
        cli_put_second_words(usage);
        printf("' -a %s", second);
        put_title(usage->title);
    }
}

void cli_completion_fish(void) {
    puts("# Completion of cnn in fish; made by 'cnn help --completion fish'.\n"
         "complete -c cnn -f");
    for (const cli_command *command = cli_commands; command->usage; command++) {
        put_names(command);
        cli_each_option(command->usage, put_option);
        put_operands(command->usage);
    }
}
