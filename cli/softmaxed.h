/* A softmax worked out: every exponential, their sum, every quotient, checked against the library. */
#ifndef CLI_SOFTMAXED_H
#define CLI_SOFTMAXED_H

#include "grid.h"

/* `count` values each. Start as {0} but for logits, count and temperature; release with cli_softmaxed_free. */
typedef struct cli_softmaxed {
    int count;
    const double *logits; /* the caller's; finite */
    double temperature;   /* > 0: the logits are divided by it first */
    double *scaled;       /* logit / temperature, in float32 as the library gets it */
    double
        subtracted; /* from each scaled logit before its exponential is taken: 0 where they stay in range */
    double *exponentials;
    double sum;      /* of the exponentials */
    cli_grid output; /* the probabilities, by the library; 1 x 1 x count */
} cli_softmaxed;

/* Compute all of it. CLI_DONE, or an exit code after a message. */
int cli_softmaxed_run(cli_softmaxed *softmax);
void cli_softmaxed_free(cli_softmaxed *softmax);

/* For free(): "7.38906 + 2.71828 + 1.10517 = 11.2125", and "7.38906 / 11.2125 = 0.659001". */
char *cli_softmaxed_sum(const cli_softmaxed *softmax);
char *cli_softmaxed_quotient(const cli_softmaxed *softmax, int i);

#endif
