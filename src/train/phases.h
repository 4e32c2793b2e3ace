/* The phases of a training: the network's head alone (cnn_train_options.freeze_epochs), or epoch for epoch more of its layers
 * (unfreeze_gradually), then all of it. Each has a trainer of its own, since what is held takes no time backward. */
#ifndef CNN_TRAIN_PHASES_H
#define CNN_TRAIN_PHASES_H

#include "train/training.h"

/* The most images that a batch has: no batch is larger than the number of images. */
int64_t cnn_training_batch(const cnn_training *training);

/* Make the trainer of the first phase. */
cnn_status cnn_training_make_trainer(cnn_training *training, cnn_error *error);
/* Bring the trainer to where the checkpoint stands: of its phase, with its weights, optimizer's state and averages. An
 * optimizer begins anew with its phase. */
cnn_status cnn_training_restore(cnn_training *training, cnn_error *error);
/* The same where the next epoch begins another phase. */
cnn_status cnn_training_enter_phase(cnn_training *training, cnn_error *error);

#endif
