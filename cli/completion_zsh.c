/* The completion script of zsh. */
#include "completion_words.h"

#include <stdio.h>

/* Within single quotes and brackets, where some characters need a backslash. */
static void put_text(const char *text) {
    cli_put_quoted(text, "'\\''", "[]:\\");
}

/* '(-o --output)'{-o,--output=}'[help]:RUN_DIR:_files' */
static void put_option(const cli_usage *usage, const cli_option *option) {
    cli_expected value = cli_expected_by(option);
    const char *equals = value == CLI_NO_VALUE ? "" : "=";
    (void)usage;
    if (option->letter)
        printf("            '(%s %s)'{%s,%s%s}'[", option->letter, option->name, option->letter, option->name,
               equals);
    else
        printf("            '%s%s[", option->name, equals);
    put_text(option->help);
    fputs("]", stdout);
    if (value == CLI_A_CHOICE) {
        fputs(":word:(", stdout);
        cli_put_words(option->choices);
        fputs(")", stdout);
    } else if (value != CLI_NO_VALUE) {
        fputs(":", stdout);
        put_text(option->value);
        fputs(value == CLI_A_NUMBER ? ": " : value == CLI_A_FILE ? ":_files" : ":_cnn_data", stdout);
    }
    puts("' \\");
}

static void put_command(const cli_usage *usage) {
    printf("    '%s')\n        _arguments -s : \\\n", usage->command);
    cli_each_option(usage, put_option);
    fputs("            ", stdout);
    if (cli_takes_words(usage)) {
        fputs("\"*: : _alternative 'words:word:(", stdout);
        cli_put_operands(usage);
        puts(cli_takes_files(usage) ? ")' 'files:file:_files'\"" : ")'\"");
    } else {
        puts(cli_takes_files(usage) ? "'*:FILE:_files'" : "&&");
    }
    puts("        ;;");
}

/* Each command with its description. */
static void put_titles(void) {
    for (const cli_command *command = cli_commands; command->usage; command++)
        if (cli_brings_first_word(command)) {
            printf("        '%.*s:", cli_first_word_length(command->usage), command->usage->command);
            put_text(command->usage->title);
            puts("'");
        }
}

/* A command of two words: its second one is completed, and then both are one. */
static void put_second_words(const cli_usage *usage) {
    int length = cli_first_word_length(usage);
    printf("    %.*s)\n"
           "        if ((CURRENT == 2)); then\n"
           "            compadd ",
           length, usage->command);
    cli_put_second_words(usage);
    printf("\n"
           "            return\n"
           "        fi\n"
           "        shift words\n"
           "        ((CURRENT--))\n"
           "        words[1]=\"%.*s $words[1]\"\n"
           "        ;;\n",
           length, usage->command);
}

void cli_completion_zsh(void) {
    fputs("#compdef cnn\n"
          "# Completion of cnn in zsh; made by 'cnn help --completion zsh'.\n"
          "_cnn_data() {\n"
          "    _alternative 'data:data set:(",
          stdout);
    cli_put_data_sets();
    puts(")' 'files:file:_files'\n"
         "}\n"
         "_cnn_commands() {\n"
         "    local -a names\n"
         "    names=(");
    put_titles();
    puts("    )\n"
         "    _describe -t commands command names\n"
         "}\n"
         "_cnn() {\n"
         "    if ((CURRENT == 2)); then\n"
         "        _cnn_commands\n"
         "        return\n"
         "    fi\n"
         "    shift words\n"
         "    ((CURRENT--))\n"
         "    case $words[1] in");
    for (const cli_command *command = cli_commands; command->usage; command++)
        if (cli_second_word(command->usage) && cli_brings_first_word(command))
            put_second_words(command->usage);
    puts("    esac\n"
         "    case $words[1] in");
    for (const cli_command *command = cli_commands; command->usage; command++)
        put_command(command->usage);
    puts("    esac\n"
         "}\n"
         "_cnn \"$@\"");
}
