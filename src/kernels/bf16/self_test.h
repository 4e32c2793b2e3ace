/* Whether a table's sums in bfloat16 are, bit for bit, those of bf16/number.h. */
#ifndef CNN_KERNELS_BF16_SELF_TEST_H
#define CNN_KERNELS_BF16_SELF_TEST_H

#include "kernels/kernels.h"

#include <stdbool.h>

/* Try a few thousand numbers and pairs: random ones, zeros of both signs, tiny, large and infinite ones, ties, sums that cancel. Any
 * thread may call it at any time; it takes less than a millisecond. */
bool cnn_bf16_passes(const cnn_kernels *kernels);

#endif
