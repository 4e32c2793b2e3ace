/* Measuring a network on images of a data set: what validation and cnn_evaluate share. */
#ifndef CNN_PREDICT_MEASURE_H
#define CNN_PREDICT_MEASURE_H

#include "data/loader.h"
#include "predict/predictor.h"
#include "predict/score.h"

/* How many images are measured at once: many, but of large ones fewer, whose batch would take much memory. It depends on their size
 * alone, and so do the sums. */
int64_t cnn_measuring_batch(const cnn_net *net);

/* 0 .. count - 1, allocated. */
int64_t *cnn_all_indices(int64_t count, cnn_error *error);

/* Whether the data's images fit the network's input. */
cnn_status cnn_check_data(const cnn_net *net, const cnn_data *data, cnn_error *error);

/* A predictor and the loader that feeds it. Start as {0}. */
typedef struct cnn_measuring {
    cnn_predictor *predictor;
    cnn_loader *loader;
    int32_t *output_of; /* of each label of the data */
    bool by_name;       /* it was found by the class's name */
    int64_t outputs, classes;
    cnn_loss loss;
} cnn_measuring;

/* `loss`: not the default one. Of options the batch does not count. Fails when the data have a class that the network has not. */
cnn_status cnn_measuring_start(cnn_measuring *measuring, const cnn_net *net, const cnn_data *data,
                               cnn_loss loss, cnn_predictor_options options, cnn_error *error);
void cnn_measuring_free(cnn_measuring *measuring);

/* The images with these indices: sum of the losses, and how many are classified correctly. `confusion` (classes x
 * classes, row: the label's class in the network, column: prediction; may be NULL) is added to. */
cnn_score cnn_measure(cnn_measuring *measuring, const int64_t *indices, int64_t count, int64_t *confusion);

#endif
