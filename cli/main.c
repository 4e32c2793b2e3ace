/* The command `cnn`: finds the command that is asked for and runs it. */
#include "command.h"
#include "commands.h"
#include "interrupt.h"
#include "output.h"

#include <cnn.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static int print_version(void) {
    cnn_error error;
    const char *cpu = cnn_cpu(&error);
    if (!cpu)
        return cli_fail("%s", error.message);
    printf("cnn %s (%s)\n", cnn_version(), cpu);
    return CLI_DONE;
}

static bool asks_for_help(const char *word) {
    return !strcmp(word, "--help") || !strcmp(word, "-h");
}

/* Find the command that the words name and run it. */
static int run(int count, char **words) {
    int taken;
    if (count == 1 && asks_for_help(words[0]))
        return cli_print_commands(NULL);
    if (count == 1 && !strcmp(words[0], "--version"))
        return print_version();
    const cli_command *command = cli_find_command(count, words, &taken);
    if (command)
        return command->run(count - taken, words + taken);
    if (count == 2 && asks_for_help(words[1])) /* cnn data --help */
        return cli_help(1, words);
    return cli_refuse_command(count, words);
}

int main(int argc, char **argv) {
    cli_interrupt_exit();
    signal(SIGXFSZ,
           SIG_IGN); /* a limit on the size of files is then an error like a full disk, with a message */
    int code = run(argc - 1, argv + 1);
    /* A full disk behind a redirection shows only here; why an earlier write failed is no longer known. */
    if (fflush(stdout))
        return cli_fail("standard output: %s", strerror(errno));
    if (ferror(stdout))
        return cli_fail("standard output: it could not be written; is the disk full?");
    return code;
}
