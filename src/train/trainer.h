/* What the training loop uses of a trainer in addition to the public calls: batches as the loader makes them, and the
 * optimizer's state for checkpoints. */
#ifndef CNN_TRAIN_TRAINER_H
#define CNN_TRAIN_TRAINER_H

#include "data/loader.h"
#include "plan/plan.h"
#include "train/loss.h"
#include "train/update.h"

/* Like cnn_trainer_gradients, of a batch as the loader makes it; its images are read where they lie. Of mixed images
 * those count as classified rightly that get the label with the larger share. `lesson`: what a teacher says of them; NULL:
 * there is none. */
cnn_status cnn_trainer_gradients_prepared(cnn_trainer *trainer, const cnn_batch *batch,
                                          const cnn_lesson *lesson, double *loss, int64_t *correct,
                                          cnn_error *error);
/* Of updates that several batches make, the one that comes next; `part` of `parts`, from 0: for dropout's masks. */
void cnn_trainer_set_part(cnn_trainer *trainer, int64_t part, int64_t parts);
/* Multiply each image's loss by the weight of its class, one for each class of the network; not copied. NULL: by 1. */
void cnn_trainer_set_class_weights(cnn_trainer *trainer, const float *weights);
cnn_plan *cnn_trainer_plan(const cnn_trainer *trainer);
/* For measuring an update. */
cnn_update_state *cnn_trainer_update_state(cnn_trainer *trainer);
/* Take the parameters from a network with the same layers. */
cnn_status cnn_trainer_load(cnn_trainer *trainer, const cnn_net *net, cnn_error *error);

/* The optimizer's state: `cnn_trainer_states` arrays (see train/optimizers), each of the network's value_count
 * values in its logical order, and the number of updates made. */
int cnn_trainer_states(const cnn_trainer *trainer);
void cnn_trainer_get_state(const cnn_trainer *trainer, int state, float *values);
void cnn_trainer_set_state(cnn_trainer *trainer, int state, const float *values);
int64_t cnn_trainer_updates(const cnn_trainer *trainer);
/* `before`: how many of them an earlier optimizer made, which do not count for this one. */
void cnn_trainer_set_updates(cnn_trainer *trainer, int64_t updates, int64_t before);

#endif
