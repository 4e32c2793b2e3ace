/* What a network's layers give for images of the data: ReLUs that are never positive, one class for everything. */
#ifndef CNN_DOCTOR_ACTIVATIONS_H
#define CNN_DOCTOR_ACTIVATIONS_H

#include "doctor/check.h"

/* `images` of the data, evenly spread, go through the network. `when`: put before the places of the findings, "" or "after
 * the trial, ". */
typedef struct cnn_activation_request {
    const cnn_net *net;
    const cnn_data *data;
    int64_t images;
    int threads;
    bool relus_alone; /* the network has had too little training to tell classes apart */
    const char *when;
} cnn_activation_request;
cnn_status cnn_check_activations_of(const cnn_activation_request *request, cnn_diagnosis *diagnosis,
                                    cnn_error *error);

#endif
