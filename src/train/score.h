/* Beside cnn_score_outputs of train/trainer.h: what losses and scores share. */
#ifndef CNN_TRAIN_SCORE_H
#define CNN_TRAIN_SCORE_H

#include <cnn.h>

/* The index of the largest of `count` >= 1 values; the first of several equal ones. */
int64_t cnn_largest(const float *values, int64_t count);
/* The class that a row of `values` outputs stands for: the largest; of a single one, 1 where its probability is above
 * one half. Cross-entropies see logits. */
int64_t cnn_predicted_class(const float *row, int64_t values, cnn_loss loss);
/* What output `i` of `values` is to become by the squared error: one-hot; a single one: the label. */
double cnn_squared_target(int32_t label, int64_t i, int64_t values);
/* log(1 + exp(x)) without overflow. */
double cnn_log_one_plus_exp(double x);
/* log(sum(exp(x))) without overflow: the largest value is taken out first. */
double cnn_log_sum_exp(const float *values, int64_t count);

#endif
