/* The work of one convolution divided into parts, so that several workers can share it. */
#include "ops/convolution.h"

#include "base/numbers.h"

enum { SMALL_MAP = 256, FEW_ROWS = 8 };

/* Only small maps may be divided by channels; larger ones go by rows. */
static bool is_small(const int64_t size[2]) {
    return size[0] * size[1] <= SMALL_MAP;
}

/* By rows, workers read the same weights; by filters, they read each other's part of the input, and what comes next reads each other's
 * part of the output if that goes by rows. Weights are read from a cache of their own, but what another processor wrote comes from its
 * caches, several times as slowly where these are not behind the same third level. So small maps go by filters only where weights are more
 * than maps, or where rows are too few to be shared evenly. */
static bool goes_by_filters(const cnn_convolution *c) {
    const int64_t weights = c->taps * c->channels * c->filters;
    const int64_t maps = c->size[0] * c->size[1] * c->channels + c->out[0] * c->out[1] * c->filters;
    return c->groups == 1 && is_small(c->out) && (weights > maps || c->out[0] < FEW_ROWS);
}

/* Between two convolutions that go by filters, channels stay with the worker that wrote them. */
static bool goes_by_groups(const cnn_convolution *c) {
    return cnn_is_depthwise(c) && is_small(c->out) && c->out[0] < FEW_ROWS;
}

/* The place's part of `count` channels: whole blocks; the last part also gets the remainder. */
static cnn_range channels_of(const cnn_convolution *c, cnn_place place, int64_t count) {
    const cnn_range blocks = cnn_part_of(place, count / cnn_convolution_block(c));
    const bool last = place.parts == 0 || place.part == place.parts - 1;
    return (cnn_range){blocks.first * cnn_convolution_block(c),
                       last ? count : blocks.end * cnn_convolution_block(c)};
}

int64_t cnn_convolution_divisions(const cnn_convolution *c) {
    return goes_by_filters(c) || goes_by_groups(c) ? c->filters / cnn_convolution_block(c) : c->out[0];
}

void cnn_convolution_take_part(cnn_convolution *c, cnn_place place) {
    if (goes_by_filters(c))
        c->outputs = channels_of(c, place, c->filters);
    else if (goes_by_groups(c))
        c->within_groups = channels_of(c, place, c->groups);
    else
        c->rows = cnn_part_of(place, c->out[0]);
}

/* Of several groups with several outputs each, a part has all channels. */
static cnn_range output_channels(const cnn_convolution *c) {
    if (cnn_is_depthwise(c))
        return c->within_groups;
    return c->groups == 1 ? c->outputs : (cnn_range){0, c->filters};
}

cnn_output_runs cnn_convolution_runs(const cnn_convolution *c, int64_t rows) {
    const cnn_range channels = output_channels(c);
    const int64_t length = channels.end - channels.first, pixels = rows * c->out[1];
    if (length == c->filters)
        return (cnn_output_runs){0, 1, pixels * length};
    return (cnn_output_runs){channels.first, pixels, length};
}

void cnn_convolution_activate(const cnn_convolution *c, const cnn_activation_function *function, float *y) {
    const cnn_output_runs runs = cnn_convolution_runs(c, c->rows.end - c->rows.first);
    float *at = y + c->rows.first * c->out[1] * c->filters + runs.first;
    for (int64_t i = 0; i < runs.count; i++, at += c->filters)
        c->kernels->activate(function, runs.length, at, at);
}

/* ---- Backward ---------------------------------------------------------------------------------------- */

/* A kernel smaller than its stride leaves gaps, which are cleared by rows. */
static bool divides_inputs(const cnn_convolution *c) {
    return c->groups == 1 && is_small(c->size) && c->kernel[0] >= c->stride[0] &&
           c->kernel[1] >= c->stride[1];
}

/* How many parts the gradient of the input can be cut into. */
static int64_t input_divisions(const cnn_convolution *c) {
    return divides_inputs(c) ? c->channels / cnn_convolution_block(c) : c->size[0];
}

typedef enum weight_division { BY_GROUPS, BY_OUTPUTS, BY_TAPS } weight_division;

/* What the gradient of the weights is divided by, so that no two workers add to the same weight. */
static weight_division weight_division_of(const cnn_convolution *c) {
    if (c->groups > 1)
        return BY_GROUPS;
    return c->filters >= 2 * cnn_convolution_block(c) ? BY_OUTPUTS : BY_TAPS;
}

/* How many parts the gradient of the weights can be cut into. */
static int64_t weight_divisions(const cnn_convolution *c) {
    const int64_t divisions[] = {[BY_GROUPS] =
                                     cnn_is_depthwise(c) ? c->groups / cnn_convolution_block(c) : c->groups,
                                 [BY_OUTPUTS] = c->filters / cnn_convolution_block(c),
                                 [BY_TAPS] = c->taps};
    return divisions[weight_division_of(c)];
}

int64_t cnn_convolution_backward_divisions(const cnn_convolution *c) {
    const int64_t weights = weight_divisions(c), inputs = input_divisions(c);
    return cnn_max(weights, inputs);
}

/* In depthwise convolutions groups are contiguous, as channels are. */
static void take_weights(cnn_convolution *c, cnn_place place) {
    switch (weight_division_of(c)) {
    case BY_GROUPS:
        c->within_groups =
            cnn_is_depthwise(c) ? channels_of(c, place, c->groups) : cnn_part_of(place, c->groups);
        break;
    case BY_OUTPUTS:
        c->outputs = channels_of(c, place, c->filters);
        break;
    case BY_TAPS:
        c->within_taps = cnn_part_of(place, c->taps);
        break;
    }
}

void cnn_convolution_take_backward_part(cnn_convolution *c, cnn_place place) {
    take_weights(c, place);
    if (divides_inputs(c))
        c->inputs = channels_of(c, place, c->channels);
    else
        c->input_rows = cnn_part_of(place, c->size[0]);
}
