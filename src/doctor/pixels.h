/* The pixels of a data set's images, whatever they are stored as. */
#ifndef CNN_DOCTOR_PIXELS_H
#define CNN_DOCTOR_PIXELS_H

#include "data/dataset.h"

/* Of all values of an image, or of all images: 0 black, 1 white. */
typedef struct cnn_spread {
    double min, max, mean, deviation;
} cnn_spread;

cnn_spread cnn_spread_of_image(const cnn_data *data, int64_t index);
cnn_spread cnn_spread_of_data(const cnn_data *data);
/* Whether all pixels are black, or are so near to it as values of 0..1 are that were stored as bytes. */
bool cnn_is_nearly_black(const cnn_data *data);
/* The share of an image's values that differ from their mean by more than `distance`. */
double cnn_share_away_from_mean(const cnn_data *data, int64_t index, double distance);

/* The mean of the channels of each pixel, H x W values. */
void cnn_grey_image(const cnn_data *data, int64_t index, float *grey);

/* Give a network the mean and deviation of the data's channels, as training does. */
cnn_status cnn_normalise_by(cnn_net *net, const cnn_data *data, cnn_error *error);

#endif
