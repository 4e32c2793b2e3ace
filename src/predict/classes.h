/* Class names: which output of a network a class of a data set is. Identity goes by name, never by position,
 * wherever both sides have names. The calls for it are in cnn.h: cnn_match_classes, cnn_match_outputs. */
#ifndef CNN_PREDICT_CLASSES_H
#define CNN_PREDICT_CLASSES_H

#include "graph/net.h"

/* Whether these are names, rather than "0", "1", ... in order, which a data set without names gets. */
bool cnn_are_names(char *const *names, int64_t count);
/* Whether the network has a class of each of these names. */
bool cnn_net_has_classes(const cnn_net *net, char *const *names, int64_t count);

/* CNN_ERROR_SHAPE when the data have more classes than the network outputs. */
cnn_status cnn_check_class_count(const cnn_net *net, const cnn_data *data, cnn_error *error);

#endif
