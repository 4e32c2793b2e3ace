/* Checks for configurations that cannot learn, made before the first epoch. */
#ifndef CNN_TRAIN_CHECKS_H
#define CNN_TRAIN_CHECKS_H

#include "graph/net.h"
#include "train/holdout.h"

typedef struct cnn_setup {
    const cnn_net *net;
    const cnn_data *data;
    const cnn_train_options *options; /* complete; the loss is not the default one */
    const cnn_holdout *holdout;       /* which images train */
} cnn_setup;

/* CNN_ERROR_ARGUMENT with the first mistake that makes training hopeless: what, in which layer, and what to do. */
cnn_status cnn_check_setup(const cnn_setup *setup, cnn_error *error);

#endif
