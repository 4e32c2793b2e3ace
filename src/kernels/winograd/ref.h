/* The reference of the kernels for Winograd's convolution and for gradients behind a pooling: the matrices
 * multiplied out; and the gradients position by position. */
#ifndef CNN_KERNELS_WINOGRAD_REF_H
#define CNN_KERNELS_WINOGRAD_REF_H

#include "kernels/winograd/loop.h"
#include "kernels/ref.h"

#include <math.h>

/* Along one axis of a tile: a row of the input's for each value of a patch, of the output's for each output. */
typedef struct winograd_matrices {
    int64_t outputs, values;
    double input[8][8], output[6][8], weight[8][3];
} winograd_matrices;

/* The product of (x - points[q]) over all q but `without`, lowest power first. */
static void multiply_out(const double *points, int64_t count, int64_t without, double product[8]) {
    for (int64_t power = 0; power < 8; power++)
        product[power] = power == 0;
    for (int64_t q = 0; q < count; q++)
        for (int64_t power = 7; q != without && power >= 0; power--)
            product[power] = (power > 0 ? product[power - 1] : 0) - points[q] * product[power];
}

static double distances(const double *points, int64_t count, int64_t from) {
    double product = 1;
    for (int64_t q = 0; q < count; q++)
        product *= q == from ? 1 : points[from] - points[q];
    return product;
}

/* As the transforms are defined, with a last point at infinity. */
static winograd_matrices matrices_of(const double *points, int64_t count) {
    winograd_matrices m = {.outputs = count - 1, .values = count + 1};
    for (int64_t p = 0; p < count; p++) {
        multiply_out(points, count, p, m.input[p]);
        for (int64_t power = 0; power < m.outputs; power++)
            m.output[power][p] = pow(points[p], (double)power);
        for (int64_t power = 0; power < 3; power++)
            m.weight[p][power] = pow(points[p], (double)power) / distances(points, count, p);
    }
    multiply_out(points, count, -1, m.input[count]);
    m.output[m.outputs - 1][count] = 1;
    m.weight[count][2] = 1;
    return m;
}

static winograd_matrices matrices_along(int64_t outputs) {
    static const double two[] = {0, 1, -1};
    static const double four[] = {0, CNN_WINOGRAD_NEAR, -CNN_WINOGRAD_NEAR, CNN_WINOGRAD_FAR,
                                  -CNN_WINOGRAD_FAR};
    static const double six[] = {0,  CNN_WINOGRAD_TALL_NEAR, -CNN_WINOGRAD_TALL_NEAR, 1,
                                 -1, CNN_WINOGRAD_TALL_FAR,  -CNN_WINOGRAD_TALL_FAR};
    return outputs == 2 ? matrices_of(two, 3) : outputs == 4 ? matrices_of(four, 5) : matrices_of(six, 7);
}

static int64_t tile_values(const cnn_winograd_loop *loop) {
    return loop->tile_rows * loop->tile_columns * loop->channels;
}

static void winograd_input(const cnn_winograd_loop *loop, const float *x, float *v) {
    const winograd_matrices down = matrices_along(loop->height), across = matrices_along(4);
    for (int64_t t = 0; t < tile_values(loop); t++) {
        const int64_t tile = t / loop->channels, c = t % loop->channels;
        const int64_t row = loop->height * (tile / loop->tile_columns),
                      column = 4 * (tile % loop->tile_columns);
        for (int64_t p = 0; p < 6 * down.values; p++) {
            double sum = 0;
            for (int64_t k = 0; k < 6 * down.values; k++)
                sum += down.input[p / 6][k / 6] * across.input[p % 6][k % 6] *
                       x[(row + k / 6) * loop->image_row + (column + k % 6) * loop->pixel + c];
            v[p * loop->plane + tile * loop->tile + c] = (float)sum;
        }
    }
}

static void winograd_weights(const cnn_winograd_weights_loop *loop, const float *w, float *u) {
    const winograd_matrices down = matrices_along(loop->height), across = matrices_along(4);
    for (int64_t c = 0; c < loop->inputs; c++)
        for (int64_t o = 0; o < loop->outputs; o++)
            for (int64_t p = 0; p < 6 * down.values; p++) {
                double sum = 0;
                for (int k = 0; k < 9; k++)
                    sum += down.weight[p / 6][k / 3] * across.weight[p % 6][k % 3] *
                           w[k * loop->tap + c * loop->input_step + o * loop->output_step];
                u[p * loop->plane + c * loop->row + o] = (float)sum;
            }
}

static void winograd_output_gradient(const cnn_winograd_loop *loop, const float *dy, float *dm) {
    const winograd_matrices along = matrices_along(4);
    for (int64_t t = 0; t < tile_values(loop); t++) {
        const int64_t tile = t / loop->channels, c = t % loop->channels;
        const int64_t top = 4 * (tile / loop->tile_columns), left = 4 * (tile % loop->tile_columns);
        for (int p = 0; p < 36; p++) {
            double sum = 0;
            for (int k = 0; k < 16; k++) {
                const int64_t row = top + k / 4, column = left + k % 4;
                if (row < loop->rows && column < loop->columns)
                    sum += along.output[k / 4][p / 6] * along.output[k % 4][p % 6] *
                           dy[row * loop->image_row + column * loop->pixel + c];
            }
            dm[p * loop->plane + tile * loop->tile + c] = (float)sum;
        }
    }
}

static void winograd_weight_gradient(const cnn_winograd_weights_loop *loop, const float *du, float *dw) {
    const winograd_matrices along = matrices_along(4);
    for (int64_t c = 0; c < loop->inputs; c++)
        for (int64_t o = 0; o < loop->outputs; o++)
            for (int k = 0; k < 9; k++) {
                float *to = dw + k * loop->tap + c * loop->input_step + o * loop->output_step;
                double sum = *to;
                for (int p = 0; p < 36; p++)
                    sum += along.weight[p / 6][k / 3] * along.weight[p % 6][k % 3] *
                           du[p * loop->plane + c * loop->row + o];
                *to = (float)sum;
            }
}

/* Output (row, column) of channel c before any ReLU. */
static float winograd_value(const cnn_winograd_loop *loop, const winograd_matrices *down,
                            const winograd_matrices *across, const float *m, const float *bias, int64_t row,
                            int64_t column, int64_t c) {
    const int64_t tile = row / loop->height * loop->tile_columns + column / 4;
    double sum = bias ? bias[c] : 0;
    for (int64_t k = 0; k < 6 * down->values; k++)
        sum += down->output[row % loop->height][k / 6] * across->output[column % 4][k % 6] *
               m[k * loop->plane + tile * loop->tile + c];
    return (float)sum;
}

static void winograd_output(const cnn_winograd_loop *loop, const float *m, const float *bias, int flags,
                            float *y) {
    const winograd_matrices down = matrices_along(loop->height), across = matrices_along(4);
    for (int64_t row = 0; row < loop->rows; row++)
        for (int64_t column = 0; column < loop->columns; column++)
            for (int64_t c = 0; c < loop->channels; c++) {
                const float value = winograd_value(loop, &down, &across, m, bias, row, column, c);
                float *to = y + row * loop->image_row + column * loop->pixel + c;
                *to = bounded(flags & CNN_CONV_ADD ? value + *to : value, flags, loop->limit);
            }
}

static void winograd_output_pooled(const cnn_winograd_loop *loop, const float *m, const float *bias,
                                   int flags, float *y, float *winner) {
    const winograd_matrices down = matrices_along(loop->height), across = matrices_along(4);
    for (int64_t row = 0; row < loop->rows; row++)
        for (int64_t column = 0; column < loop->columns; column++)
            for (int64_t c = 0; c < loop->channels; c++) {
                const int64_t at = row * loop->image_row + column * loop->pixel + c;
                float largest = winograd_value(loop, &down, &across, m, bias, 2 * row, 2 * column, c);
                float number = 0;
                for (int place = 1; place < 4; place++) {
                    float value = winograd_value(loop, &down, &across, m, bias, 2 * row + place / 2,
                                                 2 * column + place % 2, c);
                    if (value > largest) {
                        largest = value;
                        number = (float)place;
                    }
                }
                if (winner)
                    winner[at] = flags & CNN_CONV_RELU && largest <= 0 ? cnn_pooled_closed : number;
                y[at] = flags & CNN_CONV_RELU ? positive_part(largest) : largest;
            }
}

#endif
