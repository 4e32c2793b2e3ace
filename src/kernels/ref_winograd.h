/* The reference of the kernels for Winograd's convolution and for gradients behind a pooling: the matrices
 * multiplied out; and the gradients position by position. */
#include "kernels/kernels.h"

#define A CNN_WINOGRAD_NEAR
#define B CNN_WINOGRAD_FAR
/* Row by row the coefficients of the product of (x - q) over all points q but one, and of all in the last. */
static const double input_matrix[6][6] = {{A * A * B * B, 0, -(A *A + B * B), 0, 1, 0},
                                          {0, -A *B *B, -B *B, A, 1, 0},
                                          {0, A *B *B, -B *B, -A, 1, 0},
                                          {0, -A *A *B, -A *A, B, 1, 0},
                                          {0, A *A *B, -A *A, -B, 1, 0},
                                          {0, A *A *B *B, 0, -(A *A + B * B), 0, 1}};
/* Row by row the points' powers 0 .. 3. */
static const double output_matrix[4][6] = {{1, 1, 1, 1, 1, 0},
                                           {0, A, -A, B, -B, 0},
                                           {0, A *A, A *A, B *B, B *B, 0},
                                           {0, A *A *A, -A *A *A, B *B *B, -B *B *B, 1}};
/* Row by row a point's powers 0 .. 2 over the product of its distances from the other points. */
#define NEAR_SCALE (1 / (2 * A * A * (A * A - B * B)))
#define FAR_SCALE  (1 / (2 * B * B * (B * B - A * A)))
static const double weight_matrix[6][3] = {{1 / (A * A * B * B), 0, 0},
                                           {NEAR_SCALE, NEAR_SCALE *A, NEAR_SCALE *A *A},
                                           {NEAR_SCALE, -NEAR_SCALE *A, NEAR_SCALE *A *A},
                                           {FAR_SCALE, FAR_SCALE *B, FAR_SCALE *B *B},
                                           {FAR_SCALE, -FAR_SCALE *B, FAR_SCALE *B *B},
                                           {0, 0, 1}};
#undef NEAR_SCALE
#undef FAR_SCALE
#undef A
#undef B

static int64_t tile_values(const cnn_winograd_loop *loop) {
    return loop->tile_rows * loop->tile_columns * loop->channels;
}

static void winograd_input(const cnn_winograd_loop *loop, const float *x, float *v) {
    for (int64_t t = 0; t < tile_values(loop); t++) {
        const int64_t tile = t / loop->channels, c = t % loop->channels;
        const int64_t row = 4 * (tile / loop->tile_columns), column = 4 * (tile % loop->tile_columns);
        for (int p = 0; p < 36; p++) {
            double sum = 0;
            for (int k = 0; k < 36; k++)
                sum += input_matrix[p / 6][k / 6] * input_matrix[p % 6][k % 6] *
                       x[(row + k / 6) * loop->image_row + (column + k % 6) * loop->pixel + c];
            v[p * loop->plane + t] = (float)sum;
        }
    }
}

static void winograd_weights(const cnn_winograd_weights_loop *loop, const float *w, float *u) {
    for (int64_t c = 0; c < loop->inputs; c++)
        for (int64_t o = 0; o < loop->outputs; o++)
            for (int p = 0; p < 36; p++) {
                double sum = 0;
                for (int k = 0; k < 9; k++)
                    sum += weight_matrix[p / 6][k / 3] * weight_matrix[p % 6][k % 3] *
                           w[k * loop->tap + c * loop->input_step + o * loop->output_step];
                u[p * loop->plane + c * loop->row + o] = (float)sum;
            }
}

static void winograd_output_gradient(const cnn_winograd_loop *loop, const float *dy, float *dm) {
    for (int64_t t = 0; t < tile_values(loop); t++) {
        const int64_t tile = t / loop->channels, c = t % loop->channels;
        const int64_t top = 4 * (tile / loop->tile_columns), left = 4 * (tile % loop->tile_columns);
        for (int p = 0; p < 36; p++) {
            double sum = 0;
            for (int k = 0; k < 16; k++) {
                const int64_t row = top + k / 4, column = left + k % 4;
                if (row < loop->rows && column < loop->columns)
                    sum += output_matrix[k / 4][p / 6] * output_matrix[k % 4][p % 6] *
                           dy[row * loop->image_row + column * loop->pixel + c];
            }
            dm[p * loop->plane + t] = (float)sum;
        }
    }
}

static void winograd_weight_gradient(const cnn_winograd_weights_loop *loop, const float *du, float *dw) {
    for (int64_t c = 0; c < loop->inputs; c++)
        for (int64_t o = 0; o < loop->outputs; o++)
            for (int k = 0; k < 9; k++) {
                float *to = dw + k * loop->tap + c * loop->input_step + o * loop->output_step;
                double sum = *to;
                for (int p = 0; p < 36; p++)
                    sum += weight_matrix[p / 6][k / 3] * weight_matrix[p % 6][k % 3] *
                           du[p * loop->plane + c * loop->row + o];
                *to = (float)sum;
            }
}

/* Output (row, column) of channel c before any ReLU. */
static float winograd_value(const cnn_winograd_loop *loop, const float *m, const float *bias, int64_t row,
                            int64_t column, int64_t c) {
    const int64_t tile = row / 4 * loop->tile_columns + column / 4;
    double sum = bias ? bias[c] : 0;
    for (int k = 0; k < 36; k++)
        sum += output_matrix[row % 4][k / 6] * output_matrix[column % 4][k % 6] *
               m[k * loop->plane + tile * loop->channels + c];
    return (float)sum;
}

static void winograd_output(const cnn_winograd_loop *loop, const float *m, const float *bias, int flags,
                            float *y) {
    for (int64_t row = 0; row < loop->rows; row++)
        for (int64_t column = 0; column < loop->columns; column++)
            for (int64_t c = 0; c < loop->channels; c++) {
                const float value = winograd_value(loop, m, bias, row, column, c);
                y[row * loop->image_row + column * loop->pixel + c] = bounded(value, flags, loop->most);
            }
}

static void winograd_output_pooled(const cnn_winograd_loop *loop, const float *m, const float *bias,
                                   int flags, float *y, float *winner) {
    for (int64_t row = 0; row < loop->rows; row++)
        for (int64_t column = 0; column < loop->columns; column++)
            for (int64_t c = 0; c < loop->channels; c++) {
                const int64_t at = row * loop->image_row + column * loop->pixel + c;
                float largest = winograd_value(loop, m, bias, 2 * row, 2 * column, c);
                float number = 0;
                for (int place = 1; place < 4; place++) {
                    float value =
                        winograd_value(loop, m, bias, 2 * row + place / 2, 2 * column + place % 2, c);
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

/* Offset of the input under kernel element t of the winner of pooled position p. */
static int64_t pooled_input_at(const cnn_pooled_loop *loop, int64_t p, float winner, int64_t t) {
    const int64_t row = 2 * (p / loop->columns) + (int64_t)winner / 2 + t / 3;
    const int64_t column = 2 * (p % loop->columns) + (int64_t)winner % 2 + t % 3;
    return row * loop->image_row + column * loop->channels;
}

static void pooled_input_gradient(const cnn_pooled_loop *loop, const float *dy, const float *winner,
                                  const float *w, float *scratch, float *dx) {
    (void)scratch;
    for (int64_t row = 0; row < 2 * loop->rows + 2; row++)
        for (int64_t i = 0; i < (2 * loop->columns + 2) * loop->channels; i++)
            dx[row * loop->image_row + i] = 0;
    for (int64_t i = 0; i < loop->rows * loop->columns * loop->filters; i++) {
        const int64_t p = i / loop->filters, o = i % loop->filters;
        for (int64_t t = 0; t < 9 && winner[i] != cnn_pooled_closed; t++)
            for (int64_t c = 0; c < loop->channels; c++) {
                const int64_t block = c / CNN_POOLED_BLOCK, within = c % CNN_POOLED_BLOCK;
                dx[pooled_input_at(loop, p, winner[i], t) + c] +=
                    dy[i] * w[((block * loop->filters + o) * 9 + t) * CNN_POOLED_BLOCK + within];
            }
    }
}

static void pooled_weight_gradient(const cnn_pooled_loop *loop, const float *x, const float *dy,
                                   const float *winner, float *scratch, float *dw, float *bias) {
    (void)scratch;
    for (int64_t i = 0; i < loop->rows * loop->columns * loop->filters; i++) {
        const int64_t p = i / loop->filters, o = i % loop->filters;
        if (winner[i] == cnn_pooled_closed)
            continue;
        if (bias)
            bias[o] += dy[i];
        for (int64_t t = 0; t < 9; t++)
            for (int64_t c = 0; c < loop->channels; c++)
                dw[(o * 9 + t) * loop->channels + c] += dy[i] * x[pooled_input_at(loop, p, winner[i], t) + c];
    }
}
