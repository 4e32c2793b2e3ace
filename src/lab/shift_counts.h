/* How often a network is right about shifted images. */
#ifndef CNN_LAB_SHIFT_COUNTS_H
#define CNN_LAB_SHIFT_COUNTS_H

#include "lab/experiment.h"

/* Fill network->shifted from at most 2,000 test images, evenly spread. `doing`: for the progress function. */
cnn_status cnn_lab_count_shifted(const cnn_experiment *experiment, const cnn_net *net, const char *doing,
                                 cnn_lab_network *network, cnn_error *error);

#endif
