#include "commands.h"

#include "help.h"
#include "output.h"
#include "wrap.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

const cli_command cli_commands[] = {
#define ROW(name) {&cli_##name##_usage, cli_##name},
    CLI_COMMAND_LIST(ROW)
#undef ROW
        {NULL, NULL},
};
enum { COMMANDS = sizeof cli_commands / sizeof cli_commands[0] - 1 };

const char cli_about_program[] = "convolutional neural networks on the CPU";

const char cli_about_operands[] =
    "MODEL is the name of a built-in model ('cnn models' lists them), a text file, an ONNX file, a "
    "safetensors file, or a run directory of 'cnn train'.\n"
    "\n"
    "DATA is a known name (mnist, fashion-mnist, kmnist, cifar10; 'cnn data fetch' downloads them), a folder "
    "of IDX files, or a folder that holds one folder of pictures per class.";

const char cli_about_example[] = "  cnn train basic --data fashion-mnist -o runs/first";

/* How many of the words are the name; 0: they are not. */
static int words_of_name(const char *name, int count, char *const *words) {
    size_t first = strcspn(name, " ");
    if (!count || strlen(words[0]) != first || strncmp(words[0], name, first) != 0)
        return 0;
    if (!name[first])
        return 1;
    return count > 1 && !strcmp(words[1], name + first + 1) ? 2 : 0;
}

const cli_command *cli_find_command(int count, char *const *words, int *taken) {
    for (const cli_command *command = cli_commands; command->usage; command++) {
        *taken = words_of_name(command->usage->command, count, words);
        if (*taken)
            return command;
    }
    return NULL;
}

/* The second word of a name whose first word is `first`, else NULL. */
static const char *second_word(const char *name, const char *first) {
    size_t length = strlen(first);
    return !strncmp(name, first, length) && name[length] == ' ' ? name + length + 1 : NULL;
}

/* Collect the second words of the names that begin with `first`, ended by NULL; how many. */
static int second_words(const char *first, const char *seconds[COMMANDS + 1]) {
    int found = 0;
    for (int i = 0; i < COMMANDS; i++) {
        const char *second = second_word(cli_commands[i].usage->command, first);
        if (second)
            seconds[found++] = second;
    }
    seconds[found] = NULL;
    return found;
}

/* `first` is the first word of names of two. */
static int refuse_second_word(const char *first, const char *second, const char *const *seconds) {
    const char *nearest = second ? cnn_nearest_word(second, seconds) : NULL;
    if (nearest)
        return cli_fail_usage("%s: unknown command '%s': did you mean %s?", first, second, nearest);
    if (second)
        return cli_fail_usage("%s: unknown command '%s'; 'cnn help %s' lists the commands", first, second,
                              first);
    return cli_fail_usage("'%s' is only the first word of a command; 'cnn help %s' lists the commands", first,
                          first);
}

int cli_refuse_command(int count, char *const *words) {
    const char *names[COMMANDS + 1] = {0};
    if (!count)
        return cli_fail_usage("no command was given; 'cnn help' lists all commands");
    if (second_words(words[0], names))
        return refuse_second_word(words[0], count > 1 ? words[1] : NULL, names);
    for (int i = 0; i < COMMANDS; i++)
        names[i] = cli_commands[i].usage->command;
    const char *nearest = cnn_nearest_word(words[0], names);
    if (nearest)
        return cli_fail_usage("unknown command '%s': did you mean %s?", words[0], nearest);
    return cli_fail_usage("unknown command '%s'; 'cnn help' lists all commands", words[0]);
}

bool cli_begins_command(const char *word) {
    const char *names[COMMANDS + 1];
    return second_words(word, names) > 0;
}

int cli_print_commands(const char *first) {
    enum { TITLE_COLUMN = 14 };
    int width = cli_help_width();
    char *head = cli_format("cnn: %s\n\nUsage: cnn %s%sCOMMAND ...\n\n", cli_about_program,
                            first ? first : "", first ? " " : "");
    cli_wrap_text(stdout, head, width, 2, "");
    free(head);
    for (int i = 0; i < COMMANDS; i++) {
        const cli_usage *usage = cli_commands[i].usage;
        if (!first || second_word(usage->command, first))
            cli_wrap_row(stdout, usage->command, usage->title, TITLE_COLUMN, width);
    }
    putchar('\n');
    cli_wrap_text(stdout,
                  "'cnn help COMMAND' shows the options of a command and an example; 'cnn --version' shows "
                  "the version.",
                  width, 0, "");
    if (first)
        return CLI_DONE;
    putchar('\n');
    cli_wrap_text(stdout, cli_about_operands, width, 0, "");
    puts("\nExample:");
    cli_wrap_text(stdout, cli_about_example, width, 4, " \\");
    return CLI_DONE;
}
