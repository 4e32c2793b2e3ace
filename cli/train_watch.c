#include "train_watch.h"

#include "output.h"

#include <inttypes.h>
#include <stdlib.h>

/* What goes wrong in looking is no reason to stop training. */
static void give_up(cli_train_watch *watch, const cnn_error *error) {
    cli_note("the checks after each epoch are left out: %s", error->message);
    cnn_watch_free(watch->watch);
    watch->watch = NULL;
}

void cli_train_watch_start(cli_train_watch *watch, cli_training *training) {
    cnn_error error;
    *watch = (cli_train_watch){.training = training};
    if (cnn_watch_new(&watch->watch, training->net, training->data.images, (int)training->arguments->threads,
                      &error))
        give_up(watch, &error);
}

void cli_train_watch_end(cli_train_watch *watch) {
    cnn_watch_free(watch->watch);
}

/* One more number in the list of iterations; epochs after the first thousand are as long as the last of these. */
static void note_length(cli_training *training, const cnn_progress *state) {
    char *before = training->lengths;
    training->lengths = before ? cli_format("%s,%" PRId64, before, state->iterations)
                               : cli_format("%" PRId64, state->iterations);
    free(before);
}

bool cli_train_watch_report(void *user, const cnn_progress *state) {
    cli_train_watch *watch = user;
    cnn_error error;
    const bool go_on = cli_progress_report(&watch->training->progress, state);
    if (state->epoch_ended && state->epoch <= CLI_MAX_LENGTHS)
        note_length(watch->training, state);
    if (!state->epoch_ended || !watch->watch)
        return go_on;
    const cnn_diagnosis *found = cnn_watch_found(watch->watch);
    const int64_t before = found->count;
    if (cnn_watch_epoch(watch->watch, state, &error))
        give_up(watch, &error);
    else
        for (int64_t i = before; i < found->count; i++)
            watch->training->report->finding(&found->findings[i]);
    return go_on;
}
