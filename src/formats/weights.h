/* Parameters in safetensors files, by name. cnn_net_load_weights and cnn_net_save of cnn.h use these. */
#ifndef CNN_FORMATS_WEIGHTS_H
#define CNN_FORMATS_WEIGHTS_H

#include "graph/net.h"

/* A network out of a safetensors file that this library wrote: weights or a checkpoint, whose metadata have the
 * network in the text format. */
cnn_status cnn_weights_open(cnn_net **net, const char *path, cnn_error *error);
/* All parameters, with the network as text, its normalisation and its class names as metadata. */
cnn_status cnn_weights_write(const cnn_net *net, const char *path, cnn_error *error);

#endif
