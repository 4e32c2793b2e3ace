/* The command `cnn`: finds the command that is asked for and runs it. */
#include "command.h"
#include "interrupt.h"
#include "options.h"
#include "output.h"

#include <cnn.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

typedef struct command {
    const cli_usage *usage;
    int (*run)(int count, char **words);
} command;

/* In the order in which a newcomer meets them. */
static const command commands[] = {
    {&cli_summary_usage, cli_summary}, {&cli_train_usage, cli_train}, {&cli_test_usage, cli_test},
    {&cli_predict_usage, cli_predict}, {&cli_run_usage, cli_run},     {&cli_convolve_usage, cli_convolve},
    {&cli_convert_usage, cli_convert}, {&cli_diff_usage, cli_diff},   {&cli_data_info_usage, cli_data_info},
    {&cli_bench_usage, cli_bench},
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

static void print_help(void) {
    puts("cnn: convolutional neural networks on the CPU\n\nUsage: cnn COMMAND ...\n");
    for (int i = 0; i < COMMANDS; i++)
        printf("  %-10s %s\n", commands[i].usage->command, commands[i].usage->title);
    puts("\n'cnn COMMAND --help' shows the options of a command and an example; 'cnn --version' the "
         "version.\n\n"
         "MODEL is a built-in model's name (basic), a text file, an ONNX file, or a run directory of cnn "
         "train.\n"
         "DATA is a known name (mnist, fashion-mnist), a folder of IDX files, or a folder of class folders "
         "with\n"
         "PNG and JPEG images.\n\n"
         "Example: cnn train basic --data fashion-mnist -o runs/first");
}

static int print_version(void) {
    cnn_error error;
    const char *cpu = cnn_cpu(&error);
    if (!cpu)
        return cli_fail("%s", error.message);
    printf("cnn %s (%s)\n", cnn_version(), cpu);
    return CLI_DONE;
}

/* How many of the words are the command's name, which is one word or two ("data info"); 0: they are not. */
static int words_of_name(const char *name, int count, char *const *words) {
    size_t first = strcspn(name, " ");
    if (strlen(words[0]) != first || strncmp(words[0], name, first) != 0)
        return 0;
    if (!name[first])
        return 1;
    return count > 1 && !strcmp(words[1], name + first + 1) ? 2 : 0;
}

/* The second words of the names that begin with `first`, ended by NULL; how many. */
static int second_words(const char *first, const char *seconds[COMMANDS + 1]) {
    size_t length = strlen(first);
    int found = 0;
    for (int i = 0; i < COMMANDS; i++) {
        const char *name = commands[i].usage->command;
        if (!strncmp(name, first, length) && name[length] == ' ')
            seconds[found++] = name + length + 1;
    }
    seconds[found] = NULL;
    return found;
}

/* `words` begin with the first half of some names ("data"). */
static int refuse_second_word(int count, char *const *words, const char *const *seconds) {
    const char *nearest = count > 1 ? cli_nearest_word(words[1], seconds) : NULL;
    if (nearest)
        return cli_fail_usage("%s: unknown command '%s': did you mean %s?", words[0], words[1], nearest);
    if (count > 1)
        return cli_fail_usage("%s: unknown command '%s'; 'cnn --help' lists all commands", words[0],
                              words[1]);
    return cli_fail_usage("%s is the beginning of a command; 'cnn --help' lists all commands", words[0]);
}

static int refuse_command(int count, char *const *words) {
    const char *names[COMMANDS + 1] = {0};
    if (second_words(words[0], names))
        return refuse_second_word(count, words, names);
    for (int i = 0; i < COMMANDS; i++)
        names[i] = commands[i].usage->command;
    const char *nearest = cli_nearest_word(words[0], names);
    if (nearest)
        return cli_fail_usage("unknown command '%s': did you mean %s?", words[0], nearest);
    return cli_fail_usage("unknown command '%s'; 'cnn --help' lists all commands", words[0]);
}

static int run(int count, char **words) {
    if (!count)
        return cli_fail_usage("a command is missing; 'cnn --help' lists all commands");
    if (!strcmp(words[0], "--help") || !strcmp(words[0], "-h") || !strcmp(words[0], "help")) {
        print_help();
        return CLI_DONE;
    }
    if (!strcmp(words[0], "--version"))
        return print_version();
    for (int i = 0; i < COMMANDS; i++) {
        int taken = words_of_name(commands[i].usage->command, count, words);
        if (taken)
            return commands[i].run(count - taken, words + taken);
    }
    return refuse_command(count, words);
}

int main(int argc, char **argv) {
    cli_interrupt_exit();
    int code = run(argc - 1, argv + 1);
    /* A full disk behind a redirection shows only here. */
    if (fflush(stdout) || ferror(stdout))
        return cli_fail("standard output: %s", strerror(errno));
    return code;
}
