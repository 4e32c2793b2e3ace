/* Class names: which output of a network a class of a data set is. Identity goes by name, never by position,
 * wherever both sides have names. The calls for it are in cnn.h: cnn_match_classes, cnn_match_outputs. */
#ifndef CNN_TRAIN_CLASSES_H
#define CNN_TRAIN_CLASSES_H

#include "graph/net.h"

/* Whether these are names, rather than "0", "1", ... in order, which a data set without names gets. */
bool cnn_are_names(char *const *names, int64_t count);

/* What a training that begins does with the names of the data's classes: it finds the output of each (`output_of`, one
 * for each class of the data) and names the network's outputs. A network that keeps its parameters keeps its names,
 * too, and has its outputs found as cnn_match_classes does; any other one takes the classes in their order. Outputs
 * beyond the data's classes are named by their number. */
cnn_status cnn_adopt_classes(cnn_net *net, const cnn_data *data, bool keep_parameters, int32_t *output_of,
                             cnn_error *error);

/* CNN_ERROR_SHAPE when the data have more classes than the network outputs. */
cnn_status cnn_check_class_count(const cnn_net *net, const cnn_data *data, cnn_error *error);

#endif
