/* How far a layer's maps move when its image does. */
#ifndef CNN_LAB_MOTION_H
#define CNN_LAB_MOTION_H

#include "cnn_lab.h"
#include "ops/op.h"

/* A difference and what it is compared with, as sums of squares. */
typedef struct cnn_lab_ratio {
    double difference, whole;
} cnn_lab_ratio;

/* Of one layer. Of each axis: rows 0, columns 1. */
typedef struct cnn_lab_motion {
    cnn_shape shape;
    bool interior;            /* there is one, and its maps have a distance in pixels from value to value */
    int64_t first[2], end[2]; /* values whose receptive field lies in the image, of all channels */
    double jump[2];           /* pixels from one value to the next */
    cnn_lab_ratio change[CNN_LAB_LARGEST_SHIFT], error[CNN_LAB_LARGEST_SHIFT];
} cnn_lab_motion;

/* Everything but the ratios, which stay 0. */
cnn_status cnn_lab_motion_of(cnn_lab_motion *motion, const cnn_inspector *inspector, const char *layer,
                             const cnn_shape *shape, cnn_error *error);
/* Add an image: the layer's values of it, and those of the image shifted by `shift` pixels (1 to CNN_LAB_LARGEST_SHIFT)
 * in a direction: {down, right}, one of them 1 or -1 and the other 0. */
void cnn_lab_motion_add(cnn_lab_motion *motion, int64_t shift, const int64_t direction[2],
                        const float *before, const float *after);

#endif
