/* The command `cnn`: finds the command that is asked for and runs it. */
#include "command.h"
#include "options.h"
#include "output.h"

#include <cnn.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

typedef struct command {
    const char *name;
    int (*run)(int count, char **words);
    const char *help;
} command;

/* In the order in which a newcomer meets them. */
static const command commands[] = {
    {"summary", cli_summary, "layers, output shapes, parameters, MACs and memory of a model"},
    {"train", cli_train, "train a model on images"},
    {"test", cli_test, "accuracy, loss and confusion matrix of a trained model"},
    {"predict", cli_predict, "the prediction table: classes down, images across"},
    {"run", cli_run, "any ONNX model on raw tensors: .npy in, .npy out"},
    {"convolve", cli_convolve, "a convolution worked out: every product, every sum"},
    {"convert", cli_convert, "a model from one file format into another: ONNX, safetensors, text"},
    {"diff", cli_diff, "compare two models: layers, parameters, predictions"},
    {"data", cli_data, "data info DATA: what a data set holds"},
    {"bench", cli_bench, "images per second in training and inference, latency"},
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

static void print_help(void) {
    puts("cnn: convolutional neural networks on the CPU\n\nUsage: cnn COMMAND ...\n");
    for (int i = 0; i < COMMANDS; i++)
        printf("  %-10s%s\n", commands[i].name, commands[i].help);
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

static int refuse_command(const char *name) {
    const char *names[COMMANDS + 1] = {0};
    for (int i = 0; i < COMMANDS; i++)
        names[i] = commands[i].name;
    const char *nearest = cli_nearest_word(name, names);
    if (nearest)
        return cli_fail_usage("unknown command '%s': did you mean %s?", name, nearest);
    return cli_fail_usage("unknown command '%s'; 'cnn --help' lists all commands", name);
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
    for (int i = 0; i < COMMANDS; i++)
        if (!strcmp(words[0], commands[i].name))
            return commands[i].run(count - 1, words + 1);
    return refuse_command(words[0]);
}

int main(int argc, char **argv) {
    int code = run(argc - 1, argv + 1);
    /* A full disk behind a redirection shows only here. */
    if (fflush(stdout) || ferror(stdout))
        return cli_fail("standard output: %s", strerror(errno));
    return code;
}
