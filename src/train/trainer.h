/* What the training loop and evaluation use beside the public calls: batches as the loader makes them, and
 * the optimizer's state for checkpoints. */
#ifndef CNN_TRAIN_TRAINER_H
#define CNN_TRAIN_TRAINER_H

#include "plan/plan.h"

/* Like cnn_trainer_gradients; images N,H,W,C normalised already. */
cnn_status cnn_trainer_gradients_prepared(cnn_trainer *trainer, const float *images, const int32_t *labels,
                                          const float *targets, int64_t count, double *loss, int64_t *correct,
                                          cnn_error *error);
cnn_plan *cnn_trainer_plan(const cnn_trainer *trainer);
cnn_plan *cnn_predictor_plan(const cnn_predictor *predictor);
/* Take the parameters from a network with the same layers. */
cnn_status cnn_trainer_load(cnn_trainer *trainer, const cnn_net *net, cnn_error *error);

/* The optimizer's state: `cnn_trainer_states` arrays (SGD without momentum 0, with 1, Adam 2), each of the
 * network's value_count values in its logical order, and the number of updates made. */
int cnn_trainer_states(const cnn_trainer *trainer);
void cnn_trainer_get_state(const cnn_trainer *trainer, int state, float *values);
void cnn_trainer_set_state(cnn_trainer *trainer, int state, const float *values);
int64_t cnn_trainer_updates(const cnn_trainer *trainer);
void cnn_trainer_set_updates(cnn_trainer *trainer, int64_t updates);

/* Like cnn_predictor_new; the outputs are logits where a softmax, or a single sigmoid, ends the network. */
cnn_status cnn_predictor_new_of_logits(cnn_predictor **predictor, const cnn_net *net,
                                       const cnn_predictor_options *options, cnn_error *error);
/* Like cnn_predictor_run; images N,H,W,C normalised already, count at most the predictor's batch. */
const float *cnn_predictor_run_prepared(cnn_predictor *predictor, const float *images, int64_t count);
/* Take the parameters from a network with the same layers. */
cnn_status cnn_predictor_load(cnn_predictor *predictor, const cnn_net *net, cnn_error *error);

/* The loss of `count` rows of outputs against labels, and how many rows are classified rightly. The cross-entropies
 * take logits. For evaluation, where no gradient is wanted. */
typedef struct cnn_score {
    double loss; /* sum over the images */
    int64_t correct;
} cnn_score;
cnn_score cnn_score_outputs(const float *outputs, const int32_t *labels, int64_t count, int64_t values,
                            cnn_loss loss);
/* The same of targets that are numbers, `count` rows of `values`: mean squared errors, and nothing is right. */
cnn_score cnn_score_by_targets(const float *outputs, const float *targets, int64_t count, int64_t values);

#endif
