#include "train/loss.h"

#include "predict/score.h"

#include <math.h>

/* What an image is: a label, and where images are mixed another one with the rest of the share. */
typedef struct truth {
    int32_t label, other;
    double share;
} truth;

static truth truth_of(const cnn_loss_input *input, int64_t n) {
    const int32_t label = input->labels ? input->labels[n] : -1;
    return input->others ? (truth){label, input->others[n], input->share} : (truth){label, label, 1};
}

/* How much of the image is of class i. */
static double share_of(truth t, int64_t i) {
    return (i == t.label ? t.share : 0) + (i == t.other ? 1 - t.share : 0);
}

/* Target of class i: 1 - s at the label plus s / classes everywhere. The gradient is softmax - target. */
static double cross_entropy_row(const cnn_loss_input *input, const float *row, truth t, float *gradient) {
    const double total = cnn_log_sum_exp(row, input->values);
    const double spread = input->label_smoothing / (double)input->values, scale = 1.0 / (double)input->count;
    double loss = 0;
    for (int64_t i = 0; i < input->values; i++) {
        double target = spread + (1 - input->label_smoothing) * share_of(t, i);
        loss -= target * (row[i] - total);
        gradient[i] = (float)(scale * (exp(row[i] - total) - target));
    }
    return loss;
}

/* One logit z with the target y of its sigmoid: log(1 + exp(z)) - y z. The gradient is sigmoid(z) - y. */
static double binary_row(const cnn_loss_input *input, const float *row, truth t, float *gradient) {
    const double target = (1 - input->label_smoothing) * share_of(t, 1) + input->label_smoothing / 2;
    gradient[0] = (float)((1 / (1 + exp(-(double)row[0])) - target) / (double)input->count);
    return cnn_log_one_plus_exp(row[0]) - target * row[0];
}

/* Of mixed images between those of both labels. */
static double squared_target(truth t, int64_t i, int64_t values) {
    return t.share * cnn_squared_target(t.label, i, values) +
           (1 - t.share) * cnn_squared_target(t.other, i, values);
}

/* Without targets, a single output is to become the label itself. */
static double mean_squared_row(const cnn_loss_input *input, const float *row, truth t, float *gradient) {
    const double scale = 1.0 / (double)input->values;
    const float *targets = input->targets ? input->targets + (row - input->outputs) : NULL;
    double loss = 0;
    for (int64_t i = 0; i < input->values; i++) {
        double target = targets ? (double)targets[i] : squared_target(t, i, input->values);
        double difference = (double)row[i] - target;
        loss += scale * difference * difference;
        gradient[i] = (float)(2 * scale / (double)input->count * difference);
    }
    return loss;
}

void cnn_loss_gradient(const cnn_loss_input *input, float *gradient, double *loss_sum, int64_t *correct) {
    static double (*const rows[])(const cnn_loss_input *, const float *, truth, float *) = {
        [CNN_LOSS_CROSS_ENTROPY] = cross_entropy_row,
        [CNN_LOSS_BINARY_CROSS_ENTROPY] = binary_row,
        [CNN_LOSS_MEAN_SQUARED] = mean_squared_row,
    };
    *loss_sum = 0;
    *correct = 0;
    for (int64_t n = 0; n < input->count; n++) {
        const float *row = input->outputs + n * input->values;
        const truth t = truth_of(input, n);
        *loss_sum += rows[input->loss](input, row, t, gradient + n * input->values);
        *correct +=
            cnn_predicted_class(row, input->values, input->loss) == (t.share < 0.5 ? t.other : t.label);
    }
}
