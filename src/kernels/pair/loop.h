/* Arithmetic of two arrays, value by value. */
#ifndef CNN_KERNELS_PAIR_LOOP_H
#define CNN_KERNELS_PAIR_LOOP_H

#include <stdbool.h>
#include <stdint.h>

/* Enumerator, word: cnn.h gives the formula of each word; ops/ finds the kernel's kind by it. */
#define CNN_KERNEL_PAIRS(X)                                                                                  \
    X(CNN_KERNEL_MUL, mul)                                                                                   \
    X(CNN_KERNEL_SUB, sub)                                                                                   \
    X(CNN_KERNEL_DIV, div)                                                                                   \
    X(CNN_KERNEL_MAX, max)                                                                                   \
    X(CNN_KERNEL_MIN, min)

typedef enum cnn_kernel_pair {
    CNN_KERNEL_NO_PAIR,
#define CNN_KERNEL_ENUMERATOR(name, word) name,
    CNN_KERNEL_PAIRS(CNN_KERNEL_ENUMERATOR)
#undef CNN_KERNEL_ENUMERATOR
} cnn_kernel_pair;

/* Two arrays met value by value, row by row; from one row of a (row[0]) and b (row[1]) to the next it is so many
 * floats: `columns`, or 0 where the same row counts again, or 1 where each row is a `single` value, which counts for all
 * columns. */
typedef struct cnn_pair_loop {
    cnn_kernel_pair kind;
    int64_t rows, columns, row[2];
    bool single[2];
} cnn_pair_loop;

/* pair           y = what the kind makes of a and b
 * pair_backward  dx = dy times the derivative by a (side 0) or b (side 1), at every row and column */
#define CNN_PAIR_KERNELS(X)                                                                                  \
    X(pair, (const cnn_pair_loop *loop, const float *a, const float *b, float *y))                           \
    X(pair_backward,                                                                                         \
      (const cnn_pair_loop *loop, int side, const float *a, const float *b, const float *dy, float *dx))

#endif
