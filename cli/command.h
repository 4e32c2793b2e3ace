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

/* What each command is called with; options.h. */
typedef struct cli_usage cli_usage;
extern const cli_usage cli_summary_usage, cli_train_usage, cli_test_usage, cli_predict_usage, cli_run_usage,
    cli_deck_usage, cli_convolve_usage, cli_softmax_usage, cli_convert_usage, cli_diff_usage,
    cli_data_info_usage, cli_data_fetch_usage, cli_bench_usage, cli_models_usage, cli_doctor_usage,
    cli_help_usage;

/* Each takes the words after its own name and returns a cli_exit. The words may be reordered. */
int cli_summary(int count, char **words);
int cli_train(int count, char **words);
int cli_test(int count, char **words);
int cli_predict(int count, char **words);
int cli_run(int count, char **words);
int cli_deck(int count, char **words);
int cli_convolve(int count, char **words);
int cli_softmax(int count, char **words);
int cli_convert(int count, char **words);
int cli_diff(int count, char **words);
int cli_data_info(int count, char **words);
int cli_data_fetch(int count, char **words);
int cli_bench(int count, char **words);
int cli_models(int count, char **words);
int cli_doctor(int count, char **words);
int cli_help(int count, char **words);

#endif
