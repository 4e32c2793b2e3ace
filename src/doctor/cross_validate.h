/* What small networks say of the images that they were not trained on. */
#ifndef CNN_DOCTOR_CROSS_VALIDATE_H
#define CNN_DOCTOR_CROSS_VALIDATE_H

#include "base/status.h"

/* Of each image (data count x classes) the probabilities of its classes, by a small convolutional network that was
 * trained on the images of the other folds. The network's training is short, so that it learns what many images have in
 * common and not the labels of single ones. */
cnn_status cnn_cross_validate(const cnn_data *data, uint64_t seed, int threads, float *probabilities,
                              cnn_error *error);
/* Whether the images are large enough and of enough classes for that. */
bool cnn_can_cross_validate(const cnn_data *data);

#endif
