/* Factors of learning rate and weight decay by the names of parameters. */
#ifndef CNN_TRAIN_FACTORS_H
#define CNN_TRAIN_FACTORS_H

#include "graph/net.h"

typedef struct cnn_factors {
    const char *what; /* of messages: "rate_factors" */
    const cnn_parameter_factor *list;
    int count;
} cnn_factors;

/* Whether each is a number of at least 0 whose pattern matches a parameter of the network. */
cnn_status cnn_factors_check(const cnn_factors *factors, const cnn_net *net, cnn_error *error);
/* The product of those that match; 1 if none does. */
double cnn_factor_of(const cnn_factors *factors, const char *parameter);

#endif
