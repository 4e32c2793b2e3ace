#include "doctor/temper.h"

#include <math.h>

static const double SMALLEST = 1e-30; /* of a probability: its logarithm is finite */
static const double HOTTEST = 20;
enum { HALVINGS = 30 };

static double logarithm(float probability) {
    return log(fmax((double)probability, SMALLEST));
}

/* p^sharpness of one class, by that of the largest, so that nothing overflows. */
static double weight(float probability, float largest, double sharpness) {
    return exp(sharpness * (logarithm(probability) - logarithm(largest)));
}

static float largest_of(const float *row, int64_t classes) {
    float largest = row[0];
    for (int64_t k = 1; k < classes; k++)
        largest = row[k] > largest ? row[k] : largest;
    return largest;
}

/* By how much the loss of one image rises with the sharpness, which is 1 / temperature: the mean of the logarithms, weighted
 * by the sharpened probabilities, without that of the label. */
static double slope_of(const float *row, int32_t label, int64_t classes, double sharpness) {
    const float largest = largest_of(row, classes);
    double sum = 0, weights = 0;
    for (int64_t k = 0; k < classes; k++) {
        const double share = weight(row[k], largest, sharpness);
        sum += share * logarithm(row[k]);
        weights += share;
    }
    return sum / weights - logarithm(row[label]);
}

static double slope(const float *probabilities, const int32_t *labels, int64_t count, int64_t classes,
                    double sharpness) {
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += slope_of(probabilities + i * classes, labels[i], classes, sharpness);
    return sum;
}

/* The loss is convex in the sharpness: it is smallest where its slope is 0. */
static double best_sharpness(const float *probabilities, const int32_t *labels, int64_t count,
                             int64_t classes) {
    double low = 1 / HOTTEST, high = 1;
    if (slope(probabilities, labels, count, classes, high) <= 0)
        return high;
    for (int i = 0; i < HALVINGS; i++) {
        const double middle = (low + high) / 2;
        if (slope(probabilities, labels, count, classes, middle) > 0)
            high = middle;
        else
            low = middle;
    }
    return (low + high) / 2;
}

static void sharpen(float *row, int64_t classes, double sharpness) {
    const float largest = largest_of(row, classes);
    double sum = 0;
    for (int64_t k = 0; k < classes; k++)
        sum += weight(row[k], largest, sharpness);
    for (int64_t k = 0; k < classes; k++)
        row[k] = (float)(weight(row[k], largest, sharpness) / sum);
}

double cnn_temper(float *probabilities, const int32_t *labels, int64_t count, int64_t classes) {
    const double sharpness = best_sharpness(probabilities, labels, count, classes);
    for (int64_t i = 0; sharpness < 1 && i < count; i++)
        sharpen(probabilities + i * classes, classes, sharpness);
    return 1 / sharpness;
}
