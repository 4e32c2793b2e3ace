#include "predict/score.h"

#include "predict/loss_choice.h"

#include <math.h>

int64_t cnn_largest(const float *values, int64_t count) {
    int64_t largest = 0;
    for (int64_t i = 1; i < count; i++)
        if (values[i] > values[largest])
            largest = i;
    return largest;
}

double cnn_log_sum_exp(const float *values, int64_t count, double temperature) {
    double largest = values[cnn_largest(values, count)], sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += exp(((double)values[i] - largest) / temperature);
    return largest / temperature + log(sum);
}

int64_t cnn_predicted_class(const float *row, int64_t values, cnn_loss loss) {
    if (values > 1)
        return cnn_largest(row, values);
    return row[0] > (cnn_loss_of_logits(loss) ? 0.0f : 0.5f);
}

double cnn_squared_target(int32_t label, int64_t i, int64_t values) {
    return values == 1 ? label : i == label;
}

double cnn_log_one_plus_exp(double x) {
    return (x > 0 ? x : 0) + log1p(exp(-fabs(x)));
}

static double cross_entropy(const float *logits, int32_t label, int64_t values) {
    return cnn_log_sum_exp(logits, values, 1) - (double)logits[label];
}

double cnn_huber(double difference) {
    const double size = fabs(difference);
    return size <= 1 ? difference * difference / 2 : size - 0.5;
}

/* Of one output with what it is to become. */
static double term(double output, double target, cnn_loss loss) {
    if (loss == CNN_LOSS_BINARY_CROSS_ENTROPY) /* of a logit; targets of 0 and 1 lose nothing to infinity */
        return (target > 0 ? target * cnn_log_one_plus_exp(-output) : 0) +
               (target < 1 ? (1 - target) * cnn_log_one_plus_exp(output) : 0);
    return loss == CNN_LOSS_HUBER ? cnn_huber(output - target) : (output - target) * (output - target);
}

/* Mean over the outputs. */
static double mean_term(const float *outputs, int32_t label, int64_t values, cnn_loss loss) {
    double sum = 0;
    for (int64_t i = 0; i < values; i++)
        sum += term((double)outputs[i], cnn_squared_target(label, i, values), loss);
    return sum / (double)values;
}

bool cnn_targets_met(const float *row, const float *targets, int64_t values, cnn_loss loss) {
    for (int64_t i = 0; i < values; i++)
        if ((row[i] > 0) != (targets[i] > 0.5f))
            return false;
    return loss == CNN_LOSS_BINARY_CROSS_ENTROPY;
}

cnn_score cnn_score_by_targets(const float *outputs, const float *targets, int64_t count, int64_t values,
                               cnn_loss loss) {
    cnn_score score = {0};
    for (int64_t i = 0; i < count * values; i++)
        score.loss += term((double)outputs[i], (double)targets[i], loss) / (double)values;
    for (int64_t i = 0; i < count; i++)
        score.correct += cnn_targets_met(outputs + i * values, targets + i * values, values, loss);
    return score;
}

cnn_score cnn_score_outputs(const float *outputs, const int32_t *labels, int64_t count, int64_t values,
                            cnn_loss loss) {
    cnn_score score = {0};
    for (int64_t i = 0; i < count; i++) {
        const float *row = outputs + i * values;
        score.loss += loss == CNN_LOSS_CROSS_ENTROPY ? cross_entropy(row, labels[i], values)
                                                     : mean_term(row, labels[i], values, loss);
        score.correct += cnn_predicted_class(row, values, loss) == labels[i];
    }
    return score;
}
