/* The error function of many values. */
#ifndef CNN_ARRAYS_ERF_H
#define CNN_ARRAYS_ERF_H

#include "kernels/kernels.h"

/* y = erf(x), which may be the same place, to about 2e-7. Not-a-number stays. */
void cnn_erf(const cnn_kernels *kernels, int64_t count, const float *x, float *y);

#endif
