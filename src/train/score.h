/* Beside cnn_score_outputs of train/trainer.h: which output is the largest. */
#ifndef CNN_TRAIN_SCORE_H
#define CNN_TRAIN_SCORE_H

#include <stdint.h>

/* The index of the largest of `count` >= 1 values; the first of several equal ones. */
int64_t cnn_largest(const float *values, int64_t count);

#endif
