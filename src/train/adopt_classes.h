/* The class names that a training begins with. */
#ifndef CNN_TRAIN_ADOPT_CLASSES_H
#define CNN_TRAIN_ADOPT_CLASSES_H

#include "graph/net.h"

/* What a training that begins does with the names of the data's classes: it finds the output of each (`output_of`, one
 * for each class of the data) and names the network's outputs. A network that keeps its parameters keeps its names,
 * too, and has its outputs found as cnn_match_classes does; any other one takes the classes in their order. Outputs
 * beyond the data's classes are named by their number. */
cnn_status cnn_adopt_classes(cnn_net *net, const cnn_data *data, bool keep_parameters, int32_t *output_of,
                             cnn_error *error);

#endif
