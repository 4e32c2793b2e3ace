/* The way back from a vector to feature maps, channel by channel: what flatten does, undone. */
#include "ops/moves.h"

#include "base/numbers.h"

#include <inttypes.h>

static const cnn_field fields[] = {
    CNN_FIELD("size", CNN_FIELD_PAIR, unflatten.size, .positional = true),
    {0},
};

static cnn_status complete(cnn_options *options, cnn_error *error) {
    int64_t *size = options->unflatten.size;
    size[1] = cnn_or(size[1], size[0]);
    if (size[0] >= 1 && size[0] <= INT32_MAX && size[1] >= 1 && size[1] <= INT32_MAX)
        return CNN_OK;
    return cnn_fail(error, CNN_ERROR_ARGUMENT,
                    "unflatten: maps must have 1 to %d rows and columns, not %" PRId64 " and %" PRId64,
                    INT32_MAX, size[0], size[1]);
}

static cnn_status infer(cnn_options *options, const cnn_shape *inputs, cnn_shape *output, cnn_error *error) {
    const int64_t *size = options->unflatten.size, area = size[0] * size[1];
    char text[CNN_SHAPE_TEXT];
    if (inputs->rank != 1)
        return cnn_fail(error, CNN_ERROR_SHAPE, "unflatten: the input must be a vector, but it is %s",
                        cnn_shape_text(inputs, text));
    if (inputs->dim[0] % area != 0)
        return cnn_fail(error, CNN_ERROR_SHAPE,
                        "unflatten: %" PRId64 " values cannot be divided into maps of %" PRId64 "x%" PRId64,
                        inputs->dim[0], size[0], size[1]);
    *output = cnn_shape_3(inputs->dim[0] / area, size[0], size[1]);
    return CNN_OK;
}

/* Flattened maps lie position by position. They can be put in order where a new map is part of an old one, or is made of
 * whole ones. */
static bool orders(const cnn_options *options, const cnn_layout *layout) {
    const int64_t area = options->unflatten.size[0] * options->unflatten.size[1];
    return layout->area % area == 0 || area % layout->area == 0;
}

/* Each old map becomes `maps` new ones. */
static cnn_moves moves_apart(const cnn_layout *old, int64_t area, int64_t channels) {
    const int64_t maps = old->area / area;
    return (cnn_moves){
        .count = {area, 1, 1, old->channels, maps},
        .from = {old->channels, 0, 0, 1, area * old->channels},
        .to = {channels, 0, 0, maps, 1},
    };
}

/* Of `maps` old maps each new one is made. */
static cnn_moves moves_together(const cnn_layout *old, int64_t area, int64_t channels) {
    const int64_t maps = area / old->area;
    return (cnn_moves){
        .count = {maps, old->area, 1, 1, channels},
        .from = {1, old->channels, 0, 0, maps},
        .to = {old->area * channels, channels, 0, 0, 1},
    };
}

static cnn_moves moves_of(const cnn_step *step) {
    const int64_t *map = step->output_shape.dim, area = map[1] * map[2];
    const cnn_layout *old = &step->input_layout;
    return old->area % area == 0 ? moves_apart(old, area, map[0]) : moves_together(old, area, map[0]);
}

const cnn_op cnn_op_unflatten = {
    .word = "unflatten",
    .prefix = "unflatten",
    .onnx = "Reshape",
    .needs_order = true,
    .orders = orders,
    .fields = fields,
    .complete = complete,
    .infer = infer,
    .moves = moves_of,
    CNN_MOVES_OP,
};
