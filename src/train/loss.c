#include "train/loss.h"

#include "predict/score.h"

#include <math.h>

/* Target of class i: 1 - s at the label plus s / classes everywhere. The gradient is softmax - target. */
static double cross_entropy_row(const cnn_loss_input *input, const float *row, int32_t label,
                                float *gradient) {
    const double total = cnn_log_sum_exp(row, input->values);
    const double spread = input->label_smoothing / (double)input->values, scale = 1.0 / (double)input->count;
    double loss = 0;
    for (int64_t i = 0; i < input->values; i++) {
        double target = spread + (i == label ? 1 - input->label_smoothing : 0);
        loss -= target * (row[i] - total);
        gradient[i] = (float)(scale * (exp(row[i] - total) - target));
    }
    return loss;
}

/* One logit z with the target t of its sigmoid: log(1 + exp(z)) - t z. The gradient is sigmoid(z) - t. */
static double binary_row(const cnn_loss_input *input, const float *row, int32_t label, float *gradient) {
    const double target = (1 - input->label_smoothing) * label + input->label_smoothing / 2;
    gradient[0] = (float)((1 / (1 + exp(-(double)row[0])) - target) / (double)input->count);
    return cnn_log_one_plus_exp(row[0]) - target * row[0];
}

/* Without targets, a single output is to become the label itself. */
static double mean_squared_row(const cnn_loss_input *input, const float *row, int32_t label,
                               float *gradient) {
    const double scale = 1.0 / (double)input->values;
    const float *targets = input->targets ? input->targets + (row - input->outputs) : NULL;
    double loss = 0;
    for (int64_t i = 0; i < input->values; i++) {
        double target = targets ? (double)targets[i] : cnn_squared_target(label, i, input->values);
        double difference = (double)row[i] - target;
        loss += scale * difference * difference;
        gradient[i] = (float)(2 * scale / (double)input->count * difference);
    }
    return loss;
}

void cnn_loss_gradient(const cnn_loss_input *input, float *gradient, double *loss_sum, int64_t *correct) {
    static double (*const rows[])(const cnn_loss_input *, const float *, int32_t, float *) = {
        [CNN_LOSS_CROSS_ENTROPY] = cross_entropy_row,
        [CNN_LOSS_BINARY_CROSS_ENTROPY] = binary_row,
        [CNN_LOSS_MEAN_SQUARED] = mean_squared_row,
    };
    *loss_sum = 0;
    *correct = 0;
    for (int64_t n = 0; n < input->count; n++) {
        const float *row = input->outputs + n * input->values;
        const int32_t label = input->labels ? input->labels[n] : -1;
        *loss_sum += rows[input->loss](input, row, label, gradient + n * input->values);
        *correct += cnn_predicted_class(row, input->values, input->loss) == label;
    }
}
