/* What came out of trainings that are compared: those of `cnn train --folds`, and of `cnn tune`. */
#ifndef CLI_FOLDS_H
#define CLI_FOLDS_H

#include <stdbool.h>
#include <stdint.h>

/* The epoch whose weights a run has kept. */
typedef struct cli_run_result {
    bool there;            /* a training has begun */
    int epoch;             /* 0: none is */
    double loss, accuracy; /* on the validation images */
} cli_run_result;

/* Read a run directory that may not be there yet. CLI_GO_ON, or the exit code after a message. */
int cli_run_result_read(const char *folder, cli_run_result *result);

/* Print each fold's figures, their mean and standard deviation, or a line of JSON. */
void cli_folds_print(const cli_run_result *results, int count, bool json);

#endif
