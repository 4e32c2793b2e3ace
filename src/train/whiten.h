/* Weights that follow from the images: CNN_INIT_WHITEN. */
#ifndef CNN_TRAIN_WHITEN_H
#define CNN_TRAIN_WHITEN_H

#include "graph/net.h"

/* Set the weights of every layer that asks for CNN_INIT_WHITEN, by the `count` images with these indices, which are
 * normalised as the network normalises them. CNN_ERROR_ARGUMENT: a layer for which that has no meaning. */
cnn_status cnn_whiten(cnn_net *net, const cnn_data *data, const int64_t *indices, int64_t count,
                      cnn_error *error);

#endif
