/* Probabilities that are as sure as they are right. */
#ifndef CNN_DOCTOR_TEMPER_H
#define CNN_DOCTOR_TEMPER_H

#include <stdint.h>

/* Networks that have seen few images are surer than they are right. Divide the logarithms of all probabilities by one
 * temperature, 1 or more, chosen so that the labels are as probable as can be, and let each image's sum to 1 again. The largest
 * of an image stays the largest. (Guo et al., "On Calibration of Modern Neural Networks", 2017) Returns the temperature.
 * probabilities: count x classes. */
double cnn_temper(float *probabilities, const int32_t *labels, int64_t count, int64_t classes);

#endif
