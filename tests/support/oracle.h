/* A network carried out in double precision by straightforward loops over N,C,H,W: the oracle for the
 * library's forward pass, and by central differences for its gradients. Shares no arithmetic with the
 * library. */
#ifndef TESTS_SUPPORT_ORACLE_H
#define TESTS_SUPPORT_ORACLE_H

#include "graph/net.h"

enum { ORACLE_MOST_NODES = 40 };

typedef struct oracle {
    const cnn_net *net;
    int64_t batch;
    double *input;                    /* N,C,H,W, normalised */
    double *parameters;               /* as net->values */
    double *value[ORACLE_MOST_NODES]; /* each node's output for the whole batch */
    bool training;                    /* batch normalisation takes the batch's own statistics */
    double *mask[ORACLE_MOST_NODES];  /* what a dropout node multiplies with; NULL: 1. Owned */
} oracle;

/* Takes the parameters from `net`, which must outlive it; images N,C,H,W in 0..1. */
oracle oracle_new(const cnn_net *net, const float *images, int64_t batch);
void oracle_free(oracle *exact);

/* Compute nodes `first` .. last from the parameters; those before it are up to date. Returns the last node's
 * values, a row for each image. */
const double *oracle_run(oracle *exact, int64_t first);
/* Mean loss of the last run. */
double oracle_loss(const oracle *exact, const int32_t *labels, const cnn_update_options *update);
/* The derivative of the loss by parameter value `index`, by central differences. */
double oracle_derivative(oracle *exact, int64_t index, int64_t node, const int32_t *labels,
                         const cnn_update_options *update);

#endif
