/* The doctor's cheap checks after each epoch of `cnn train`. */
#ifndef CLI_TRAIN_WATCH_H
#define CLI_TRAIN_WATCH_H

#include "train_report.h"

typedef struct cli_train_watch {
    cli_training *training;
    cnn_watch *watch; /* NULL: it failed; training goes on without */
} cli_train_watch;

void cli_train_watch_start(cli_train_watch *watch, cli_training *training);
/* A cnn_progress_function whose `user` is a cli_train_watch: cli_progress_report, then the checks. */
bool cli_train_watch_report(void *user, const cnn_progress *state);
void cli_train_watch_end(cli_train_watch *watch);

#endif
