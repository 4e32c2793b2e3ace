/* What answering for a data set uses of an ensemble in addition to the public calls. */
#ifndef CNN_PREDICT_ENSEMBLE_H
#define CNN_PREDICT_ENSEMBLE_H

#include "graph/net.h"

#include "cnn_ensemble.h"

/* The layers and names of the first network, without values. */
const cnn_net *cnn_ensemble_net(const cnn_ensemble *ensemble);
/* Of the first network; CNN_OUTPUT_VALUES where outputs themselves are averaged. */
cnn_output_kind cnn_ensemble_kind(const cnn_ensemble *ensemble);
/* Values for an image. */
int64_t cnn_ensemble_classes(const cnn_ensemble *ensemble);
int64_t cnn_ensemble_batch(const cnn_ensemble *ensemble);
/* Run a batch, whose first image is `first` in messages. *scores, valid until the next run, are rows of the first
 * network's classes: logarithms of mean probabilities; of CNN_OUTPUT_SIGMOIDS logits of them; of CNN_OUTPUT_VALUES mean
 * outputs. */
cnn_status cnn_ensemble_run_batch(cnn_ensemble *ensemble, const float *images, int64_t count, int64_t first,
                                  const double **scores, cnn_error *error);
/* What cnn_ensemble_run gives for such scores. */
void cnn_ensemble_probabilities(const cnn_ensemble *ensemble, const double *scores, int64_t count,
                                float *values);

#endif
