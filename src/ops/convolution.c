#include "ops/convolution.h"

#include "base/numbers.h"
#include "ops/convolution_bf16.h"
#include "ops/depthwise.h"

#include <inttypes.h>
#include <string.h>

/* ---- Geometry -------------------------------------------------------------------------------------- */

/* Division that rounds down, for a negative dividend too. */
static int64_t floor_divide(int64_t a, int64_t b) {
    return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

/* How many zeros the gradient of the input needs before and after dy along an axis, so that every tap reads
 * something. */
static void pad_gradient(cnn_convolution *c, int axis) {
    int64_t reach = c->dilation[axis] * (c->kernel[axis] - 1);
    int64_t first = floor_divide(c->padding[axis] - reach, c->stride[axis]);
    int64_t last = (c->padding[axis] + c->size[axis] - 1) / c->stride[axis];
    c->before[axis] = first < 0 ? -first : 0;
    int64_t after = last > c->out[axis] - 1 ? last - (c->out[axis] - 1) : 0;
    c->gradient_padded[axis] = c->before[axis] + c->out[axis] + after;
}

cnn_convolution cnn_convolution_of(const cnn_step *step, const cnn_conv2d_options *options,
                                   const cnn_shape *input, const cnn_shape *output) {
    cnn_convolution c = {.kernels = step->kernels,
                         .prepared = step->prepared,
                         .limit = step->limit,
                         .groups = options->groups,
                         .channels = input->dim[0],
                         .filters = output->dim[0]};
    for (int axis = 0; axis < 2; axis++) {
        c.kernel[axis] = options->kernel[axis];
        c.stride[axis] = options->stride[axis];
        c.dilation[axis] = options->dilation[axis];
        c.padding[axis] = options->padding[axis];
        c.size[axis] = input->dim[1 + axis];
        c.padded[axis] = c.size[axis] + options->padding[axis] + options->padding[2 + axis];
        c.out[axis] = output->dim[1 + axis];
        pad_gradient(&c, axis);
    }
    c.group_inputs = c.channels / c.groups;
    c.group_outputs = c.filters / c.groups;
    c.taps = c.kernel[0] * c.kernel[1];
    c.rows = (cnn_range){0, c.out[0]};
    c.outputs = (cnn_range){0, c.group_outputs};
    c.within_groups = (cnn_range){0, c.groups};
    c.within_taps = (cnn_range){0, c.taps};
    c.input_rows = (cnn_range){0, c.size[0]};
    c.inputs = (cnn_range){0, c.group_inputs};
    return c;
}

cnn_status cnn_convolution_check(const char *what, const cnn_conv2d_options *options, const cnn_shape *input,
                                 const cnn_shape *output, cnn_error *error) {
    const int64_t groups = options->groups, channels = input->dim[0], filters = output->dim[0];
    if (channels % groups || filters % groups)
        return cnn_fail(error, CNN_ERROR_SHAPE,
                        "%s: %" PRId64 " groups must divide both the %" PRId64
                        " input channels and the %" PRId64 " filters",
                        what, groups, channels, filters);
    const cnn_shape weight =
        cnn_shape_of(4, (int64_t[]){filters, channels / groups, options->kernel[0], options->kernel[1]});
    if (!cnn_shape_valid(&weight))
        return cnn_fail(error, CNN_ERROR_SHAPE, "%s: the weight is too large", what);
    cnn_shape padded = {.rank = 3, .dim = {channels + filters}}; /* more than any padded copy */
    for (int axis = 0; axis < 2; axis++)
        padded.dim[1 + axis] = input->dim[1 + axis] + options->padding[axis] + options->padding[2 + axis] +
                               2 * options->dilation[axis] * (options->kernel[axis] - 1);
    return cnn_shape_valid(&padded)
               ? CNN_OK
               : cnn_fail(error, CNN_ERROR_SHAPE, "%s: the padded copy is too large", what);
}

const char *cnn_convolution_algorithm(int64_t groups, int64_t inputs, int64_t outputs) {
    return groups > 1 && inputs == groups && outputs == groups ? "depthwise" : "direct";
}

cnn_order cnn_convolution_order(int64_t groups, int64_t inputs, int64_t outputs, int64_t taps) {
    if (inputs == 1 && outputs == 1)
        return (cnn_order){.groups = 1, .outputs = groups, .inputs = 1, .area = taps};
    return (cnn_order){.groups = groups, .outputs = outputs, .inputs = inputs, .area = taps};
}

/* From one tap's weights to the next one's. */
static int64_t tap_floats(const cnn_convolution *c) {
    return c->group_inputs * c->group_outputs;
}

/* Floats from one pixel of a padded map to the next. A group reads a few channels of each pixel, again for each tap:
 * if they were whole kilobytes apart, they would compete for the same few sets of the first-level cache. */
static int64_t padded_pixel(const cnn_convolution *c, int64_t channels) {
    enum { KILOBYTE = 256, LINE = 16 }; /* floats */
    const bool competes = c->groups > 1 && c->taps > 1 && channels % KILOBYTE == 0;
    return competes && !cnn_is_paired(c) ? channels + LINE : channels;
}

/* Pixels in a row of what forward reads. */
static int64_t read_columns(const cnn_convolution *c) {
    return c->unpadded ? c->size[1] : c->padded[1];
}

/* Depthwise loops skip taps beside the image, so they need no padding. */
static cnn_padded_copy no_padding(const int64_t size[2], int64_t channels) {
    return (cnn_padded_copy){size[0], size[1], channels, size[0], size[1], 0, 0, channels};
}

void cnn_convolution_read_image(cnn_convolution *c) {
    enum {
        MIN_POSITIONS = 200, /* on smaller maps, tiles at the edges are too short */
        MIN_CHANNELS = 2,    /* a copy of one costs less than the edges do */
        MIN_TOGETHER = 8     /* fewer outputs of a block are summed in an order that depends on the taps */
    };
    const bool has_padding = c->padded[0] > c->size[0] || c->padded[1] > c->size[1];
    c->unpadded = has_padding && c->groups == 1 && !c->group_numbers && c->filters % MIN_TOGETHER == 0 &&
                  c->channels >= MIN_CHANNELS && c->out[0] * c->out[1] >= MIN_POSITIONS;
}

cnn_padded_copy cnn_convolution_padded_input(const cnn_convolution *c) {
    if (cnn_is_depthwise(c) || c->unpadded)
        return no_padding(c->size, c->channels);
    return (cnn_padded_copy){c->size[0],   c->size[1],    c->channels,   c->padded[0],
                             c->padded[1], c->padding[0], c->padding[1], padded_pixel(c, c->channels)};
}
cnn_padded_copy cnn_convolution_padded_gradient(const cnn_convolution *c) {
    if (cnn_is_depthwise(c))
        return no_padding(c->out, c->filters);
    return (cnn_padded_copy){c->out[0],
                             c->out[1],
                             c->filters,
                             c->gradient_padded[0],
                             c->gradient_padded[1],
                             c->before[0],
                             c->before[1],
                             padded_pixel(c, c->filters)};
}

/* ---- What is derived from the weights -------------------------------------------------------------- */

/* prepared: the taps' offsets of forward, those of backward, then the weights as the kernel reads them: in contiguous
 * blocks of outputs, [groups][blocks][taps][inputs][outputs of a block]. With all outputs of an input in a row, the
 * rows of a block would lie a power of two apart and compete for the same few places of the first-level cache. Last
 * (backward) the weights transposed for the gradient of the input, in such blocks as well. */
static int64_t *forward_taps(const cnn_convolution *c) {
    return (int64_t *)(void *)c->prepared;
}

/* Offsets of the taps of all phases of the gradient of the input, phase after phase. */
static int64_t *backward_taps(const cnn_convolution *c) {
    return forward_taps(c) + c->taps;
}

bool cnn_convolution_has_blocks(const cnn_convolution *c) {
    return c->group_numbers > 0 ||
           (!cnn_is_depthwise(c) && !cnn_is_paired(c) && c->group_outputs > cnn_convolution_block(c));
}

/* Floats of one copy of the weights. */
static int64_t weight_floats(const cnn_convolution *c) {
    return c->taps * c->group_inputs * c->filters;
}

/* Where the weights in blocks of outputs lie; there are none if a group has one block only. */
static float *blocked_weights(const cnn_convolution *c) {
    return (float *)(void *)(forward_taps(c) + 2 * c->taps);
}

/* Where the weights for the gradient of the input lie. */
static float *transposed_weights(const cnn_convolution *c) {
    return blocked_weights(c) + (cnn_convolution_has_blocks(c) ? weight_floats(c) : 0);
}

int64_t cnn_convolution_prepared(const cnn_convolution *c, bool backward) {
    if (cnn_is_depthwise(c))
        return 0;
    const int64_t copies = (cnn_convolution_has_blocks(c) ? 1 : 0) + (backward ? 1 : 0);
    return 2 * c->taps * (int64_t)(sizeof(int64_t) / sizeof(float)) + copies * weight_floats(c);
}

/* The gradient of the input falls into stride x stride phases: position + padding = remainder modulo the
 * stride. Each kernel element belongs to one phase; the elements of a phase are contiguous in the transposed
 * weights. */
typedef struct phase {
    int64_t remainder[2]; /* rows, columns */
    int64_t first_tap;    /* how many taps the phases before it have */
    int64_t taps;
} phase;

/* Whether a kernel element reaches positions of this remainder modulo the stride. */
static bool reaches(const cnn_convolution *c, int axis, int64_t element, int64_t remainder) {
    return (element * c->dilation[axis] - remainder) % c->stride[axis] == 0;
}

/* From a position's place in the padded dy to where kernel element (i, j) reads, in floats. */
static int64_t gradient_offset(const cnn_convolution *c, const phase *p, int64_t i, int64_t j) {
    int64_t row = floor_divide(p->remainder[0] - i * c->dilation[0], c->stride[0]);
    int64_t column = floor_divide(p->remainder[1] - j * c->dilation[1], c->stride[1]);
    return (row * c->gradient_padded[1] + column) * padded_pixel(c, c->filters);
}

void cnn_convolution_block_row(const cnn_convolution *c, const float *tap, int64_t input, int64_t count,
                               float *to) {
    if (!c->group_numbers) {
        memcpy(to, tap + input * c->group_outputs, (size_t)count * sizeof *to);
        return;
    }
    const float *first = tap + 2 * input * c->group_outputs, *second = first + c->group_outputs;
    const bool both = 2 * input + 1 < c->group_numbers;
    c->kernels->bf16_pair(1, count, 0, first, both ? second : NULL, to);
}

/* w[group][tap][input][output] into blocks of outputs. */
static void block_weights(const cnn_convolution *c, const float *weights) {
    const int64_t tap = (c->group_numbers ? c->group_numbers : c->group_inputs) * c->group_outputs;
    float *to = blocked_weights(c);
    for (int64_t group = 0; group < c->groups; group++, weights += c->taps * tap)
        for (int64_t first = 0; first < c->group_outputs; first += cnn_convolution_block(c)) {
            const int64_t count = cnn_min(cnn_convolution_block(c), c->group_outputs - first);
            for (int64_t t = 0; t < c->taps; t++)
                for (int64_t input = 0; input < c->group_inputs; input++, to += count)
                    cnn_convolution_block_row(c, weights + t * tap + first, input, count, to);
        }
}

/* `count` rows of a tap's weights, one for each input of a block, into [output][input]. */
static void transpose_block(const cnn_convolution *c, const float *rows, int64_t count, float *to) {
    const cnn_transpose_loop transposition = {count, c->group_outputs, c->group_outputs, count};
    if (c->gradient_numbers)
        cnn_bf16_transpose(c->kernels, rows, count, c->gradient_numbers, to);
    else
        c->kernels->transpose(&transposition, rows, to);
}

/* w[tap][input][output] of each group into blocks of inputs: [output][inputs of a block]. */
static void transpose_tap(const cnn_convolution *c, const float *weights, int64_t tap, int64_t to) {
    const int64_t size = tap_floats(c), row = c->gradient_numbers ? c->gradient_numbers : c->group_outputs;
    for (int64_t group = 0; group < c->groups; group++)
        for (int64_t first = 0; first < c->group_inputs; first += cnn_convolution_block(c)) {
            const int64_t count = cnn_min(cnn_convolution_block(c), c->group_inputs - first);
            const int64_t block = group * c->taps * size + first * c->taps * c->group_outputs;
            transpose_block(c, weights + ((group * c->taps + tap) * c->group_inputs + first) * row, count,
                            transposed_weights(c) + block + to * count * c->group_outputs);
        }
}

/* Count a phase's taps; with `weights`, also record their offsets and transpose their weights. */
static void collect_phase(const cnn_convolution *c, const float *weights, phase *p) {
    p->taps = 0;
    for (int64_t i = 0; i < c->kernel[0]; i++)
        for (int64_t j = 0; j < c->kernel[1]; j++) {
            if (!reaches(c, 0, i, p->remainder[0]) || !reaches(c, 1, j, p->remainder[1]))
                continue;
            int64_t to = p->first_tap + p->taps++;
            if (!weights)
                continue;
            backward_taps(c)[to] = gradient_offset(c, p, i, j);
            transpose_tap(c, weights, i * c->kernel[1] + j, to);
        }
}

/* The phase of the next column remainder, then of the next row. */
static void next_phase(const cnn_convolution *c, phase *p) {
    p->first_tap += p->taps;
    if (++p->remainder[1] == c->stride[1]) {
        p->remainder[1] = 0;
        p->remainder[0]++;
    }
}

void cnn_convolution_prepare(const cnn_convolution *c, const float *weights, bool backward) {
    if (cnn_is_depthwise(c))
        return;
    for (int64_t i = 0; i < c->kernel[0]; i++)
        for (int64_t j = 0; j < c->kernel[1]; j++)
            forward_taps(c)[i * c->kernel[1] + j] =
                (i * c->dilation[0] * read_columns(c) + j * c->dilation[1]) * padded_pixel(c, c->channels);
    if (cnn_convolution_has_blocks(c))
        block_weights(c, weights);
    for (phase p = {0}; backward && p.remainder[0] < c->stride[0]; next_phase(c, &p))
        collect_phase(c, weights, &p);
}

/* ---- Running --------------------------------------------------------------------------------------- */

/* The loop over all outputs of one group, before it is narrowed to a part. */
static cnn_conv_loop forward_loop(const cnn_convolution *c, int flags) {
    const int64_t y_column = c->filters / cnn_numbers_written(flags);
    return (cnn_conv_loop){
        .rows = c->out[0],
        .columns = c->out[1],
        .x_row = c->stride[0] * read_columns(c) * padded_pixel(c, c->channels),
        .x_column = c->stride[1] * padded_pixel(c, c->channels),
        .y_row = c->out[1] * y_column,
        .y_column = y_column,
        .taps = c->taps,
        .tap = forward_taps(c),
        .inputs = c->group_inputs,
        .outputs = c->group_outputs,
        .w_row = c->group_outputs,
        .limit = c->limit,
    };
}

static void sum_block(const cnn_convolution *c, const cnn_conv_loop *loop, const float *x, const float *w,
                      const float *bias, int flags, float *y) {
    if (c->unpadded)
        cnn_convolution_sum_inside(c, loop, x, w, bias, flags, y);
    else if (cnn_is_paired(c))
        c->kernels->bf16_conv(loop, x, w, bias, flags, y);
    else
        c->kernels->conv(loop, x, w, bias, flags, y);
}

/* One loop for each group and each block of outputs within `outputs`, which begins with a whole block; a group has
 * `all` outputs. `weights`: in blocks; the loop's taps are those from `first_tap` on. */
static void convolve(const cnn_convolution *c, cnn_conv_loop loop, cnn_range outputs, int64_t all,
                     const float *weights, int64_t first_tap, const float *x, const float *bias, int flags,
                     float *y) {
    const int64_t rows = c->taps * loop.inputs;
    for (int64_t group = 0; group < c->groups; group++)
        for (int64_t first = outputs.first; first < outputs.end; first += cnn_convolution_block(c)) {
            const int64_t at = group * all + first, in_block = cnn_min(cnn_convolution_block(c), all - first);
            loop.w_row = in_block;
            loop.outputs = cnn_min(in_block, outputs.end - first);
            sum_block(c, &loop, x + group * loop.inputs,
                      weights + at * rows + first_tap * loop.inputs * in_block, bias ? bias + at : NULL,
                      flags, y + at / cnn_numbers_written(flags));
        }
}

void cnn_convolution_forward(const cnn_convolution *c, const float *x, const float *weights,
                             const float *bias, int flags, float *y) {
    if (cnn_is_depthwise(c)) {
        cnn_depthwise_forward(c, x, weights, bias, flags, y);
        return;
    }
    cnn_conv_loop loop = forward_loop(c, flags);
    const int64_t first = c->unpadded ? 0 : c->rows.first; /* which otherwise knows the rows itself */
    loop.rows = c->rows.end - c->rows.first;
    convolve(c, loop, c->outputs, c->group_outputs,
             cnn_convolution_has_blocks(c) ? blocked_weights(c) : weights, 0, x + first * loop.x_row, bias,
             flags, y + first * loop.y_row);
}

void cnn_convolution_weight_gradient(const cnn_convolution *c, const float *x, const float *dy, int flags,
                                     float *dw) {
    if (cnn_is_depthwise(c)) {
        cnn_depthwise_weight_gradient(c, x, dy, flags, dw);
        return;
    }
    if (c->outputs.first == c->outputs.end)
        return;
    cnn_conv_loop loop = c->pairs_columns ? cnn_bf16_loop_of_pairs(forward_loop(c, 0)) : forward_loop(c, 0);
    loop.tap += c->within_taps.first;
    loop.taps = c->within_taps.end - c->within_taps.first;
    loop.outputs = c->outputs.end - c->outputs.first;
    dw += c->within_taps.first * tap_floats(c) + c->outputs.first;
    for (int64_t group = c->within_groups.first; group < c->within_groups.end; group++)
        (c->pairs_columns ? c->kernels->bf16_conv_weights : c->kernels->conv_weights)(
            &loop, x + group * c->group_inputs, dy + group * c->group_outputs + c->outputs.first,
            flags & CNN_CONV_ACCUMULATE, dw + group * c->taps * tap_floats(c));
}

/* Positions of one phase along an axis of the input, within a range: the first multiple q of the stride, and how many. */
static int64_t phase_positions(const cnn_convolution *c, const phase *p, int axis, cnn_range within,
                               int64_t *first) {
    int64_t padding = c->padding[axis], stride = c->stride[axis], r = p->remainder[axis];
    *first = -floor_divide(r - padding - within.first, stride);
    return floor_divide(padding + within.end - 1 - r, stride) - *first + 1;
}

/* The gradient of the input at the positions of one phase: a convolution of the padded gradient. */
static void input_gradient_phase(const cnn_convolution *c, const phase *p, const float *dy, const float *bias,
                                 int flags, float *dx) {
    int64_t q[2];
    const cnn_conv_loop loop = {
        .rows = phase_positions(c, p, 0, c->input_rows, &q[0]),
        .columns = phase_positions(c, p, 1, (cnn_range){0, c->size[1]}, &q[1]),
        .x_row = c->gradient_padded[1] * padded_pixel(c, c->filters),
        .x_column = padded_pixel(c, c->filters),
        .y_row = c->stride[0] * c->size[1] * c->channels,
        .y_column = c->stride[1] * c->channels,
        .taps = p->taps,
        .tap = backward_taps(c) + p->first_tap,
        .inputs = c->group_outputs,
        .outputs = c->group_inputs,
        .w_row = c->group_inputs,
    };
    if (loop.rows <= 0 || loop.columns <= 0)
        return;
    const float *from = dy + ((q[0] + c->before[0]) * c->gradient_padded[1] + q[1] + c->before[1]) *
                                 padded_pixel(c, c->filters);
    int64_t row = c->stride[0] * q[0] + p->remainder[0] - c->padding[0];
    int64_t column = c->stride[1] * q[1] + p->remainder[1] - c->padding[1];
    float *to = dx + (row * c->size[1] + column) * c->channels;
    convolve(c, loop, c->inputs, c->group_inputs, transposed_weights(c), p->first_tap, from, bias, flags, to);
}

void cnn_convolution_input_gradient(const cnn_convolution *c, const float *dy, const float *weights,
                                    const float *bias, int flags, float *dx) {
    if (cnn_is_depthwise(c)) {
        cnn_depthwise_input_gradient(c, dy, weights, bias, flags, dx);
        return;
    }
    /* A kernel smaller than its stride leaves gaps, which are zero: clear everything first. */
    const bool clears = !bias && (c->kernel[0] < c->stride[0] || c->kernel[1] < c->stride[1]);
    const int64_t row = c->size[1] * c->channels;
    if (clears)
        memset(dx + c->input_rows.first * row, 0,
               (size_t)((c->input_rows.end - c->input_rows.first) * row) * sizeof *dx);
    for (phase p = {0}; p.remainder[0] < c->stride[0]; next_phase(c, &p)) {
        collect_phase(c, NULL, &p);
        if (p.taps > 0 || !clears)
            input_gradient_phase(c, &p, dy, bias, flags, dx);
    }
}
