/* What measuring and the trainer use of a predictor in addition to the public calls. */
#ifndef CNN_PREDICT_PREDICTOR_H
#define CNN_PREDICT_PREDICTOR_H

#include "plan/plan.h"

cnn_plan *cnn_predictor_plan(const cnn_predictor *predictor);
/* Like cnn_predictor_new; the outputs are logits where a softmax, or sigmoids, end the network. */
cnn_status cnn_predictor_new_of_logits(cnn_predictor **predictor, const cnn_net *net,
                                       const cnn_predictor_options *options, cnn_error *error);
/* Like cnn_predictor_run; images N,H,W,C normalised already, which are read where they lie, from
 * memory of cnn_allocate; count at most the predictor's batch. */
const float *cnn_predictor_run_prepared(cnn_predictor *predictor, const float *images, int64_t count);
/* Like cnn_predictor_run, but for a model on raw tensors: outputs may be infinite, or not numbers. */
cnn_status cnn_predictor_run_any(cnn_predictor *predictor, const float *images, int64_t count, float *outputs,
                                 cnn_error *error);
/* The same of images N,H,W,C. */
cnn_status cnn_predictor_run_last(cnn_predictor *predictor, const float *images, int64_t count,
                                  float *outputs, cnn_error *error);
/* Whether the outputs that it gave for `count` images are finite; CNN_ERROR_DIVERGED or, for the pixels' sake,
 * CNN_ERROR_ARGUMENT names the image, of which the first is number `first`. */
cnn_status cnn_predictor_check(const cnn_predictor *predictor, const float *images, const float *outputs,
                               int64_t count, int64_t first, cnn_error *error);
/* The error of outputs that are not finite; `which` images. */
cnn_status cnn_fail_outputs(const cnn_net *net, const char *which, cnn_error *error);
/* Take the parameters from a network with the same layers; they must be finite. */
cnn_status cnn_predictor_load(cnn_predictor *predictor, const cnn_net *net, cnn_error *error);

#endif
