#include "doctor/pixels.h"

#include "base/memory.h"

#include <math.h>

/* One value of an image, in the order that it is stored in. */
static float value_of(const cnn_data *data, int64_t index, int64_t place) {
    return data->values ? cnn_data_values(data, index)[place]
                        : (float)cnn_data_pixels(data, index)[place] / 255;
}

cnn_spread cnn_spread_of_image(const cnn_data *data, int64_t index) {
    const int64_t count = cnn_data_image_bytes(data);
    const double first = (double)value_of(data, index, 0);
    cnn_spread spread = {.min = first, .max = first};
    double sum = 0, squares = 0; /* of the distances from the first value: exact for a constant image */
    for (int64_t i = 0; i < count; i++) {
        const double value = (double)value_of(data, index, i), distance = value - first;
        spread.min = fmin(spread.min, value);
        spread.max = fmax(spread.max, value);
        sum += distance;
        squares += distance * distance;
    }
    const double mean = sum / (double)count;
    spread.mean = first + mean;
    spread.deviation = sqrt(fmax(squares / (double)count - mean * mean, 0));
    return spread;
}

cnn_spread cnn_spread_of_data(const cnn_data *data) {
    cnn_spread all = cnn_spread_of_image(data, 0);
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < data->count; i++) {
        const cnn_spread one = cnn_spread_of_image(data, i);
        all.min = fmin(all.min, one.min);
        all.max = fmax(all.max, one.max);
        sum += one.mean;
        squares += one.mean * one.mean + one.deviation * one.deviation;
    }
    all.mean = sum / (double)data->count;
    all.deviation = sqrt(fmax(squares / (double)data->count - all.mean * all.mean, 0));
    return all;
}

bool cnn_is_nearly_black(const cnn_data *data) {
    const double darkest = 2.0 / 255;
    const cnn_spread spread = cnn_spread_of_data(data);
    return fmax(fabs(spread.max), fabs(spread.min)) <= darkest;
}

double cnn_share_away_from_mean(const cnn_data *data, int64_t index, double distance) {
    const int64_t count = cnn_data_image_bytes(data);
    const double mean = cnn_spread_of_image(data, index).mean;
    int64_t away = 0;
    for (int64_t i = 0; i < count; i++)
        away += fabs((double)value_of(data, index, i) - mean) > distance;
    return (double)away / (double)count;
}

void cnn_grey_image(const cnn_data *data, int64_t index, float *grey) {
    const int64_t pixels = data->height * data->width;
    for (int64_t i = 0; i < pixels; i++) {
        float sum = 0;
        for (int64_t c = 0; c < data->channels; c++)
            sum += value_of(data, index, i * data->channels + c);
        grey[i] = sum / (float)data->channels;
    }
}

cnn_status cnn_normalise_by(cnn_net *net, const cnn_data *data, cnn_error *error) {
    float *values = cnn_allocate(2, (size_t)data->channels * sizeof *values, "a normalisation", error);
    if (!values)
        return CNN_ERROR_MEMORY;
    cnn_data_statistics(data, values, values + data->channels);
    cnn_status status = cnn_net_set_normalisation(net, values, values + data->channels, error);
    cnn_free(values);
    return status;
}
