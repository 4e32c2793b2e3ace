/* Normalisation of each image by itself, in groups of neighbouring channels: a group gets mean 0 and variance 1, then
 * each of its channels a trained scale and shift. Two layers: group normalisation (Wu and He 2018, arXiv:1803.08494),
 * and instance normalisation (Ulyanov et al. 2016, arXiv:1607.08022), whose groups are single channels. */
#include "base/numbers.h"
#include "ops/op.h"
#include "ops/window.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static const cnn_field group_fields[] = {
    CNN_FIELD("groups", CNN_FIELD_INTEGER, group_norm.groups, .positional = true, .onnx = "num_groups"),
    CNN_FIELD("epsilon", CNN_FIELD_REAL, group_norm.epsilon, .onnx = "epsilon"),
    {0},
};

static const cnn_field instance_fields[] = {
    CNN_FIELD("epsilon", CNN_FIELD_REAL, instance_norm.epsilon, .onnx = "epsilon"),
    {0},
};

static cnn_status complete_epsilon(double *epsilon, cnn_error *error) {
    if (*epsilon == 0)
        *epsilon = 1e-5;
    if (!(*epsilon > 0) || !isfinite((float)*epsilon))
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "epsilon must be above 0 and finite, not %g", *epsilon);
    return CNN_OK;
}

static cnn_status complete_instance(cnn_options *options, cnn_error *error) {
    return complete_epsilon(&options->instance_norm.epsilon, error);
}

static cnn_status complete_group(cnn_options *options, cnn_error *error) {
    if (options->group_norm.groups < 1)
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "groups must be at least 1, not %" PRId64,
                        options->group_norm.groups);
    return complete_epsilon(&options->group_norm.epsilon, error);
}

static cnn_status infer_instance(cnn_options *options, const cnn_shape *inputs, cnn_shape *output,
                                 cnn_error *error) {
    (void)options;
    *output = *inputs;
    return cnn_window_needs_map("instancenorm", inputs, error);
}

static cnn_status infer_group(cnn_options *options, const cnn_shape *inputs, cnn_shape *output,
                              cnn_error *error) {
    const int64_t groups = options->group_norm.groups;
    *output = *inputs;
    cnn_status status = cnn_window_needs_map("groupnorm", inputs, error);
    if (status == CNN_OK && inputs->dim[0] % groups != 0)
        status = cnn_fail(error, CNN_ERROR_SHAPE,
                          "groupnorm: groups %" PRId64 " must divide the %" PRId64 " input channels", groups,
                          inputs->dim[0]);
    return status;
}

/* Scale and bias of each channel. */
static int parameters(const cnn_options *options, const cnn_shape *input, const cnn_layout *layout,
                      cnn_parameter_spec specs[CNN_MAX_PARAMETERS]) {
    (void)options, (void)layout;
    specs[0] = specs[1] = cnn_bias_spec(input->dim[0]);
    specs[0].suffix = "weight";
    specs[0].start = 1;
    return 2;
}

/* ---- Blocks of channels ---------------------------------------------------------------------------- */

/* Channels whose sums are formed in one pass over the positions, unless a single group has more. */
enum { BLOCK = 16 };

/* Neighbouring channels of one image that are normalised in one go: whole groups. */
typedef struct block {
    int64_t channels, area;  /* of the image: rows of `channels` floats, one for each position */
    int64_t first, count;    /* this block's channels */
    int64_t size;            /* channels of a group */
    double values, epsilon;  /* values of a group */
    float *mean, *inverse;   /* of the first channel's group: its mean, 1 / sqrt(variance + epsilon) */
    double *sum, *other_sum; /* for each channel of the block */
} block;

static int64_t channels_of(const cnn_step *step) {
    return step->output_shape.dim[0];
}

/* Channels of a group. */
static int64_t group_size(const cnn_step *step) {
    return step->op == &cnn_op_instance_norm ? 1 : channels_of(step) / step->options.group_norm.groups;
}

/* Channels of a block; the last of an image may have fewer. */
static int64_t block_size(const cnn_step *step) {
    const int64_t size = group_size(step);
    return cnn_max(size, BLOCK / size * size);
}

/* Two sums in double precision for each channel of a block, in floats. */
static int64_t sum_floats(const cnn_step *step) {
    return 2 * block_size(step) * (int64_t)(sizeof(double) / sizeof(float));
}

/* The sums, and mean and inverse deviation of every channel's group: backward needs those again. */
static cnn_step_sizes sizes(const cnn_step *step) {
    const int64_t sums = sum_floats(step), moments = 2 * channels_of(step);
    return step->training ? (cnn_step_sizes){.scratch = sums, .saved = moments}
                          : (cnn_step_sizes){.scratch = sums + moments};
}

/* Where forward keeps the means of an image, and after them the inverse deviations. */
static float *moments_at(const cnn_step *step, cnn_place place) {
    return step->training ? cnn_buffer_at(&step->saved, place.index, place.worker)
                          : cnn_buffer_at(&step->scratch, 0, place.worker) + sum_floats(step);
}

/* The block from channel `first` on, its sums zero. */
static block block_at(const cnn_step *step, cnn_place place, int64_t first) {
    float *mean = moments_at(step, place) + first;
    block b = {.channels = channels_of(step), .first = first, .size = group_size(step)};
    b.area = cnn_shape_elements(&step->output_shape) / b.channels;
    b.count = cnn_min(b.channels - first, block_size(step));
    b.values = (double)(b.area * b.size);
    b.epsilon = step->op == &cnn_op_instance_norm ? step->options.instance_norm.epsilon
                                                  : step->options.group_norm.epsilon;
    b.mean = mean;
    b.inverse = mean + b.channels;
    b.sum = (double *)(void *)cnn_buffer_at(&step->scratch, 0, place.worker);
    b.other_sum = b.sum + b.count;
    memset(b.sum, 0, 2 * (size_t)b.count * sizeof *b.sum);
    return b;
}

/* Each channel's sum becomes that of its group. */
static void join_groups(const block *b, double *sums) {
    for (int64_t first = 0; b->size > 1 && first < b->count; first += b->size) {
        double sum = 0;
        for (int64_t k = first; k < first + b->size; k++)
            sum += sums[k];
        for (int64_t k = first; k < first + b->size; k++)
            sums[k] = sum;
    }
}

/* ---- Forward --------------------------------------------------------------------------------------- */

/* `x` is the image at the block's first channel. The variance is taken in a second pass, around the mean. */
static void find_moments(const block *b, const float *x) {
    const float *end = x + b->area * b->channels;
    for (const float *row = x; row < end; row += b->channels)
        for (int64_t k = 0; k < b->count; k++)
            b->sum[k] += (double)row[k];
    join_groups(b, b->sum);
    for (const float *row = x; row < end; row += b->channels)
        for (int64_t k = 0; k < b->count; k++) {
            const double centred = (double)row[k] - b->sum[k] / b->values;
            b->other_sum[k] += centred * centred;
        }
    join_groups(b, b->other_sum);
    for (int64_t k = 0; k < b->count; k++) {
        b->mean[k] = (float)(b->sum[k] / b->values);
        b->inverse[k] = (float)(1 / sqrt(b->other_sum[k] / b->values + b->epsilon));
    }
}

/* y = scale (x - mean) / sqrt(variance + epsilon) + bias, mean and variance over the positions of one image and the
 * channels of one group. */
static void forward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    const int64_t channels = channels_of(step), values = cnn_shape_elements(&step->output_shape);
    const float *x = cnn_buffer_at(&step->input[0], place.index, place.worker);
    float *y = cnn_buffer_at(&step->output, place.index, place.worker);
    const float *mean = moments_at(step, place), *inverse = mean + channels;
    for (int64_t c = 0; c < channels; c += block_size(step)) {
        const block b = block_at(step, place, c);
        find_moments(&b, x + c);
    }
    for (int64_t at = 0; at < values; at += channels)
        for (int64_t c = 0; c < channels; c++)
            y[at + c] = (x[at + c] - mean[c]) * inverse[c] * step->parameter[0][c] + step->parameter[1][c];
}

/* ---- Backward -------------------------------------------------------------------------------------- */

/* The sums of dy and of dy n, with n = (x - mean) inverse: the gradients of bias and scale. */
static void sum_gradients(const block *b, const float *x, const float *dy) {
    for (int64_t at = 0; at < b->area * b->channels; at += b->channels)
        for (int64_t k = 0; k < b->count; k++) {
            b->sum[k] += (double)dy[at + k];
            b->other_sum[k] += (double)(dy[at + k] * (x[at + k] - b->mean[k]) * b->inverse[k]);
        }
}

/* Channels alone: dx = weight inverse (dy - mean of dy - n times the mean of dy n). */
static void gradient_alone(const block *b, const float *x, const float *dy, const float *weight, float *dx) {
    for (int64_t at = 0; at < b->area * b->channels; at += b->channels)
        for (int64_t k = 0; k < b->count; k++) {
            const float normalised = (x[at + k] - b->mean[k]) * b->inverse[k];
            const float shared = (float)((b->sum[k] + (double)normalised * b->other_sum[k]) / b->values);
            dx[at + k] = weight[k] * b->inverse[k] * (dy[at + k] - shared);
        }
}

/* Channels of a group have weights of their own, so these are within the means, over the group: with g = weight dy,
 * dx = inverse (g - mean of g - n times the mean of g n). */
static void gradient_in_groups(const block *b, const float *x, const float *dy, const float *weight,
                               float *dx) {
    for (int64_t k = 0; k < b->count; k++) {
        b->sum[k] *= (double)weight[k];
        b->other_sum[k] *= (double)weight[k];
    }
    join_groups(b, b->sum);
    join_groups(b, b->other_sum);
    for (int64_t at = 0; at < b->area * b->channels; at += b->channels)
        for (int64_t k = 0; k < b->count; k++) {
            const float normalised = (x[at + k] - b->mean[k]) * b->inverse[k];
            const float shared = (float)((b->sum[k] + (double)normalised * b->other_sum[k]) / b->values);
            dx[at + k] = b->inverse[k] * (weight[k] * dy[at + k] - shared);
        }
}

static void backward_block(const cnn_step *step, cnn_place place, const block *b) {
    const int64_t parameter = place.slice * step->gradient_slice + b->first;
    const float *x = cnn_buffer_at(&step->input[0], place.index, place.worker) + b->first;
    const float *dy = cnn_buffer_at(&step->output_gradient, place.index, place.worker) + b->first;
    sum_gradients(b, x, dy);
    for (int64_t k = 0; k < b->count; k++) {
        step->gradient[0][parameter + k] += (float)b->other_sum[k];
        step->gradient[1][parameter + k] += (float)b->sum[k];
    }
    if (step->input_gradient[0].data)
        (b->size == 1 ? gradient_alone : gradient_in_groups)(
            b, x, dy, step->parameter[0] + b->first,
            cnn_buffer_at(&step->input_gradient[0], place.index, place.worker) + b->first);
}

static void backward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    for (int64_t c = 0; c < channels_of(step); c += block_size(step)) {
        const block b = block_at(step, place, c);
        backward_block(step, place, &b);
    }
}

const cnn_op cnn_op_group_norm = {
    .word = "groupnorm",
    .prefix = "group_norm",
    .onnx = "GroupNormalization",
    .onnx_opset = 21, /* before it, one scale for each group */
    .kind = CNN_IMAGEWISE,
    .inputs = 1,
    .fields = group_fields,
    .complete = complete_group,
    .infer = infer_group,
    .parameters = parameters,
    .sizes = sizes,
    .forward = forward,
    .backward = backward,
};

const cnn_op cnn_op_instance_norm = {
    .word = "instancenorm",
    .prefix = "instance_norm",
    .onnx = "InstanceNormalization",
    .kind = CNN_IMAGEWISE,
    .inputs = 1,
    .fields = instance_fields,
    .complete = complete_instance,
    .infer = infer_instance,
    .parameters = parameters,
    .sizes = sizes,
    .forward = forward,
    .backward = backward,
};
