/* Weights of classes in the loss: those that the caller gave, or such that every class counts alike. */
#ifndef CNN_TRAIN_CLASS_WEIGHTS_H
#define CNN_TRAIN_CLASS_WEIGHTS_H

#include "train/training.h"

/* One for each class of the network, into training->class_weights, which stays NULL if none are asked for. The images'
 * splits and the classes' outputs are known. */
cnn_status cnn_training_weigh_classes(cnn_training *training, cnn_error *error);

#endif
