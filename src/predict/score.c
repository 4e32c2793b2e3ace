#include "predict/score.h"

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

int64_t cnn_predicted_class(const float *row, int64_t values, cnn_loss loss) {
    if (values > 1)
        return cnn_largest(row, values);
    return row[0] > (loss == CNN_LOSS_MEAN_SQUARED ? 0.5f : 0.0f);
}

double cnn_squared_target(int32_t label, int64_t i, int64_t values) {
    return values == 1 ? label : i == label;
}

double cnn_log_one_plus_exp(double x) {
    return (x > 0 ? x : 0) + log1p(exp(-fabs(x)));
}

static double cross_entropy(const float *logits, int32_t label, int64_t values) {
    return cnn_log_sum_exp(logits, values) - (double)logits[label];
}

static double binary_cross_entropy(const float *logit, int32_t label, int64_t values) {
    (void)values;
    return cnn_log_one_plus_exp(label ? -(double)logit[0] : (double)logit[0]);
}

static double squared_error(const float *outputs, int32_t label, int64_t values) {
    double sum = 0;
    for (int64_t i = 0; i < values; i++) {
        double difference = (double)outputs[i] - cnn_squared_target(label, i, values);
        sum += difference * difference;
    }
    return sum / (double)values;
}

cnn_score cnn_score_by_targets(const float *outputs, const float *targets, int64_t count, int64_t values) {
    cnn_score score = {0};
    for (int64_t i = 0; i < count * values; i++) {
        const double difference = (double)outputs[i] - (double)targets[i];
        score.loss += difference * difference / (double)values;
    }
    return score;
}

cnn_score cnn_score_outputs(const float *outputs, const int32_t *labels, int64_t count, int64_t values,
                            cnn_loss loss) {
    static double (*const losses[])(const float *, int32_t, int64_t) = {
        [CNN_LOSS_CROSS_ENTROPY] = cross_entropy,
        [CNN_LOSS_BINARY_CROSS_ENTROPY] = binary_cross_entropy,
        [CNN_LOSS_MEAN_SQUARED] = squared_error,
    };
    cnn_score score = {0};
    for (int64_t i = 0; i < count; i++) {
        const float *row = outputs + i * values;
        score.loss += losses[loss](row, labels[i], values);
        score.correct += cnn_predicted_class(row, values, loss) == labels[i];
    }
    return score;
}
