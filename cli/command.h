/* The commands of `cnn`: what each one is called with and what it returns. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

/* The exit codes of the command, which every manual page lists. */
#define CLI_EXIT_LIST(X)                                                                                     \
    X(CLI_DONE, 0, "success")                                                                                \
    X(CLI_FAILED, 1, "failure; a message on standard error says why")                                        \
    X(CLI_WRONG_USAGE, 2, "the command line is wrong")                                                       \
    X(CLI_HUNG_UP, 129, "the terminal was closed (SIGHUP)")                                                  \
    X(CLI_INTERRUPTED, 130, "interrupted by Ctrl-C (SIGINT)")                                                \
    X(CLI_TERMINATED, 143, "ended by SIGTERM")

enum cli_exit {
#define CLI_EXIT_ENUMERATOR(name, code, meaning) name = code,
    CLI_EXIT_LIST(CLI_EXIT_ENUMERATOR)
#undef CLI_EXIT_ENUMERATOR
};

/* The one list of commands, in the order in which a newcomer meets them: cmd_NAME.c has cli_NAME_usage, what it is called with
 * (options.h), and cli_NAME, which takes the words after its own name, may reorder them, and returns a cli_exit. */
#define CLI_COMMAND_LIST(X)                                                                                  \
    X(summary)                                                                                               \
    X(models)                                                                                                \
    X(train)                                                                                                 \
    X(tune)                                                                                                  \
    X(doctor)                                                                                                \
    X(test)                                                                                                  \
    X(report)                                                                                                \
    X(predict)                                                                                               \
    X(run)                                                                                                   \
    X(explain)                                                                                               \
    X(explore)                                                                                               \
    X(lab)                                                                                                   \
    X(deck)                                                                                                  \
    X(convolve)                                                                                              \
    X(softmax)                                                                                               \
    X(convert)                                                                                               \
    X(diff)                                                                                                  \
    X(data_info)                                                                                             \
    X(data_preview)                                                                                          \
    X(data_fetch)                                                                                            \
    X(bench)                                                                                                 \
    X(help)

typedef struct cli_usage cli_usage;
#define CLI_DECLARE_COMMAND(name)                                                                            \
    extern const cli_usage cli_##name##_usage;                                                               \
    int cli_##name(int count, char **words);
CLI_COMMAND_LIST(CLI_DECLARE_COMMAND)
#undef CLI_DECLARE_COMMAND

#endif
