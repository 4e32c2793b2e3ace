/* The softmax of values in a row, for those who need it besides Softmax. */
#ifndef CNN_ARRAYS_SOFTMAX_H
#define CNN_ARRAYS_SOFTMAX_H

#include <stdbool.h>
#include <stdint.h>

/* Of `length` values, `step` apart; `logarithm`: of each result its logarithm. */
void cnn_softmax_along(const float *from, float *to, int64_t length, int64_t step, bool logarithm);

#endif
