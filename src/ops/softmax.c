/* Softmax over the channels of each position, or over a whole vector: exp(x_i) / sum_j exp(x_j); and its
 * logarithm. */
#include "ops/op.h"

#include <math.h>

/* Taking the largest value off first changes nothing in the result and keeps exp from overflowing. */
static void softmax(int64_t count, const float *x, float *y) {
    float largest = x[0], sum = 0;
    for (int64_t i = 1; i < count; i++)
        largest = x[i] > largest ? x[i] : largest;
    for (int64_t i = 0; i < count; i++)
        sum += y[i] = expf(x[i] - largest);
    for (int64_t i = 0; i < count; i++)
        y[i] /= sum;
}

/* dx_i = y_i (dy_i - sum_j y_j dy_j) */
static void softmax_backward(int64_t count, const float *y, const float *dy, float *dx) {
    float dot = 0;
    for (int64_t i = 0; i < count; i++)
        dot += y[i] * dy[i];
    for (int64_t i = 0; i < count; i++)
        dx[i] = y[i] * (dy[i] - dot);
}

/* x_i - log sum_j exp(x_j) */
static void log_softmax(int64_t count, const float *x, float *y) {
    float largest = x[0], sum = 0;
    for (int64_t i = 1; i < count; i++)
        largest = x[i] > largest ? x[i] : largest;
    for (int64_t i = 0; i < count; i++)
        sum += expf(x[i] - largest);
    for (int64_t i = 0; i < count; i++)
        y[i] = x[i] - largest - logf(sum);
}

/* dx_i = dy_i - exp(y_i) sum_j dy_j */
static void log_softmax_backward(int64_t count, const float *y, const float *dy, float *dx) {
    float sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += dy[i];
    for (int64_t i = 0; i < count; i++)
        dx[i] = dy[i] - expf(y[i]) * sum;
}

/* Values that are normalised together lie side by side: all channels of a position, or the whole vector. */
static int64_t row_length(const cnn_step *step) {
    return step->output_shape.dim[0];
}

/* One file for both: log_softmax takes the logarithm of the same result. */
static bool is_log(const cnn_step *step) {
    return step->op == &cnn_op_log_softmax;
}

/* y = exp(x - max) / sum, over the channels of each position, or over a whole vector. */
static void forward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    void (*const normalise)(int64_t, const float *, float *) = is_log(step) ? log_softmax : softmax;
    const float *x = cnn_buffer_at(&step->input[0], place.index, place.worker);
    float *y = cnn_buffer_at(&step->output, place.index, place.worker);
    const int64_t count = cnn_shape_elements(&step->output_shape), row = row_length(step);
    for (int64_t at = 0; at < count; at += row)
        normalise(row, x + at, y + at);
}

/* Softmax: dx = y (dy - sum(dy y)); log-softmax: dx = dy - exp(y) sum(dy). */
static void backward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    void (*const differentiate)(int64_t, const float *, const float *, float *) =
        is_log(step) ? log_softmax_backward : softmax_backward;
    if (!step->input_gradient[0].data)
        return;
    const float *y = cnn_buffer_at(&step->output, place.index, place.worker);
    const float *dy = cnn_buffer_at(&step->output_gradient, place.index, place.worker);
    float *dx = cnn_buffer_at(&step->input_gradient[0], place.index, place.worker);
    const int64_t count = cnn_shape_elements(&step->output_shape), row = row_length(step);
    for (int64_t at = 0; at < count; at += row)
        differentiate(row, y + at, dy + at, dx + at);
}

const cnn_op cnn_op_softmax = {
    .word = "softmax",
    .prefix = "softmax",
    .onnx = "Softmax",
    .kind = CNN_IMAGEWISE,
    .inputs = 1,
    .keeps_layout = true,
    .infer = cnn_infer_same_shape,
    .forward = forward,
    .backward = backward,
};

const cnn_op cnn_op_log_softmax = {
    .word = "logsoftmax",
    .prefix = "log_softmax",
    .onnx = "LogSoftmax",
    .kind = CNN_IMAGEWISE,
    .inputs = 1,
    .keeps_layout = true,
    .infer = cnn_infer_same_shape,
    .forward = forward,
    .backward = backward,
};
