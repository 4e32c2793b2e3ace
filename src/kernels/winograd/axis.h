/* Winograd's convolutions F(2x4, 3x3), F(4x4, 3x3) and F(6x4, 3x3) (Lavin and Gray 2015, arXiv:1509.09308, section 4): the transforms of
 * inputs, weights and outputs. Between them stand 24, 36 or 48 small matrix products, the kernel `products`. Channels come in whole
 * vectors.
 *
 *     columns of x      0  1  2  3  4  5  6  7  8  9        A tile of height x 4 outputs is made from a patch of
 *     tile 0, patch     |--------------|                    (height + 2) x 6 inputs. Patches of neighbouring tiles share two
 *             outputs      o  o  o  o                       columns, or rows.
 *     tile 1, patch                 |--------------|
 *             outputs                  o  o  o  o
 *
 *     patch d, (height + 2) x 6  ->  v = B^T d B     a value for each plane (i, j), i < height + 2, j < 6
 *     kernel g, 3 x 3            ->  u = G g G^T     likewise
 *     products                       m = sum over channels of u * v, plane by plane
 *     tile y, height x 4         <-  y = A^T m A
 *
 * Plane (i, j) is number 6 i + j. Down and across, B, G and A are those of an axis of so many outputs: they evaluate polynomials
 * at points q[i], and at infinity, and interpolate the product. With n = outputs + 1 points (winograd/ref.h multiplies this out):
 *
 *     B^T[i][k] = the coefficient of x^k in the product of (x - q[l]) over all l but i;  last row: over all l
 *     G[i][k]   = q[i]^k / the product of (q[i] - q[l]) over all l but i;                last row: 0 0 1
 *     A^T[k][i] = q[i]^k;                                                              last column: 1 in the last row
 *
 * The points are 0 and pairs of opposites, so that even and odd powers are summed up once for both points of a pair:
 *
 *     row i of the transform    0    1     2     3     4    ...   last
 *     its point                 0   p[0] -p[0]  p[1] -p[1]  ...   infinity
 */
#ifndef CNN_KERNELS_WINOGRAD_AXIS_H
#define CNN_KERNELS_WINOGRAD_AXIS_H

#include "kernels/isa/tile.h"
#include "kernels/winograd/loop.h"

#define NEAR      CNN_WINOGRAD_NEAR
#define FAR       CNN_WINOGRAD_FAR
#define TALL_NEAR CNN_WINOGRAD_TALL_NEAR
#define TALL_FAR  CNN_WINOGRAD_TALL_FAR

enum { MAX_HEIGHT = 6, MAX_POINTS = 3 };

/* An axis of a tile: its points are 0, infinity and point[0 .. points - 1] with both signs. Products of (x^2 - p^2) over points p
 * are given by their coefficients of x^0, x^2, ...; that of the highest power is 1. */
typedef struct winograd_axis {
    int outputs, points;
    double point[MAX_POINTS];
    double others[MAX_POINTS][MAX_POINTS]; /* [k]: the product over all points but point k */
    double all[MAX_POINTS + 1];            /* the product over all points */
} winograd_axis;

/* (NEAR FAR)^2 is 1, and (TALL_NEAR TALL_FAR)^2. */
#define SQUARE(point) ((point) * (point))
static const winograd_axis axis_2 = {
    .outputs = 2, .points = 1, .point = {1}, .others = {{1}}, .all = {-1, 1}};
static const winograd_axis axis_4 = {.outputs = 4,
                                     .points = 2,
                                     .point = {NEAR, FAR},
                                     .others = {{-SQUARE(FAR), 1}, {-SQUARE(NEAR), 1}},
                                     .all = {1, -(SQUARE(NEAR) + SQUARE(FAR)), 1}};
static const winograd_axis axis_6 = {
    .outputs = 6,
    .points = 3,
    .point = {TALL_NEAR, 1, TALL_FAR},
    .others = {{SQUARE(TALL_FAR), -(1 + SQUARE(TALL_FAR)), 1},
               {1, -(SQUARE(TALL_NEAR) + SQUARE(TALL_FAR)), 1},
               {SQUARE(TALL_NEAR), -(1 + SQUARE(TALL_NEAR)), 1}},
    .all = {-1, 1 + SQUARE(TALL_NEAR) + SQUARE(TALL_FAR), -(1 + SQUARE(TALL_NEAR) + SQUARE(TALL_FAR)), 1}};

/* A function of a loop whose tiles are this high, with the axis down them as a constant. */
#define WITH_AXIS(function, loop, ...)                                                                       \
    do {                                                                                                     \
        if ((loop)->height == axis_2.outputs)                                                                \
            function(loop, &axis_2, __VA_ARGS__);                                                            \
        else if ((loop)->height == axis_4.outputs)                                                           \
            function(loop, &axis_4, __VA_ARGS__);                                                            \
        else                                                                                                 \
            function(loop, &axis_6, __VA_ARGS__);                                                            \
    } while (0)

/* sum + factor * value */
TILE_INLINE vec add_scaled(const double factor, vec value, vec sum) {
    return factor == 1    ? vec_add(sum, value)
           : factor == -1 ? vec_sub(sum, value)
                          : vec_fma(vec_set((float)factor), value, sum);
}

/* The sum of every second value with its factor, `degree` of them, and of the one behind them. */
TILE_INLINE vec every_second(const double *factors, const int degree, const vec *d) {
    vec sum = d[2 * degree];
    UNROLL_FOR(k, degree)
        sum = add_scaled(factors[k], d[2 * k], sum);
    return sum;
}

/* 1 / the product of point k's distances from all other points; its opposite has the same. */
TILE_INLINE double weight_scale(const winograd_axis *const axis, const int k) {
    const double square = axis->point[k] * axis->point[k];
    double product = 0;
    UNROLL_LOOP(int power = axis->points - 1; power >= 0; power--)
        product = product * square + axis->others[k][power];
    return 1 / (2 * square * product);
}

#endif
