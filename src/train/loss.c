#include "train/loss.h"

#include "train/score.h"

#include <math.h>

/* Target of class i: 1 - s at the label plus s / classes everywhere. The gradient is softmax - target. */
static double cross_entropy_row(const cnn_loss_input *input, const float *row, int32_t label,
                                float *gradient) {
    const double total = cnn_log_sum_exp(row, input->classes);
    const double spread = input->label_smoothing / (double)input->classes, scale = 1.0 / (double)input->count;
    double loss = 0;
    for (int64_t i = 0; i < input->classes; i++) {
        double target = spread + (i == label ? 1 - input->label_smoothing : 0);
        loss -= target * (row[i] - total);
        gradient[i] = (float)(scale * (exp(row[i] - total) - target));
    }
    return loss;
}

static double mean_squared_row(const cnn_loss_input *input, const float *row, int32_t label,
                               float *gradient) {
    const double scale = 1.0 / (double)input->classes;
    double loss = 0;
    for (int64_t i = 0; i < input->classes; i++) {
        double difference = (double)row[i] - (i == label);
        loss += scale * difference * difference;
        gradient[i] = (float)(2 * scale / (double)input->count * difference);
    }
    return loss;
}

void cnn_loss_gradient(const cnn_loss_input *input, float *gradient, double *loss_sum, int64_t *correct) {
    *loss_sum = 0;
    *correct = 0;
    for (int64_t n = 0; n < input->count; n++) {
        const float *row = input->outputs + n * input->classes;
        float *to = gradient + n * input->classes;
        *loss_sum += input->loss == CNN_MEAN_SQUARED ? mean_squared_row(input, row, input->labels[n], to)
                                                     : cross_entropy_row(input, row, input->labels[n], to);
        *correct += cnn_largest(row, input->classes) == input->labels[n];
    }
}
