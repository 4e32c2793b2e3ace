/* The dense network that a convolutional one is compared with. */
#ifndef CNN_LAB_OPPONENT_H
#define CNN_LAB_OPPONENT_H

#include "graph/net.h"

/* Flatten, a dense layer with ReLU, and one for the outputs, as many units as come nearest to the parameters of `net`
 * (at least 1). Input, outputs and what they mean, normalisation and preprocessing are those of `net`. */
cnn_status cnn_lab_opponent(cnn_net **opponent, const cnn_net *net, cnn_error *error);

#endif
