/* Many values at a glance. */
#include "base/status.h"
#include "cnn_inspect.h"

#include <math.h>

/* Zeros, values that are not finite, the extremes and the sum of the others. */
static double count_values(const float *values, int64_t count, cnn_value_summary *summary) {
    double sum = 0;
    summary->smallest = INFINITY;
    summary->largest = -INFINITY;
    for (int64_t i = 0; i < count; i++) {
        summary->zeros += values[i] == 0;
        if (!isfinite(values[i])) {
            summary->not_finite++;
            continue;
        }
        summary->smallest = fmin(summary->smallest, (double)values[i]);
        summary->largest = fmax(summary->largest, (double)values[i]);
        sum += (double)values[i];
    }
    return sum;
}

cnn_status cnn_summarise(const float *values, int64_t count, cnn_value_summary *summary, cnn_error *error) {
    cnn_status status = cnn_required(error, summary);
    if (status == CNN_OK && count > 0)
        status = cnn_required(error, values);
    if (status != CNN_OK)
        return status;
    *summary = (cnn_value_summary){.count = count > 0 ? count : 0};
    const double sum = count_values(values, count, summary);
    const int64_t finite = summary->count - summary->not_finite;
    if (finite == 0) {
        summary->smallest = summary->largest = 0;
        return CNN_OK;
    }
    summary->mean = sum / (double)finite;
    double squares = 0;
    for (int64_t i = 0; i < count; i++)
        if (isfinite(values[i]))
            squares += ((double)values[i] - summary->mean) * ((double)values[i] - summary->mean);
    summary->deviation = sqrt(squares / (double)finite);
    return CNN_OK;
}
