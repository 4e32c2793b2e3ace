/* The text form of a model: one layer per line, `#` comments, as docs/text-format.md describes. */
#ifndef CNN_GRAPH_TEXT_H
#define CNN_GRAPH_TEXT_H

#include "graph/net.h"

/* One layer of `net` as a line, without its name and without line end: "conv 64 3x3 stride 2", "add trunk".
 * Only options that differ from their defaults are written. Allocated, release with cnn_free; NULL and the
 * error when out of memory. Reads the node's op, options and inputs only. */
char *cnn_node_line(const cnn_net *net, const cnn_node *node, cnn_error *error);
/* Whether `word` may follow the names of layers on a line with a meaning of its own, so that no layer may have it as
 * its name. */
bool cnn_text_reserves(const char *word);
/* Whether two nodes are of the same kind and have the same options. */
bool cnn_same_options(const cnn_node *a, const cnn_node *b);

#endif
