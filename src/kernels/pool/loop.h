/* Pooling by windows of any size. */
#ifndef CNN_KERNELS_POOL_LOOP_H
#define CNN_KERNELS_POOL_LOOP_H

#include <stdbool.h>
#include <stdint.h>

/* A pooling window over one channels-last image. */
typedef struct cnn_pool_loop {
    int64_t rows, columns, channels; /* of the input */
    int64_t out_rows, out_columns;
    int64_t kernel[2], stride[2], pad[2]; /* pad: top, left */
    int64_t dilation[2];                  /* from one element of a window to the next; of averages 1 */
    bool count_padding; /* average only: padding counts, the divisor is always the kernel's size */
} cnn_pool_loop;

/* max_pool           y = the window's maximum; winner (may be NULL) = its number in the window (row-major), as float; the
 *                    first of equal ones
 * max_pool_backward  dx = dy added at the winners, 0 elsewhere (dx is overwritten)
 * avg_pool           y = the window's mean
 * avg_pool_backward  dx = dy spread over the window (dx is overwritten) */
#define CNN_POOL_KERNELS(X)                                                                                  \
    X(max_pool, (const cnn_pool_loop *loop, const float *x, float *y, float *winner))                        \
    X(max_pool_backward, (const cnn_pool_loop *loop, const float *winner, const float *dy, float *dx))       \
    X(avg_pool, (const cnn_pool_loop *loop, const float *x, float *y))                                       \
    X(avg_pool_backward, (const cnn_pool_loop *loop, const float *dy, float *dx))

#endif
