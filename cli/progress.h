/* Progress of training: a line for every epoch on stdout, and between them a bar on stderr if that is a terminal and
 * --quiet was not given. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <cnn.h>

/* Start with cli_progress_start. */
typedef struct cli_progress {
    void (*print_epoch)(const cnn_progress *state); /* at the end of each */
    bool terminal;                                  /* show the bar */
    bool visible;                                   /* the bar is on the terminal's last line */
    double drawn;                                   /* when it was drawn, cli_now() */
    int64_t reports;                                /* how many there were */
    cnn_progress last;                              /* what was reported last; epoch 0: nothing yet */
} cli_progress;

void cli_progress_start(cli_progress *progress, void (*print_epoch)(const cnn_progress *state));
/* Print a line about an epoch that ended. */
void cli_progress_print_epoch(const cnn_progress *state);
/* A cnn_progress_function whose `user` is a cli_progress. Asks to stop once cli_interrupted(). */
bool cli_progress_report(void *user, const cnn_progress *state);
/* Remove the bar from the terminal. */
void cli_progress_end(cli_progress *progress);

#endif
