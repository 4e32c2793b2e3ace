/* The state of a training: what cnn_train sets up, runs and releases. */
#ifndef CNN_TRAIN_TRAINING_H
#define CNN_TRAIN_TRAINING_H

#include "predict/measure.h"
#include "train/averages.h"
#include "train/checkpoint.h"
#include "train/holdout.h"
#include "train/keep_time.h"
#include "train/layer_updates.h"
#include "train/pace.h"
#include "train/rooms.h"
#include "train/run_folder.h"
#include "train/schedule.h"
#include "train/teacher.h"

typedef struct cnn_training {
    cnn_net *net;  /* the caller's: has, from epoch to epoch, what cnn_train would return then */
    int net_epoch; /* whose weights these are; 0: none's, those that it started with */
    const cnn_data *data;
    int32_t *output_of; /* of each class of the data */

    cnn_checkpoint state; /* all that changes; its net is a copy of the caller's */
    cnn_rooms
        rooms;   /* of its values and of the optimizer's state, which are there between two updates alone */
    float *best; /* room for the best weights, used while `net` has others */
    cnn_curve curve;
    cnn_holdout holdout;
    cnn_loader *loader;
    cnn_trainer *trainer;
    int phase; /* the trainer's, by its first epoch, from 0 */
    cnn_teacher teacher;
    cnn_averaging averaging;
    float *class_weights; /* one for each class of the network; NULL: none */
    float *
        gradient_sum; /* of the batches of an update, like the plan's gradients; NULL: an update has one batch */
    cnn_measuring validation;        /* predictor NULL: there is none */
    const cnn_data *validation_data; /* where its images are: `data`, or those of the options */
    int64_t *validation_indices;     /* the holdout's, or of all of its images */
    int64_t validation_images;       /* 0: none */
    cnn_run_folder folder;
    cnn_pace pace;
    cnn_timekeeper timekeeper;
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

/* Updates since the beginning of the training, over all runs. */
int64_t cnn_training_updates(const cnn_training *training);
/* Those of the epoch at hand. */
int64_t cnn_training_iterations(const cnn_training *training);
/* The factor of the learning rate at this iteration of the epoch at hand, from 0: that of the schedule. */
double cnn_training_rate_factor(const cnn_training *training, int64_t iteration);
/* One update from the next batches, with a check of their loss; *images: how many there were. */
cnn_status cnn_training_update(cnn_training *training, int64_t *images, cnn_error *error);
/* CNN_ERROR_DIVERGED: `where` in the training and `what` is not finite; what the network keeps, and what to do. */
cnn_status cnn_training_diverged(const cnn_training *training, const char *where, const char *what,
                                 cnn_error *error);

/* Whether training returns the weights of the best epoch rather than the last ones. */
bool cnn_training_wants_best(const cnn_training *training);
/* Whether all epochs are done or patience is exhausted. */
bool cnn_training_complete(const cnn_training *training);
/* Put the weights that cnn_train would return now into the caller's network. */
void cnn_training_give_weights(cnn_training *training);

#endif
