/* How far the probabilities of answers are from the share of them that is right. */
#include "cnn_report.h"

#include "base/status.h"

#include <inttypes.h>
#include <math.h>

static int bin_of(double probability) {
    const int bin = (int)ceil(probability * CNN_CALIBRATION_BINS) - 1;
    return bin < 0 ? 0 : bin;
}

/* Sums become means. */
static void finish_bin(cnn_calibration *c, cnn_calibration_bin *bin, int64_t count) {
    bin->confidence = bin->images ? bin->confidence / (double)bin->images : NAN;
    bin->accuracy = bin->images ? bin->accuracy / (double)bin->images : NAN;
    if (!bin->images)
        return;
    const double error = fabs(bin->accuracy - bin->confidence);
    c->expected_error += error * (double)bin->images / (double)count;
    c->largest_error = fmax(c->largest_error, error);
}

cnn_status cnn_calibrate(const cnn_answer *answers, int64_t count, cnn_calibration *calibration,
                         cnn_error *error) {
    cnn_status status = cnn_required(error, answers, calibration);
    if (status != CNN_OK)
        return status;
    if (count < 1)
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "there are no answers to calibrate by");
    cnn_calibration c = {0};
    for (int64_t i = 0; i < count; i++) {
        const double probability = (double)answers[i].probability;
        if (!(probability >= 0 && probability <= 1))
            return cnn_fail(error, CNN_ERROR_ARGUMENT,
                            "%g, the probability of answer %" PRId64 ", is not within 0..1", probability, i);
        cnn_calibration_bin *bin = &c.bins[bin_of(probability)];
        const bool right = answers[i].predicted == answers[i].label;
        bin->images++;
        bin->confidence += probability;
        bin->accuracy += right;
        c.confidence += probability / (double)count;
        c.accuracy += (double)right / (double)count;
    }
    for (int k = 0; k < CNN_CALIBRATION_BINS; k++)
        finish_bin(&c, &c.bins[k], count);
    *calibration = c;
    return CNN_OK;
}
