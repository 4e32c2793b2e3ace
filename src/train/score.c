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

/* log(sum(exp(x))) - x[label], without overflow: the largest logit is taken out first. */
static double cross_entropy_of_logits(const float *logits, int32_t label, int64_t classes) {
    double largest = logits[cnn_largest(logits, classes)], sum = 0;
    for (int64_t i = 0; i < classes; i++)
        sum += exp((double)logits[i] - largest);
    return log(sum) + largest - (double)logits[label];
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
