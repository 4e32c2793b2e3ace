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

/* Target of class i: 1 - s at the label plus s / classes everywhere. */
static double target_of(const cnn_loss_input *input, truth t, int64_t i, int64_t classes) {
    return input->label_smoothing / (double)classes + (1 - input->label_smoothing) * share_of(t, i);
}

/* A class's part of the focal loss, -q (1 - p)^gamma log p, and p times its derivative by the class's own p. Without gamma
 * these are those of the cross-entropy. */
typedef struct focal_term {
    double loss, slope;
} focal_term;

static focal_term focal_term_of(double gamma, double target, double log_p) {
    const double p = exp(log_p), rest = -expm1(log_p), weight = gamma > 0 ? pow(rest, gamma) : 1;
    const double log_by_rest = rest > 0 ? log_p / rest : -1; /* its limit */
    return (focal_term){.loss = -target * weight * log_p,
                        .slope = target * weight * (gamma * p * log_by_rest - 1)};
}

/* The gradient is softmax - target, or with the slopes g of the focal loss g - softmax * sum(g). */
static double focal_row(const cnn_loss_input *input, const float *row, truth t, float *gradient) {
    const double total = cnn_log_sum_exp(row, input->values, 1);
    double loss = 0, sum = 0;
    for (int64_t i = 0; i < input->values; i++) {
        const focal_term term =
            focal_term_of(input->focal, target_of(input, t, i, input->values), row[i] - total);
        loss += term.loss;
        sum += term.slope;
    }
    for (int64_t i = 0; i < input->values; i++) {
        const focal_term term =
            focal_term_of(input->focal, target_of(input, t, i, input->values), row[i] - total);
        gradient[i] = (float)((term.slope - exp(row[i] - total) * sum) / (double)input->count);
    }
    return loss;
}

/* The gradient is softmax - target. */
static double cross_entropy_row(const cnn_loss_input *input, const float *row, truth t, float *gradient) {
    if (input->focal > 0)
        return focal_row(input, row, t, gradient);
    const double total = cnn_log_sum_exp(row, input->values, 1), scale = 1.0 / (double)input->count;
    double loss = 0;
    for (int64_t i = 0; i < input->values; i++) {
        const double target = target_of(input, t, i, input->values);
        loss -= target * (row[i] - total);
        gradient[i] = (float)(scale * (exp(row[i] - total) - target));
    }
    return loss;
}

/* Of the two classes of one logit z, whose probabilities are sigmoid(-z) and sigmoid(z). */
static double focal_binary(double gamma, double z, double target, double *slope) {
    const focal_term first = focal_term_of(gamma, 1 - target, -cnn_log_one_plus_exp(z)),
                     second = focal_term_of(gamma, target, -cnn_log_one_plus_exp(-z));
    *slope = second.slope - (first.slope + second.slope) / (1 + exp(-z));
    return first.loss + second.loss;
}

/* One logit z with the target y of its sigmoid: log(1 + exp(z)) - y z. The slope is sigmoid(z) - y. */
static double binary(double z, double target, double *slope) {
    *slope = 1 / (1 + exp(-z)) - target;
    return cnn_log_one_plus_exp(z) - target * z;
}

static double squared(double output, double target, double *slope) {
    const double difference = output - target;
    *slope = 2 * difference;
    return difference * difference;
}

static double huber(double output, double target, double *slope) {
    const double difference = output - target;
    *slope = fmax(-1, fmin(1, difference));
    return cnn_huber(difference);
}

/* What output i is to become: the data's target, else by the label; of mixed images between those of both labels. */
static double output_target(const cnn_loss_input *input, const float *targets, truth t, int64_t i) {
    if (targets)
        return (double)targets[i];
    return t.share * cnn_squared_target(t.label, i, input->values) +
           (1 - t.share) * cnn_squared_target(t.other, i, input->values);
}

static double output_loss(const cnn_loss_input *input, double output, double target, double *slope) {
    if (input->loss == CNN_LOSS_MEAN_SQUARED)
        return squared(output, target, slope);
    if (input->loss == CNN_LOSS_HUBER)
        return huber(output, target, slope);
    const double smoothed = (1 - input->label_smoothing) * target + input->label_smoothing / 2;
    return input->focal > 0 ? focal_binary(input->focal, output, smoothed, slope)
                            : binary(output, smoothed, slope);
}

/* A loss of each output by itself: their mean. */
static double separate_row(const cnn_loss_input *input, const float *row, truth t, float *gradient) {
    const double scale = 1.0 / (double)input->values;
    const float *targets = input->targets ? input->targets + (row - input->outputs) : NULL;
    double loss = 0, slope;
    for (int64_t i = 0; i < input->values; i++) {
        loss += scale * output_loss(input, (double)row[i], output_target(input, targets, t, i), &slope);
        gradient[i] = (float)(scale * slope / (double)input->count);
    }
    return loss;
}

/* Of a mixed image between those of both classes. */
static double weight_of(const cnn_loss_input *input, truth t) {
    return t.share * (double)input->class_weights[t.label] +
           (1 - t.share) * (double)input->class_weights[t.other];
}

/* The loss of image n by what it is, and its part of the gradient. */
static double image_loss(const cnn_loss_input *input, int64_t n, truth t, float *gradient) {
    const float *row = input->outputs + n * input->values;
    const double loss = input->loss == CNN_LOSS_CROSS_ENTROPY ? cross_entropy_row(input, row, t, gradient)
                                                              : separate_row(input, row, t, gradient);
    if (!input->class_weights)
        return loss;
    const double weight = weight_of(input, t);
    for (int64_t i = 0; i < input->values; i++)
        gradient[i] = (float)(weight * (double)gradient[i]);
    return weight * loss;
}

/* Blend the loss of image n by what it is, and its gradient, with the divergence from the teacher. Of T^2 KL(p || q), q =
 * softmax(z / T), the gradient by z is T (q - p). */
static double distil(const cnn_loss_input *input, int64_t n, double loss, float *gradient) {
    const float *row = input->outputs + n * input->values, *wise = input->lesson.answers + n * input->values;
    const double t = input->lesson.temperature, share = input->lesson.weight,
                 total = cnn_log_sum_exp(row, input->values, t),
                 wise_total = cnn_log_sum_exp(wise, input->values, t);
    double divergence = 0;
    for (int64_t i = 0; i < input->values; i++) {
        const double log_q = (double)row[i] / t - total, log_p = (double)wise[i] / t - wise_total,
                     p = exp(log_p), slope = t * (exp(log_q) - p) / (double)input->count;
        divergence += p * (log_p - log_q);
        gradient[i] = (float)((1 - share) * (double)gradient[i] + share * slope);
    }
    return (1 - share) * loss + share * t * t * divergence;
}

static bool is_correct(const cnn_loss_input *input, int64_t n, truth t) {
    const float *row = input->outputs + n * input->values;
    if (input->targets)
        return cnn_targets_met(row, input->targets + n * input->values, input->values, input->loss);
    return cnn_predicted_class(row, input->values, input->loss) == (t.share < 0.5 ? t.other : t.label);
}

void cnn_loss_gradient(const cnn_loss_input *input, float *gradient, double *loss_sum, int64_t *correct) {
    *loss_sum = 0;
    *correct = 0;
    for (int64_t n = 0; n < input->count; n++) {
        const truth t = truth_of(input, n);
        float *row = gradient + n * input->values;
        const double loss = image_loss(input, n, t, row);
        *loss_sum += input->lesson.answers ? distil(input, n, loss, row) : loss;
        *correct += is_correct(input, n, t);
    }
}
