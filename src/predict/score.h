/* The loss of outputs and how many of them are correct, without gradients; and what the losses of training share with
 * it. */
#ifndef CNN_PREDICT_SCORE_H
#define CNN_PREDICT_SCORE_H

#include <cnn.h>

/* The index of the largest of `count` >= 1 values; the first of several equal ones. */
int64_t cnn_largest(const float *values, int64_t count);
/* The class that a row of `values` outputs stands for: the largest; of a single one, 1 where its probability is above
 * one half. Cross-entropies see logits. */
int64_t cnn_predicted_class(const float *row, int64_t values, cnn_loss loss);
/* What output `i` of `values` is to become by a loss of single outputs: one-hot; a single one: the label. */
double cnn_squared_target(int32_t label, int64_t i, int64_t values);
/* log(1 + exp(x)) without overflow. */
double cnn_log_one_plus_exp(double x);
/* log(sum(exp(x / temperature))) without overflow: the largest value is taken out first. */
double cnn_log_sum_exp(const float *values, int64_t count, double temperature);

/* The loss of `count` rows of outputs against labels, and how many rows are classified correctly. The cross-entropies
 * take logits. For evaluation, without gradients. */
typedef struct cnn_score {
    double loss; /* sum over the images */
    int64_t correct;
} cnn_score;
cnn_score cnn_score_outputs(const float *outputs, const int32_t *labels, int64_t count, int64_t values,
                            cnn_loss loss);
/* The same for targets, `count` rows of `values`. Correct are images all of whose classes are found, by binary
 * cross-entropy; of numbers none counts as correct. */
cnn_score cnn_score_by_targets(const float *outputs, const float *targets, int64_t count, int64_t values,
                               cnn_loss loss);
/* Whether exactly those outputs, logits of the binary cross-entropy, are above 0 whose targets are above 1/2. */
bool cnn_targets_met(const float *row, const float *targets, int64_t values, cnn_loss loss);
/* Half the square of a difference up to 1, beyond it the difference less 1/2. */
double cnn_huber(double difference);

#endif
