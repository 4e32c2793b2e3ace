/* What the references share: bounds of what they write. */
#ifndef CNN_KERNELS_REF_H
#define CNN_KERNELS_REF_H

#include "kernels/flags.h"

/* Not-a-number compares false and stays. */
static inline float positive_part(float value) {
    return value < 0 ? 0 : value;
}

/* What CNN_CONV_RELU and CNN_CONV_LIMIT make of it. */
static inline float bounded(float value, int flags, float limit) {
    if (flags & CNN_CONV_RELU)
        value = positive_part(value);
    return flags & CNN_CONV_LIMIT && value > limit ? limit : value;
}

#endif
