/* The trials of `cnn tune`: what each one is trained with, and what came out. */
#ifndef CLI_TRIALS_H
#define CLI_TRIALS_H

#include "folds.h"

#include <cnn_augment.h>

/* What is asked for. */
typedef struct cli_search {
    double rate[2], decay[2];                          /* least and most, drawn evenly by their logarithms */
    cnn_augmentation augmentations[CNN_AUGMENT_KINDS]; /* at full strength */
    int augmentation_count;
    uint64_t seed;
} cli_search;

enum { CLI_STRENGTHS = 4 }; /* of augmentation: none, a third, two thirds, all of it */

typedef struct cli_trial {
    int number; /* from 1 */
    double rate, decay;
    int strength;   /* 0 .. CLI_STRENGTHS - 1 */
    bool lost;      /* it diverged */
    int64_t epochs; /* of its last training */
    cli_run_result result;
} cli_trial;

/* The number-th trial, from 1: the same for the same search. The first one is the middle of all ranges. */
cli_trial cli_trial_draw(const cli_search *search, int number);
/* Its augmentations as --augment takes them, for free(); NULL: none. */
char *cli_trial_augment(const cli_search *search, const cli_trial *trial);
/* Its options of `cnn train`, in one line, for free(). */
char *cli_trial_options(const cli_search *search, const cli_trial *trial, int64_t epochs);
/* For qsort: the best first; those trained for more epochs before others, lost ones last. */
int cli_trial_order(const void *a, const void *b);

/* The results, in the order of the array; as a table or as JSON. */
void cli_trials_print(const cli_search *search, const cli_trial *trials, int count, bool json);

#endif
