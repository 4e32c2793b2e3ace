/* What a network's outputs mean, beside cnn_net_output_kind of cnn.h: the layer that decides it. */
#ifndef CNN_GRAPH_OUTPUT_H
#define CNN_GRAPH_OUTPUT_H

#include "graph/net.h"

/* The node that gives the outputs their meaning: the last one, or the one before those that leave values as they are
 * (flatten, dropout). -1: the network's input. */
int cnn_output_node(const cnn_net *net);

/* Where the values of an activation lie, to be read behind "whose outputs are": "between -1 and 1". NULL for ops that
 * give numbers of any size and sign, as scores of classes are. */
const char *cnn_output_range(const cnn_op *op);

#endif
