/* The text form of a model: one layer a line, `#` comments, as docs/text-format.md describes. */
#ifndef CNN_GRAPH_TEXT_H
#define CNN_GRAPH_TEXT_H

#include "graph/net.h"

/* One layer as a line, without its name and without line end: "conv 64 3x3 stride 2". Only options that
 * differ from their defaults are written. Allocated, release with cnn_free; NULL and the error when out of
 * memory. Reads node->op and node->options only. */
char *cnn_node_line(const cnn_node *node, cnn_error *error);

#endif
