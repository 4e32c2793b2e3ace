#include "train/rehearsal.h"

#include "train/phases.h"
#include "train/trainer.h"

enum { MOST_EPOCHS = 1000000 };

static cnn_train_options options_of(const cnn_train_options *options) {
    cnn_train_options trial = *options;
    trial.run_directory = NULL;
    trial.resume = trial.overwrite = false;
    trial.test = 0;
    trial.epochs = MOST_EPOCHS;
    trial.epoch_updates = 0;
    trial.epoch_length_count = 0;
    trial.schedule = CNN_SCHEDULE_CONSTANT;
    trial.step_factor = trial.power = 0;
    trial.step_epochs = 0;
    return trial;
}

static void begin_epoch(cnn_training *training, int epoch) {
    cnn_holdout *holdout = &training->holdout;
    training->state.position.iteration = 0;
    training->state.position.epoch = epoch;
    cnn_loader_stop(training->loader); /* it reads ahead in the order that changes now */
    cnn_holdout_shuffle(holdout, epoch + 1);
    cnn_loader_start(training->loader, holdout->order, holdout->training, 0, epoch + 1);
}

cnn_status cnn_rehearsal_enter(cnn_rehearsal *rehearsal, int epoch, cnn_error *error) {
    cnn_training *training = &rehearsal->training;
    training->state.position.epoch = epoch;
    training->state.position.iteration = 0;
    const cnn_status status = cnn_training_restore(training, error);
    begin_epoch(training, epoch);
    return status;
}

cnn_status cnn_rehearsal_start(cnn_rehearsal *rehearsal, const cnn_net *net, const cnn_data *data,
                               const cnn_train_options *options, cnn_error *error) {
    const cnn_train_options trial = options_of(options);
    *rehearsal = (cnn_rehearsal){.net = cnn_net_copy(net, error)};
    if (!rehearsal->net)
        return CNN_ERROR_MEMORY;
    cnn_status status = cnn_training_start(&rehearsal->training, rehearsal->net, data, &trial, error);
    return status == CNN_OK ? cnn_rehearsal_enter(rehearsal, trial.freeze_epochs, error) : status;
}

cnn_status cnn_rehearsal_update(cnn_rehearsal *rehearsal, double *loss, cnn_error *error) {
    cnn_training *training = &rehearsal->training;
    cnn_position *at = &training->state.position;
    int64_t images;
    if (at->iteration == training->state.iterations)
        begin_epoch(training, at->epoch + 1);
    at->loss_sum = 0;
    const cnn_status status = cnn_training_update(training, &images, error);
    if (loss)
        *loss = status == CNN_OK ? at->loss_sum / (double)images : 0;
    return status;
}

void cnn_rehearsal_free(cnn_rehearsal *rehearsal) {
    cnn_training_free(&rehearsal->training);
    cnn_net_free(rehearsal->net);
}
