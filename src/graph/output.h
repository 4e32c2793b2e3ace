/* What a network's outputs mean, in addition to cnn_net_output_kind of cnn.h: the layer that decides it. */
#ifndef CNN_GRAPH_OUTPUT_H
#define CNN_GRAPH_OUTPUT_H

#include "graph/net.h"

/* The node that determines the meaning of the outputs: the last one that changes values (unlike flatten and dropout).
 * -1: the network's input. */
int cnn_output_node(const cnn_net *net);

/* The range of an activation's outputs, worded to follow "whose outputs are": "between -1 and 1". NULL for ops with
 * unbounded outputs, as scores of classes are. */
const char *cnn_output_range(const cnn_op *op);

#endif
