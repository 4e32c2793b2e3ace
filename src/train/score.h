/* Beside cnn_score_outputs of train/trainer.h: what losses and scores share. */
#ifndef CNN_TRAIN_SCORE_H
#define CNN_TRAIN_SCORE_H

#include <stdint.h>

/* The index of the largest of `count` >= 1 values; the first of several equal ones. */
int64_t cnn_largest(const float *values, int64_t count);
/* log(sum(exp(x))) without overflow: the largest value is taken out first. */
double cnn_log_sum_exp(const float *values, int64_t count);

#endif
