/* A training of a copy, on all images, which writes nothing: what is measured before the training itself. */
#ifndef CNN_TRAIN_REHEARSAL_H
#define CNN_TRAIN_REHEARSAL_H

#include "train/training.h"

typedef struct cnn_rehearsal {
    cnn_net *net; /* the copy */
    cnn_training training;
} cnn_rehearsal;

/* At the options' rate, which is constant after their warm-up, of all layers that are not frozen from the first to the last
 * epoch. Release with cnn_rehearsal_free, also after a failure. */
cnn_status cnn_rehearsal_start(cnn_rehearsal *rehearsal, const cnn_net *net, const cnn_data *data,
                               const cnn_train_options *options, cnn_error *error);
/* Begin again from the weights of the start, at this epoch, from 0, with what is trained in it. */
cnn_status cnn_rehearsal_enter(cnn_rehearsal *rehearsal, int epoch, cnn_error *error);
/* One update, of the next epoch where one is over. *loss: the mean over its images; NULL is allowed. */
cnn_status cnn_rehearsal_update(cnn_rehearsal *rehearsal, double *loss, cnn_error *error);
void cnn_rehearsal_free(cnn_rehearsal *rehearsal);

#endif
