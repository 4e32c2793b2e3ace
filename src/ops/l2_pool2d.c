/* The L2 norm of each map: the root of the sum of its squares, as global response normalisation takes it (Woo et al. 2023,
 * arXiv:2301.00808). */
#include "base/numbers.h"
#include "ops/pool2d.h"

#include <math.h>
#include <string.h>

/* Positions whose squares are summed in float, before the sums are added up in double precision. */
enum { RUN = 64 };

static int64_t channels_of(const cnn_step *step) {
    return step->output_shape.dim[0];
}

/* Forward: zeros, a run's sums, and the squares of all in double precision. Backward: three numbers a channel. */
static cnn_step_sizes sizes(const cnn_step *step) {
    const int64_t doubles = (int64_t)(sizeof(double) / sizeof(float));
    return (cnn_step_sizes){.scratch = (3 + doubles) * channels_of(step)};
}

/* y = sqrt(sum of x^2) of each channel. */
static void forward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    const int64_t channels = channels_of(step), count = cnn_shape_elements(&step->input_shape[0]) / channels;
    const float *x = cnn_buffer_at(&step->input[0], place.index, place.worker);
    float *y = cnn_buffer_at(&step->output, place.index, place.worker);
    double *squares = (double *)(void *)cnn_buffer_at(&step->scratch, 0, place.worker);
    float *zeros = (float *)(squares + channels), *sums = zeros + channels;
    memset(squares, 0, (size_t)channels * sizeof *squares);
    memset(zeros, 0, (size_t)channels * sizeof *zeros);
    for (int64_t first = 0; first < count; first += RUN) {
        step->kernels->channel_moments(cnn_min(RUN, count - first), channels, x + first * channels, zeros,
                                       sums);
        for (int64_t c = 0; c < channels; c++)
            squares[c] += (double)sums[channels + c];
    }
    for (int64_t c = 0; c < channels; c++)
        y[c] = (float)sqrt(squares[c]);
}

/* dx = dy x / y; 0 for a map of zeros, whose norm has no slope. */
static void backward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    const int64_t channels = channels_of(step), count = cnn_shape_elements(&step->input_shape[0]) / channels;
    const float *y = cnn_buffer_at(&step->output, place.index, place.worker);
    const float *dy = cnn_buffer_at(&step->output_gradient, place.index, place.worker);
    float *by = cnn_buffer_at(&step->scratch, 0, place.worker);
    if (!step->input_gradient[0].data)
        return;
    memset(by, 0, 3 * (size_t)channels * sizeof *by);
    for (int64_t c = 0; c < channels; c++)
        by[channels + c] = y[c] > 0 ? dy[c] / y[c] : 0;
    step->kernels->scale_shift(count, channels, cnn_buffer_at(&step->input[0], place.index, place.worker), by,
                               0, 0, cnn_buffer_at(&step->input_gradient[0], place.index, place.worker));
}

const cnn_op cnn_op_global_l2_pool2d = {
    .word = "globall2pool",
    .prefix = "global_l2_pool",
    .onnx = "GlobalLpPool",
    .kind = CNN_IMAGEWISE,
    .inputs = 1,
    .infer = cnn_global_pool2d_infer,
    .sizes = sizes,
    .forward = forward,
    .backward = backward,
};
