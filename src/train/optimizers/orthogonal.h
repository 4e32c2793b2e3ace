/* The nearest matrix with orthogonal rows or columns, nearly: what Muon makes of a gradient. */
#ifndef CNN_TRAIN_OPTIMIZERS_ORTHOGONAL_H
#define CNN_TRAIN_OPTIMIZERS_ORTHOGONAL_H

#include "base/threads.h"
#include "kernels/kernels.h"

/* Room for matrices up to a size, and what works in it. Start as {0}; release with cnn_orthogonal_free. */
typedef struct cnn_orthogonal {
    const cnn_kernels *kernels;
    cnn_pool *pool; /* NULL: all is done by the calling thread */
    int64_t most_elements, most_columns;
    float *tall;      /* most_elements: the matrix, at least as many rows as columns */
    float *square[5]; /* most_columns^2 each */
    float *rows;      /* for each thread, some rows of the result */
    double *squares;  /* of each piece of rows */
} cnn_orthogonal;

/* `elements`: of the largest matrix; `columns`: the smaller side of a matrix at most. */
cnn_status cnn_orthogonal_make(cnn_orthogonal *orthogonal, const cnn_kernels *kernels, cnn_pool *pool,
                               int64_t elements, int64_t columns, cnn_error *error);
void cnn_orthogonal_free(cnn_orthogonal *orthogonal);
/* Bytes that it takes. */
int64_t cnn_orthogonal_bytes(int64_t elements, int64_t columns, int threads);

/* A matrix, row-major without gaps, or what stands for one: its value is `gradient` x gradient_scale with Nesterov's
 * momentum, m = momentum * m + g, g + momentum * m, as Muon wants it. */
typedef struct cnn_matrix_step {
    int64_t rows, columns;
    const float *gradient;
    float *momentum_state; /* m, changed */
    float momentum, gradient_scale;
    double result_scale;
} cnn_matrix_step;

/* Five steps of a quintic Newton-Schulz iteration (Jordan 2024, kellerjordan.github.io/posts/muon): all singular values of
 * the matrix become numbers between about 0.7 and 1.2. Times result_scale into `result`, as large as the matrix. Does not depend on the
 * number of threads. */
void cnn_orthogonalise(cnn_orthogonal *orthogonal, const cnn_matrix_step *step, float *result);

#endif
