/* A short training from fresh weights, watched layer by layer. */
#ifndef CNN_DOCTOR_TRIAL_H
#define CNN_DOCTOR_TRIAL_H

#include "doctor/check.h"
#include "graph/net.h"

/* Iterations: the learning rate rises over the first half of them and stays at its full value in the second. The mean
 * loss is that of the last ones. */
enum { CNN_TRIAL_ITERATIONS = 60, CNN_TRIAL_LAST = 10 };

/* Start as {0}; release with cnn_trial_free. */
typedef struct cnn_trial {
    cnn_net *net;                 /* with the weights of the end */
    cnn_layer_update *layers;     /* the gradient of the first iteration, the largest update of all */
    int64_t *at;                  /* in which iteration, from 1, that was */
    int64_t layer_count;          /* of both */
    double first_loss, last_loss; /* of the first iteration; mean of the last ones */
    int64_t iterations;           /* made; fewer than CNN_TRIAL_ITERATIONS: then it diverged */
    int64_t bad_node;             /* the first whose output was not finite then; -1: none */
    double bad_loss;              /* the loss then */
} cnn_trial;

cnn_status cnn_trial_run(cnn_trial *trial, const cnn_patient *patient, cnn_error *error);
void cnn_trial_free(cnn_trial *trial);

#endif
