/* Jacobi's method: rotations that make one pair of elements zero after the other, sweep by sweep, until nothing is left
 * beside the diagonal (Golub and Van Loan, Matrix Computations, 8.5). */
#include "train/eigen.h"

#include <math.h>
#include <stdbool.h>

typedef struct rotation {
    double cosine, sine;
} rotation;

/* The smaller of the two angles that make element (p, q) zero. */
static rotation rotation_of(const double *matrix, int64_t n, int64_t p, int64_t q) {
    const double ratio = (matrix[q * n + q] - matrix[p * n + p]) / (2 * matrix[p * n + q]);
    const double tangent = copysign(1, ratio) / (fabs(ratio) + sqrt(ratio * ratio + 1));
    const double cosine = 1 / sqrt(tangent * tangent + 1);
    return (rotation){cosine, tangent * cosine};
}

/* Elements `step` apart from `a` and from `b` on. */
static void rotate(double *a, double *b, int64_t count, int64_t step, rotation by) {
    for (int64_t i = 0; i < count; i++) {
        const double x = a[i * step], y = b[i * step];
        a[i * step] = by.cosine * x - by.sine * y;
        b[i * step] = by.sine * x + by.cosine * y;
    }
}

/* Each pair beside the diagonal once. False if all of them were too small to change the diagonal. */
static bool sweep(double *matrix, double *vectors, int64_t n) {
    bool changed = false;
    for (int64_t p = 0; p < n; p++)
        for (int64_t q = p + 1; q < n; q++) {
            const double least = 1e-16 * sqrt(fabs(matrix[p * n + p] * matrix[q * n + q]));
            if (fabs(matrix[p * n + q]) <= least)
                continue;
            const rotation by = rotation_of(matrix, n, p, q);
            rotate(matrix + p, matrix + q, n, n, by);         /* columns */
            rotate(matrix + p * n, matrix + q * n, n, 1, by); /* rows */
            rotate(vectors + p * n, vectors + q * n, n, 1, by);
            changed = true;
        }
    return changed;
}

void cnn_eigen(double *matrix, double *vectors, int64_t n) {
    const int most_sweeps = 50; /* convergence is quadratic: ten are rarely needed */
    for (int64_t i = 0; i < n * n; i++)
        vectors[i] = i % (n + 1) == 0;
    for (int i = 0; i < most_sweeps && sweep(matrix, vectors, n); i++)
        continue;
}
