/* The public account of a run directory. */
#include "cnn_report.h"

#include "base/memory.h"
#include "data/augment/augment.h"
#include "train/run_record.h"

#include <stdio.h>

static cnn_status take_epochs(cnn_training_record *record, const cnn_run_record *run, cnn_error *error) {
    const cnn_history *history = &run->history;
    if (!history->count)
        return CNN_OK;
    record->epochs = cnn_allocate((size_t)history->count, sizeof *record->epochs, "the history", error);
    if (!record->epochs)
        return CNN_ERROR_MEMORY;
    for (int64_t i = 0; i < history->count; i++) {
        const cnn_epoch_record *epoch = &history->epochs[i];
        record->epochs[i] =
            (cnn_run_epoch){.seconds = epoch->seconds,
                            .learning_rate = epoch->learning_rate,
                            .loss = epoch->loss,
                            .accuracy = epoch->accuracy,
                            .validation_loss = epoch->validation_loss,
                            .validation_accuracy = epoch->validation_accuracy,
                            .updates = run->lengths.count ? cnn_length_of(&run->lengths, i) : 0};
    }
    record->epoch_count = history->count;
    return CNN_OK;
}

/* As a text; the options' pointers lead into the run's record, which goes. */
static void take_augmentations(cnn_training_record *record, const cnn_run_record *run) {
    size_t length = 0;
    for (int i = 0; i < run->options.augmentation_count && length < sizeof record->augmentations; i++)
        length += (size_t)snprintf(record->augmentations + length, sizeof record->augmentations - length,
                                   "%s%s:%g", i ? "," : "", cnn_augmentation_word(run->augmentations[i].kind),
                                   run->augmentations[i].amount);
    record->options.augmentations = NULL;
    record->options.augmentation_count = 0;
    record->options.epoch_lengths = NULL;
    record->options.epoch_length_count = 0;
}

static cnn_status take_run(cnn_training_record *record, const cnn_run_record *run, cnn_error *error) {
    if (!run->there)
        return CNN_OK;
    record->there = true;
    record->options = run->options;
    record->options.test = run->test;
    record->options.validation = run->validation;
    record->images = run->images;
    take_augmentations(record, run);
    snprintf(record->fingerprint, sizeof record->fingerprint, "%s", run->fingerprint);
    return take_epochs(record, run, error);
}

cnn_status cnn_training_record_read(cnn_training_record *record, const char *directory, cnn_error *error) {
    cnn_status status = cnn_required(error, record, directory);
    if (status != CNN_OK)
        return status;
    *record = (cnn_training_record){0};
    cnn_run_record run;
    status = cnn_run_record_read(&run, directory, error);
    if (status == CNN_OK)
        status = take_run(record, &run, error);
    cnn_run_record_free(&run);
    return status;
}

void cnn_training_record_free(cnn_training_record *record) {
    if (!record)
        return;
    cnn_free(record->epochs);
    *record = (cnn_training_record){0};
}
