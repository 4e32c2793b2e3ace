/* The budget of all trainings: that of the network's run, or the caller's. */
#include "lab/experiment.h"

#include "data/dataset.h"
#include "train/options.h"

#include <inttypes.h>

enum { QUICK_EPOCHS = 3, EPOCHS = 4 }; /* 4: all is over in minutes */

/* Epochs that were made; a run may have stopped early. */
static int epochs_of(const cnn_run_record *record) {
    const int64_t made = record->history.count;
    return made > 0 && made < record->options.epochs ? (int)made : record->options.epochs;
}

/* The images that a run was given, found in the parts that it shared them out to. */
static int64_t images_of_run(const cnn_lab_options *options, const cnn_run_record *record) {
    int64_t images = options->training->count;
    if (record->validation > 0 && options->validation)
        images += options->validation->count;
    if (record->test > 0 && options->test)
        images += options->test->count;
    return images;
}

/* The opponent gets the images that the run had; on others the comparison would be unfair. */
static cnn_status check_images(const cnn_lab_options *options, const cnn_run_record *record,
                               cnn_error *error) {
    const int64_t images = images_of_run(options, record);
    if (images == record->images)
        return CNN_OK;
    return cnn_fail(error, CNN_ERROR_ARGUMENT,
                    "%s was trained on %" PRId64 " images, and these are %" PRId64
                    ": give those that it was trained on (--limit %" PRId64
                    " takes the first ones), or have it trained anew by --quick",
                    options->run_directory, record->images, images, record->images);
}

/* Epochs of what is trained without a run's. */
static int epochs_asked(const cnn_lab_options *options) {
    if (options->train && options->train->epochs)
        return options->train->epochs;
    return options->quick ? QUICK_EPOCHS : EPOCHS;
}

static void take_recipe(cnn_experiment *e, const cnn_run_record *record) {
    cnn_train_options *train = &e->lab->train;
    if (record->there) {
        *train = record->options;
        train->epochs = epochs_of(record);
    } else if (e->options->train)
        *train = *e->options->train;
    e->lab->from_run = record->there;
    e->adopted = record->there && e->options->trained && e->options->test && !e->options->quick;
    if (e->options->quick || !record->there)
        train->epochs = epochs_asked(e->options);
    if (!e->adopted)
        train->seed = e->options->seed;
}

/* Nothing of a training but how it updates. */
static void drop_the_rest(cnn_train_options *train) {
    train->test = train->validation = 0;
    train->validation_data = NULL;
    train->run_directory = NULL;
    train->resume = train->overwrite = train->keep_parameters = false;
    train->patience = 0;
    train->progress = NULL;
    train->user = NULL;
}

cnn_status cnn_experiment_settle(cnn_experiment *e, cnn_error *error) {
    cnn_status status = cnn_run_record_read(&e->record, e->options->run_directory, error);
    if (status != CNN_OK)
        return status;
    take_recipe(e, &e->record);
    if (e->adopted && (status = check_images(e->options, &e->record, error)) != CNN_OK)
        return status;
    drop_the_rest(&e->lab->train);
    e->lab->train.threads = e->options->threads;
    return cnn_train_options_complete(&e->lab->train, error);
}
