/* What gradients and updates say, layer by layer: of a trial, and of each epoch while training goes on. */
#ifndef CNN_DOCTOR_LAYERS_H
#define CNN_DOCTOR_LAYERS_H

#include "cnn_doctor.h"

typedef struct cnn_layer_view {
    const cnn_layer_update *layers;
    int64_t count;
    const char *when;     /* before the place: "epoch 3, " */
    const char *measured; /* before the figures: "with fresh weights" */
    double too_large;     /* for an update */
} cnn_layer_view;

/* Whether gradients vanish or explode between some layer and another; then the finding is filled in. */
bool cnn_gradients_are_wrong(const cnn_layer_view *view, cnn_finding *finding);

/* The layer with the largest update; -1: there are no layers. */
int64_t cnn_largest_update(const cnn_layer_view *view);
/* Whether that is too large, or so small that nothing happens; then everything of the finding but its place is filled
 * in. */
bool cnn_updates_are_wrong(const cnn_layer_view *view, cnn_finding *finding);

#endif
