/* Integers that stand for real numbers. */
#ifndef CNN_ARRAYS_QUANTIZE_H
#define CNN_ARRAYS_QUANTIZE_H

#include "arrays/array.h"

/* The least and the largest value of a type that real numbers are quantised to; false: it is none of them. */
bool cnn_quantized_limits(cnn_type type, double limits[2]);
/* A whole number as element `i`, within the limits of the array's type; not-a-number as 0. */
void cnn_store_quantized(cnn_array *array, int64_t i, double value, const double limits[2]);

static inline double cnn_limit(double value, const double limits[2]) {
    return value < limits[0] ? limits[0] : value > limits[1] ? limits[1] : value;
}

#endif
