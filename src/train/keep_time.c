#include "train/keep_time.h"

#include "base/clock.h"
#include "train/training.h"

#include <math.h>

/* After so many epochs their lengths stay: a list of them is something that a person repeats a training with. */
enum { MOST_CHOSEN = 1000 };

/* As many updates in each epoch that is left as fit into the time, and as the images make at most. */
static int64_t fitting(const cnn_training *training, double now) {
    const cnn_timekeeper *keeper = &training->timekeeper;
    const cnn_train_options *options = &training->state.options;
    const int epoch = training->state.position.epoch;
    const double updates = (double)cnn_length_of(&training->state.lengths, epoch - 1),
                 pace = (keeper->updates_ended - keeper->epoch) / updates, end = now - keeper->updates_ended,
                 left = (keeper->start + options->seconds - now) / (options->epochs - epoch);
    const double each = fmin((left - end) / pace, (double)training->state.lengths.most);
    return each > 1 ? (int64_t)round(each) : 1;
}

cnn_status cnn_training_keep_time(cnn_training *training, cnn_error *error) {
    cnn_timekeeper *keeper = &training->timekeeper;
    const double now = cnn_seconds();
    cnn_status status = CNN_OK;
    const int epoch = training->state.position.epoch;
    if (training->state.options.seconds > 0 && keeper->phase == training->phase && epoch < MOST_CHOSEN)
        status = cnn_lengths_set(&training->state.lengths, epoch, fitting(training, now), error);
    keeper->phase = training->phase;
    keeper->epoch = now;
    return status;
}
