/* A small network with every layer and options that are easy to get wrong: not square, not symmetric, not
 * default. */
#ifndef TESTS_SUPPORT_ODD_MODEL_H
#define TESTS_SUPPORT_ODD_MODEL_H

#include "graph/net.h"

/* As cnn_net_text writes it. */
extern const char odd_model_text[];

/* That network with random parameters, a normalisation and class names. Fails the running test if it cannot
 * be made. */
cnn_net *odd_model(void);

/* Fails the running test unless both have the same layers and names, and bit for bit the same parameters,
 * normalisation and class names. */
void assert_same_net(const cnn_net *a, const cnn_net *b);

#endif
