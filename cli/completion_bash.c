/* The completion script of bash. */
#include "completion_words.h"

#include <stdio.h>

static void put_name(const cli_usage *usage, const cli_option *option) {
    (void)usage;
    printf("%s%s%s ", option->letter ? option->letter : "", option->letter ? " " : "", option->name);
}

/* 'train --optimizer') words='sgd adam adamw' files= ;; */
static void put_value(const cli_usage *usage, const cli_option *option) {
    cli_expected value = cli_expected_by(option);
    if (value == CLI_NO_VALUE)
        return;
    printf("        '%s %s'", usage->command, option->name);
    if (option->letter)
        printf(" | '%s %s'", usage->command, option->letter);
    fputs(") words='", stdout);
    if (value == CLI_A_CHOICE)
        cli_put_words(option->choices);
    if (value == CLI_A_DATA_SET)
        cli_put_data_sets();
    printf("' files=%s ;;\n", value == CLI_A_FILE || value == CLI_A_DATA_SET ? "1" : "");
}

/* What may follow the command: its options, and words or files. */
static void put_command(const cli_usage *usage) {
    printf("            '%s') options='", usage->command);
    cli_each_option(usage, put_name);
    fputs("' words='", stdout);
    cli_put_operands(usage);
    printf("' files=%s ;;\n", cli_takes_files(usage) ? "1" : "");
}

/* A command of two words is known by both. */
static void put_second_words(void) {
    puts("    case $command in");
    for (const cli_command *command = cli_commands; command->usage; command++)
        if (cli_second_word(command->usage) && cli_brings_first_word(command))
            printf("    %.*s) ((COMP_CWORD > 2)) && command=\"$command ${COMP_WORDS[2]}\" ;;\n",
                   cli_first_word_length(command->usage), command->usage->command);
    puts("    esac");
}

/* The commands themselves, and the second words of those that have two. */
static void put_names(void) {
    fputs("    '1 '*) words='", stdout);
    cli_put_first_words();
    puts(" --help --version' ;;");
    for (const cli_command *command = cli_commands; command->usage; command++)
        if (cli_second_word(command->usage) && cli_brings_first_word(command)) {
            printf("    '2 %.*s') words='", cli_first_word_length(command->usage), command->usage->command);
            cli_put_second_words(command->usage);
            puts("' ;;");
        }
}

void cli_completion_bash(void) {
    puts("# Completion of cnn in bash; made by 'cnn help --completion bash'.\n"
         "_cnn() {\n"
         "    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}\n"
         "    local command=${COMP_WORDS[1]} options= words= files=\n"
         "    [[ $current == '=' ]] && current=\n"
         "    [[ $previous == '=' ]] && previous=${COMP_WORDS[COMP_CWORD - 2]}");
    put_second_words();
    puts("    case \"$COMP_CWORD $command\" in");
    put_names();
    puts("    *)\n"
         "        case \"$command $previous\" in");
    for (const cli_command *command = cli_commands; command->usage; command++)
        cli_each_option(command->usage, put_value);
    puts("        *)\n"
         "            case $command in");
    for (const cli_command *command = cli_commands; command->usage; command++)
        put_command(command->usage);
    puts("            esac\n"
         "            [[ $current == -* ]] && words=$options files=\n"
         "            ;;\n"
         "        esac\n"
         "        ;;\n"
         "    esac\n"
         "    mapfile -t COMPREPLY < <(\n"
         "        compgen -W \"$words\" -- \"$current\"\n"
         "        [[ -n $files ]] && compgen -f -- \"$current\"\n"
         "    )\n"
         "    [[ -n $files ]] && compopt -o filenames 2>/dev/null\n"
         "    return 0\n"
         "}\n"
         "complete -F _cnn cnn");
}
