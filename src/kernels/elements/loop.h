/* What goes over arrays element by element, without constants of its own. */
#ifndef CNN_KERNELS_ELEMENTS_LOOP_H
#define CNN_KERNELS_ELEMENTS_LOOP_H

#include <stdint.h>

/* A matrix of `rows` x `columns` whose rows lie x_row floats apart; in its transpose rows lie y_row apart. */
typedef struct cnn_transpose_loop {
    int64_t rows, columns, x_row, y_row;
} cnn_transpose_loop;

/* Floats that repeat_fma keeps in registers at once, in every instruction set: a multiple of its whole vectors,
 * and enough of them to hide how long one takes. */
enum { CNN_REPEAT_FMA_FLOATS = 192 };

/* relu           y = max(0, x); y may be x. Not-a-number stays
 * relu_backward  dx = y > 0 ? dy : 0; dx may be dy
 * add            y += x
 * repeat_fma     x = factor * x + term, `rounds` times over, in registers: as fast as arithmetic goes here
 * transpose      y[j * y_row + i] = x[i * x_row + j] */
#define CNN_ELEMENTS_KERNELS(X)                                                                              \
    X(relu, (int64_t count, const float *x, float *y))                                                       \
    X(relu_backward, (int64_t count, const float *y, const float *dy, float *dx))                            \
    X(add, (int64_t count, const float *x, float *y))                                                        \
    X(repeat_fma, (int64_t count, int64_t rounds, float factor, float term, float *x))                       \
    X(transpose, (const cnn_transpose_loop *loop, const float *x, float *y))

#endif
