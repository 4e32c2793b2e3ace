/* Losses with their gradients by the network's outputs. */
#ifndef CNN_TRAIN_LOSS_H
#define CNN_TRAIN_LOSS_H

#include "base/status.h"

/* What a teacher says of the images: then an image's loss is (1 - w) times what it is without, plus w T^2 KL(teacher ||
 * outputs), of the softmaxes of the logits divided by the temperature T. */
typedef struct cnn_lesson {
    const float *answers; /* logits, like the outputs; NULL: there is no teacher */
    double weight, temperature;
} cnn_lesson;

typedef struct cnn_loss_input {
    const float *outputs; /* count rows of `values`: logits for the cross-entropies */
    const int32_t *labels;
    /* Where images are mixed: image n has `share` of its own label and the rest of others[n]; NULL: they are not. */
    const int32_t *others;
    double share;
    const float
        *targets; /* instead of labels, `count` rows of `values`, not for the cross-entropy; else NULL */
    int64_t count, values;
    cnn_loss loss;
    double label_smoothing;     /* cross-entropies: share of the target spread evenly over all classes */
    double focal;               /* cross-entropies: the exponent of 1 - p; 0: none */
    const float *class_weights; /* of the images' losses, one for each class; NULL: all 1 */
    cnn_lesson lesson;          /* of the cross-entropy */
} cnn_loss_input;

/* Write the gradient of the mean loss over the images into `gradient`; add up the losses of the images and how many
 * are classified correctly. */
void cnn_loss_gradient(const cnn_loss_input *input, float *gradient, double *loss_sum, int64_t *correct);

#endif
