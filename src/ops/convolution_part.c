/* The work of one convolution divided into parts, so that several workers can share it. */
#include "ops/convolution.h"

#include "base/numbers.h"

enum { SMALL_MAP = 256 };

/* Small maps of many channels are divided by channels, so that no weight is read twice; others by rows. */
static bool is_small(const cnn_convolution *c, const int64_t size[2]) {
    return c->groups == 1 && size[0] * size[1] <= SMALL_MAP;
}

/* The place's part of `count` channels: whole blocks; the last part also gets the remainder. */
static cnn_range channels_of(const cnn_convolution *c, cnn_place place, int64_t count) {
    const cnn_range blocks = cnn_part_of(place, count / cnn_convolution_block(c));
    const bool last = place.parts == 0 || place.part == place.parts - 1;
    return (cnn_range){blocks.first * cnn_convolution_block(c),
                       last ? count : blocks.end * cnn_convolution_block(c)};
}

int64_t cnn_convolution_divisions(const cnn_convolution *c) {
    return is_small(c, c->out) ? c->filters / cnn_convolution_block(c) : c->out[0];
}

void cnn_convolution_take_part(cnn_convolution *c, cnn_place place) {
    if (is_small(c, c->out))
        c->outputs = channels_of(c, place, c->filters);
    else
        c->rows = cnn_part_of(place, c->out[0]);
}

/* ---- Backward ---------------------------------------------------------------------------------------- */

/* A kernel smaller than its stride leaves gaps, which are cleared by rows. */
static bool divides_inputs(const cnn_convolution *c) {
    return is_small(c, c->size) && c->kernel[0] >= c->stride[0] && c->kernel[1] >= c->stride[1];
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
