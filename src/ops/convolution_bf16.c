#include "ops/convolution_bf16.h"

#include "base/numbers.h"

#include <string.h>

void cnn_bf16_pair_up(cnn_convolution *c) {
    c->group_numbers = c->group_inputs;
    c->group_inputs = cnn_ceil_div(c->group_numbers, 2);
    c->channels = c->groups * c->group_inputs;
}

void cnn_bf16_pair_up_gradient(cnn_convolution *c) {
    c->gradient_numbers = c->group_outputs;
    c->group_outputs = cnn_ceil_div(c->gradient_numbers, 2);
    c->filters = c->groups * c->group_outputs;
}

void cnn_bf16_pair_up_columns(cnn_convolution *c) {
    c->pairs_columns = true;
}

/* ---- Copies in pairs ---------------------------------------------------------------------------------- */

void cnn_bf16_transpose(const cnn_kernels *kernels, const float *rows, int64_t count, int64_t numbers,
                        float *to) {
    enum { PAIRS = 32 };
    float pairs[CNN_BF16_ROWS * PAIRS];
    for (int64_t first = 0; first < numbers; first += 2 * PAIRS, to += count * PAIRS) {
        const int64_t some = cnn_min(2 * PAIRS, numbers - first), half = cnn_ceil_div(some, 2);
        for (int64_t row = 0; row < count; row++)
            kernels->bf16_round(1, some, rows + row * numbers + first, pairs + row * half);
        kernels->transpose(&(cnn_transpose_loop){count, half, half, count}, pairs, to);
    }
}

const float *cnn_bf16_round_rows(const cnn_convolution *c, const cnn_padded_copy *copy, int64_t numbers,
                                 const float *image, cnn_range within, float *room) {
    const int64_t row = cnn_padded_row(copy), runs = copy->columns * c->groups;
    const int64_t first = cnn_max(within.first - copy->top, 0),
                  end = cnn_min(within.end - copy->top, copy->rows);
    memset(room + within.first * row, 0, (size_t)((within.end - within.first) * row) * sizeof *room);
    for (int64_t i = first; i < end; i++)
        c->kernels->bf16_round(runs, numbers, image + i * runs * numbers,
                               room + (copy->top + i) * row + copy->left * copy->channels);
    return room;
}

/* The next column from which on other pixels of a pair lie beside the image, which begins at `left`; at most `end`. */
static int64_t next_change(int64_t column, int64_t left, int64_t size, int64_t stride, int64_t end) {
    const int64_t changes[] = {left - stride, left, left + size - stride, left + size};
    for (int i = 0; i < 4; i++)
        if (changes[i] > column)
            end = cnn_min(end, changes[i]);
    return end;
}

/* Each pixel of a padded row with the one a stride further; beside the image is 0. */
static void pair_row(const cnn_convolution *c, const cnn_padded_copy *copy, const float *row, float *to) {
    const int64_t channels = copy->channels, stride = c->stride[1];
    for (int64_t column = 0, end; column < copy->padded_columns; column = end) {
        const int64_t first = column - copy->left, second = first + stride;
        end = next_change(column, copy->left, copy->columns, stride, copy->padded_columns);
        c->kernels->bf16_pair(1, (end - column) * channels, 0,
                              first >= 0 && first < copy->columns ? row + first * channels : NULL,
                              second >= 0 && second < copy->columns ? row + second * channels : NULL,
                              to + column * channels);
    }
}

static const float *pair_columns(const cnn_convolution *c, const float *image, float *room) {
    const cnn_padded_copy copy = cnn_convolution_padded_input(c);
    const int64_t row = copy.padded_columns * copy.channels;
    memset(room, 0, (size_t)(copy.padded_rows * row) * sizeof *room);
    for (int64_t i = 0; i < copy.rows; i++)
        pair_row(c, &copy, image + i * copy.columns * copy.channels, room + (copy.top + i) * row);
    return room;
}

cnn_conv_loop cnn_bf16_loop_of_pairs(cnn_conv_loop loop) {
    loop.columns = cnn_ceil_div(loop.columns, 2);
    loop.x_column *= 2;
    loop.y_row = loop.columns * loop.y_column;
    return loop;
}

/* Floats of a pair for every two columns of the output. */
static int64_t output_pairs(const cnn_convolution *c) {
    return c->out[0] * cnn_ceil_div(c->out[1], 2) * c->filters;
}

/* Two neighbouring columns of dy; a last one alone has 0 beside it. */
static const float *pair_outputs(const cnn_convolution *c, const float *dy, float *room) {
    const int64_t pairs = c->out[1] / 2, filters = c->filters;
    float *to = room;
    for (int64_t i = 0; i < c->out[0]; i++, dy += c->out[1] * filters) {
        c->kernels->bf16_pair(pairs, filters, 2 * filters, dy, dy + filters, to);
        to += pairs * filters;
        if (c->out[1] % 2 == 0)
            continue;
        c->kernels->bf16_pair(1, filters, 0, dy + (c->out[1] - 1) * filters, NULL, to);
        to += filters;
    }
    return room;
}

/* ---- Both gradients ------------------------------------------------------------------------------------ */

static cnn_convolution convolution_of(const cnn_step *step, float *prepared) {
    cnn_convolution c =
        cnn_convolution_of(step, &step->options.conv2d, &step->input_shape[0], &step->output_shape);
    c.prepared = prepared;
    return c;
}
/* For the gradient of the weights, and for that of the input: they share `prepared`. */
static cnn_convolution of_weights(const cnn_step *step, float *prepared) {
    cnn_convolution c = convolution_of(step, prepared);
    cnn_bf16_pair_up_columns(&c);
    return c;
}
static cnn_convolution of_input(const cnn_step *step, float *prepared) {
    cnn_convolution c = convolution_of(step, prepared);
    cnn_bf16_pair_up_gradient(&c);
    return c;
}

static int64_t copied_floats(const cnn_padded_copy *copy) {
    return copy->padded_rows * cnn_padded_row(copy);
}

int64_t cnn_bf16_weights_scratch(const cnn_step *step) {
    const cnn_convolution c = of_weights(step, NULL);
    const cnn_padded_copy pixels = cnn_convolution_padded_input(&c);
    return copied_floats(&pixels) + output_pairs(&c);
}

int64_t cnn_bf16_backward_scratch(const cnn_step *step) {
    const cnn_convolution c = of_input(step, NULL);
    const cnn_padded_copy gradient = cnn_convolution_padded_gradient(&c);
    const int64_t of_weights = cnn_bf16_weights_scratch(step), of_gradient = copied_floats(&gradient);
    return cnn_max(of_weights, of_gradient);
}

int64_t cnn_bf16_weights_prepared(const cnn_step *step) {
    const cnn_convolution c = of_weights(step, NULL);
    return cnn_convolution_prepared(&c, false);
}

void cnn_bf16_weights_prepare(const cnn_step *step, float *prepared) {
    const cnn_convolution c = of_weights(step, prepared);
    cnn_convolution_prepare(&c, step->parameter[0], false);
}

int64_t cnn_bf16_backward_prepared(const cnn_step *step) {
    const cnn_convolution c = of_input(step, NULL);
    return cnn_convolution_prepared(&c, true);
}

void cnn_bf16_backward_prepare(const cnn_step *step, float *prepared) {
    const cnn_convolution c = of_input(step, prepared);
    cnn_convolution_prepare(&c, step->parameter[0], true);
}

int64_t cnn_bf16_backward_divisions(const cnn_step *step) {
    const cnn_convolution c = of_weights(step, NULL);
    return cnn_convolution_backward_divisions(&c);
}

void cnn_bf16_weight_gradients(const cnn_step *step, cnn_place place, float *prepared) {
    cnn_convolution c = of_weights(step, prepared);
    cnn_convolution_take_backward_part(&c, place);
    float *room = cnn_buffer_at(&step->scratch, 0, place.worker);
    const float *pairs =
        pair_outputs(&c, cnn_buffer_at(&step->output_gradient, place.index, place.worker), room);
    const float *x =
        pair_columns(&c, cnn_buffer_at(&step->input[0], place.index, place.worker), room + output_pairs(&c));
    cnn_bias_gradient(step, place);
    cnn_convolution_weight_gradient(&c, x, pairs, cnn_sum_flag(place),
                                    step->gradient[0] + place.slice * step->gradient_slice);
}

/* dx from a padded copy of dy; overwrites. */
static void input_gradient(const cnn_step *step, const cnn_run *run, cnn_place place, float *prepared) {
    cnn_convolution c = of_input(step, prepared);
    cnn_convolution_take_backward_part(&c, place);
    const cnn_padded_copy copy = cnn_convolution_padded_gradient(&c);
    const float *padded = cnn_bf16_round_rows(
        &c, &copy, c.gradient_numbers, cnn_buffer_at(&step->output_gradient, place.index, place.worker),
        (cnn_range){0, copy.padded_rows}, cnn_buffer_at(&step->scratch, 0, place.worker));
    cnn_convolution_input_gradient(&c, padded, NULL, NULL, cnn_far_flag(&step->input_gradient[0], run->batch),
                                   cnn_buffer_at(&step->input_gradient[0], place.index, place.worker));
}

void cnn_bf16_backward(const cnn_step *step, const cnn_run *run, cnn_place place, float *prepared) {
    if (!step->frozen)
        cnn_bf16_weight_gradients(step, place, prepared);
    if (step->input_gradient[0].data)
        input_gradient(step, run, place, prepared);
}
