#include "train/score.h"

#include "train/trainer.h"

#include <float.h>
#include <math.h>

int64_t cnn_largest(const float *values, int64_t count) {
    int64_t largest = 0;
    for (int64_t i = 1; i < count; i++)
        if (values[i] > values[largest])
            largest = i;
    return largest;
}

double cnn_log_sum_exp(const float *values, int64_t count) {
    double largest = values[cnn_largest(values, count)], sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += exp((double)values[i] - largest);
    return largest + log(sum);
}

static double cross_entropy_of_logits(const float *logits, int32_t label, int64_t classes) {
    return cnn_log_sum_exp(logits, classes) - (double)logits[label];
}

/* A probability that was rounded to zero counts as the least positive number; NaN stays NaN. */
static double cross_entropy_of_probabilities(const float *probabilities, int32_t label, int64_t classes) {
    (void)classes;
    float probability = probabilities[label];
    return -log((double)(probability < FLT_MIN ? FLT_MIN : probability));
}

static double squared_error(const float *outputs, int32_t label, int64_t classes) {
    double sum = 0;
    for (int64_t i = 0; i < classes; i++) {
        double difference = (double)outputs[i] - (i == label);
        sum += difference * difference;
    }
    return sum / (double)classes;
}

cnn_score cnn_score_outputs(const float *outputs, const int32_t *labels, int64_t count, int64_t classes,
                            cnn_loss loss, bool probabilities) {
    double (*loss_of)(const float *, int32_t, int64_t) = loss == CNN_MEAN_SQUARED ? squared_error
                                                         : probabilities ? cross_entropy_of_probabilities
                                                                         : cross_entropy_of_logits;
    cnn_score score = {0};
    for (int64_t i = 0; i < count; i++) {
        const float *row = outputs + i * classes;
        score.loss += loss_of(row, labels[i], classes);
        score.correct += cnn_largest(row, classes) == labels[i];
    }
    return score;
}
