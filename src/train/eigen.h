/* Eigenvalues and eigenvectors of a symmetric matrix. */
#ifndef CNN_TRAIN_EIGEN_H
#define CNN_TRAIN_EIGEN_H

#include <stdint.h>

/* Both matrices are n x n, row by row. `matrix` becomes diagonal: its diagonal holds the eigenvalues, and row k of
 * `vectors` becomes the eigenvector of the k-th of them, of length 1. The same input gives the same bits. */
void cnn_eigen(double *matrix, double *vectors, int64_t n);

#endif
