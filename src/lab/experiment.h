/* What the experiments share: options, images, results so far. A file each, called by lab.c in turn. */
#ifndef CNN_LAB_EXPERIMENT_H
#define CNN_LAB_EXPERIMENT_H

#include "cnn_lab.h"
#include "graph/net.h"
#include "lab/images.h"
#include "train/run_record.h"

typedef struct cnn_experiment {
    const cnn_lab_options *options;
    cnn_lab *lab; /* results */
    cnn_lab_images images;
    const cnn_net *subject; /* the network whose layers are looked at */
    cnn_run_record record;  /* of the network's run; lab->train may point into it */
    cnn_net *cnn;           /* CNN_LAB_CNN with its parameters; owned */
    bool adopted;           /* that is the network as it came */
} cnn_experiment;

/* CNN_STOPPED if the progress function asks for it. */
cnn_status cnn_experiment_report(const cnn_experiment *experiment, const char *doing, double share,
                                 cnn_error *error);

/* With which options all networks are trained: lab->train, lab->from_run, `adopted`. */
cnn_status cnn_experiment_settle(cnn_experiment *experiment, cnn_error *error);
/* Train the networks and measure them: lab->networks, `cnn` and `subject`. */
cnn_status cnn_experiment_contest(cnn_experiment *experiment, cnn_error *error);
/* Sharing, connections and receptive fields of each layer: lab->layers is filled but for what the next two add. */
cnn_status cnn_experiment_geometry(cnn_experiment *experiment, cnn_error *error);
/* How far maps move with their images. */
cnn_status cnn_experiment_motion(cnn_experiment *experiment, cnn_error *error);
/* The patches that excite the channels of convolutions. */
cnn_status cnn_experiment_patches(cnn_experiment *experiment, cnn_error *error);

#endif
