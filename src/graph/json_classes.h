/* Class names as the JSON array of strings that model files carry. */
#ifndef CNN_GRAPH_JSON_CLASSES_H
#define CNN_GRAPH_JSON_CLASSES_H

#include "graph/net.h"

/* *text is allocated, release with cnn_free. */
cnn_status cnn_json_classes(const cnn_net *net, char **text, cnn_error *error);
/* Fails when the text is no array of as many strings as the network has outputs. */
cnn_status cnn_json_set_classes(cnn_net *net, const char *text, cnn_error *error);

#endif
