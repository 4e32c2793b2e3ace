/* How fast training goes, and how long the rest will take. */
#ifndef CNN_TRAIN_PACE_H
#define CNN_TRAIN_PACE_H

#include <stdint.h>

/* Seconds spent on a number of images. */
typedef struct cnn_work {
    double seconds;
    int64_t images;
} cnn_work;

/* Since training started or was resumed. */
typedef struct cnn_pace {
    cnn_work training, validation;
} cnn_pace;

void cnn_work_add(cnn_work *work, double seconds, int64_t images);
/* Training images a second; 0 before the first. */
double cnn_pace_rate(const cnn_pace *pace);
/* Seconds for so many images more. Before the first validation an image of it counts a third of one in
 * training, which goes backward too. */
double cnn_pace_left(const cnn_pace *pace, double training_images, double validation_images);

#endif
