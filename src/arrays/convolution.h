/* Convolutions of integers, for those that are quantised. */
#ifndef CNN_ARRAYS_CONVOLUTION_H
#define CNN_ARRAYS_CONVOLUTION_H

#include "arrays/call.h"

/* What Conv makes of the call's first two inputs, whole numbers from -255 to 255 in float32, exactly: *sums, int32, which the
 * caller frees, also after a failure. The third input must be left out. */
cnn_status cnn_convolve_integers(cnn_call *call, cnn_array *sums);

#endif
