/* Pooling over channels: of each position the mean, the largest or the sum of all channels, as spatial attention takes them
 * (Woo et al. 2018, arXiv:1807.06521); or of branches that lie one after another, as split attention adds them (Zhang et
 * al. 2020, arXiv:2004.08955), and maxout takes the largest (Goodfellow et al. 2013, arXiv:1302.4389). */
#include "ops/lanes.h"
#include "ops/op.h"
#include "ops/window.h"

#include <inttypes.h>

static const char *const modes[] = {"mean", "max", "sum", NULL};

static const cnn_field fields[] = {
    CNN_FIELD("mode", CNN_FIELD_CHOICE, channel_pool.mode, .positional = true, .choices = modes),
    CNN_FIELD("branches", CNN_FIELD_INTEGER, channel_pool.branches),
    {0},
};

static cnn_status complete(cnn_options *options, cnn_error *error) {
    const cnn_channel_pool_options *pool = &options->channel_pool;
    if (pool->mode < CNN_CHANNEL_POOL_MEAN || pool->mode > CNN_CHANNEL_POOL_SUM)
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "channelpool has no such mode: %d", (int)pool->mode);
    if (pool->branches < 0 || pool->branches == 1)
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "channelpool's branches must be at least 2, or 0 for single channels, not %" PRId64,
                        pool->branches);
    return CNN_OK;
}

static cnn_status infer(cnn_options *options, const cnn_shape *inputs, cnn_shape *output, cnn_error *error) {
    const int64_t branches = cnn_or(options->channel_pool.branches, inputs->dim[0]);
    cnn_status status = cnn_window_needs_map("channelpool", inputs, error);
    if (status == CNN_OK && inputs->dim[0] % branches != 0)
        status = cnn_fail(error, CNN_ERROR_SHAPE,
                          "channelpool: branches %" PRId64 " must divide the %" PRId64 " input channels",
                          branches, inputs->dim[0]);
    if (status == CNN_OK)
        *output = cnn_shape_3(inputs->dim[0] / branches, inputs->dim[1], inputs->dim[2]);
    return status;
}

static int64_t divisions(const cnn_step *step) {
    return step->output_shape.dim[1] * step->output_shape.dim[2];
}

/* ---- Forward --------------------------------------------------------------------------------------- */

/* What lies at one position. */
typedef struct position {
    int64_t branches, channels; /* channels of a branch */
    cnn_channel_pool_mode mode;
} position;

static position position_of(const cnn_step *step) {
    const int64_t channels = step->output_shape.dim[0];
    return (position){step->input_shape[0].dim[0] / channels, channels, step->options.channel_pool.mode};
}

/* The largest; of equal ones the first. */
static void take_largest(const position *p, const float *x, float *y) {
    for (int64_t c = 0; c < p->channels; c++)
        y[c] = x[c];
    for (int64_t b = 1; b < p->branches; b++)
        for (int64_t c = 0; c < p->channels; c++)
            y[c] = x[b * p->channels + c] > y[c] ? x[b * p->channels + c] : y[c];
}

static void add_up(const cnn_step *step, const position *p, const float *x, float *y) {
    if (p->channels == 1) {
        *y = (float)cnn_lanes_sum(x, p->branches); /* in double precision, side by side */
        return;
    }
    cnn_clear_rows(1, 0, p->channels, y);
    step->kernels->channel_sums(p->branches, p->channels, p->channels, x, y);
}

/* When workers share an image, this worker's positions. */
static void forward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    const position p = position_of(step);
    const cnn_range part = cnn_part_of(place, divisions(step));
    const float *x = cnn_buffer_at(&step->input[0], place.index, place.worker);
    float *y = cnn_buffer_at(&step->output, place.index, place.worker);
    for (int64_t at = part.first; at < part.end; at++) {
        const float *from = x + at * p.branches * p.channels;
        float *to = y + at * p.channels;
        if (p.mode == CNN_CHANNEL_POOL_MAX)
            take_largest(&p, from, to);
        else
            add_up(step, &p, from, to);
        for (int64_t c = 0; p.mode == CNN_CHANNEL_POOL_MEAN && c < p.channels; c++)
            to[c] /= (float)p.branches;
    }
}

/* ---- Backward -------------------------------------------------------------------------------------- */

/* To the first of the largest. */
static void pass_to_largest(const position *p, const float *x, const float *y, const float *dy, float *dx) {
    for (int64_t c = 0; c < p->channels; c++) {
        bool passed = false;
        for (int64_t k = c; k < p->branches * p->channels; k += p->channels) {
            const bool wins = !passed && x[k] == y[c];
            dx[k] = wins ? dy[c] : 0;
            passed = passed || wins;
        }
    }
}

static void pass_to_all(const position *p, const float *dy, float *dx) {
    const float share = p->mode == CNN_CHANNEL_POOL_MEAN ? (float)p->branches : 1;
    for (int64_t b = 0; b < p->branches; b++)
        for (int64_t c = 0; c < p->channels; c++)
            dx[b * p->channels + c] = dy[c] / share;
}

static void backward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    const position p = position_of(step);
    const int64_t row = p.branches * p.channels;
    const float *x = cnn_buffer_at(&step->input[0], place.index, place.worker);
    const float *y = cnn_buffer_at(&step->output, place.index, place.worker);
    const float *dy = cnn_buffer_at(&step->output_gradient, place.index, place.worker);
    if (!step->input_gradient[0].data)
        return;
    float *dx = cnn_buffer_at(&step->input_gradient[0], place.index, place.worker);
    for (int64_t at = 0; at < divisions(step); at++)
        if (p.mode == CNN_CHANNEL_POOL_MAX)
            pass_to_largest(&p, x + at * row, y + at * p.channels, dy + at * p.channels, dx + at * row);
        else
            pass_to_all(&p, dy + at * p.channels, dx + at * row);
}

const cnn_op cnn_op_channel_pool = {
    .word = "channelpool",
    .prefix = "channel_pool",
    .onnx = "ReduceSum",
    .kind = CNN_IMAGEWISE,
    .inputs = 1,
    .fields = fields,
    .complete = complete,
    .infer = infer,
    .divisions = divisions,
    .forward = forward,
    .backward = backward,
};
