/* What kernels do around a sum: flags of those that say so. */
#ifndef CNN_KERNELS_FLAGS_H
#define CNN_KERNELS_FLAGS_H

enum {
    CNN_CONV_ACCUMULATE = 1 /* add to y (dw) rather than start from the bias (from 0) */,
    CNN_CONV_RELU = 2,
    CNN_CONV_LIMIT = 4 /* min(y, loop.limit) in the end */,
    CNN_CONV_FAR = 8 /* the data are uncached: prefetch what comes next. The result is the same */,
    /* Add what y holds in the end, before the bounds: the other part of a sum; not with CNN_CONV_ACCUMULATE. */
    CNN_CONV_ADD = 16,
    /* y holds numbers in bfloat16 (bf16/number.h), two in a float, which its strides count: results are rounded in the end. Only
     * kernels of bf16/; not with CNN_CONV_ACCUMULATE. */
    CNN_CONV_PAIRS = 32
};

/* Values in one of the floats that are written. */
static inline int cnn_numbers_written(int flags) {
    return flags & CNN_CONV_PAIRS ? 2 : 1;
}

#endif
