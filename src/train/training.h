/* The state of a training: what cnn_train sets up, runs and releases. */
#ifndef CNN_TRAIN_TRAINING_H
#define CNN_TRAIN_TRAINING_H

#include "predict/measure.h"
#include "train/averages.h"
#include "train/checkpoint.h"
#include "train/holdout.h"
#include "train/layer_updates.h"
#include "train/pace.h"
#include "train/run_folder.h"
#include "train/schedule.h"

typedef struct cnn_training {
    cnn_net *net;  /* the caller's: has, from epoch to epoch, what cnn_train would return then */
    int net_epoch; /* whose weights these are; 0: none's, those that it started with */
    const cnn_data *data;
    int32_t *output_of; /* of each class of the data */

    cnn_checkpoint state; /* all that changes; its net is a copy of the caller's */
    cnn_curve curve;
    cnn_holdout holdout;
    cnn_loader *loader;
    cnn_trainer *trainer;
    cnn_averaging averaging;
    cnn_measuring validation;        /* predictor NULL: there is none */
    const cnn_data *validation_data; /* where its images are: `data`, or those of the options */
    int64_t *validation_indices;     /* the holdout's, or of all of its images */
    int64_t validation_images;       /* 0: none */
    cnn_run_folder folder;
    cnn_pace pace;
    cnn_layer_update *updates; /* room for those of an epoch, for whoever is told of it */
} cnn_training;

/* How the training images are augmented. CNN_ERROR_ARGUMENT: the options ask for what does not exist or does not suit
 * the images. */
cnn_status cnn_training_augmenting(const cnn_training *training, cnn_augmenting *augmenting,
                                   cnn_error *error);

/* Complete the options, from the checkpoint if training continues from it; name the run directory. */
cnn_status cnn_training_complete_options(cnn_training *training, cnn_error *error);
/* Decide which images train, validate and test: by the list in the run directory if training continues there. */
cnn_status cnn_training_share_out(cnn_training *training, cnn_error *error);

/* Check everything, take all memory, read the checkpoint or draw the weights. To be freed also after a
 * failure, which leaves the caller's network as it was. */
cnn_status cnn_training_start(cnn_training *training, cnn_net *net, const cnn_data *data,
                              const cnn_train_options *options, cnn_error *error);
void cnn_training_free(cnn_training *training);

/* Whether training returns the weights of the best epoch rather than the last ones. */
bool cnn_training_wants_best(const cnn_training *training);
/* Whether all epochs are done or patience is exhausted. */
bool cnn_training_complete(const cnn_training *training);
/* Put the weights that cnn_train would return now into the caller's network. */
void cnn_training_give_weights(cnn_training *training);

#endif
