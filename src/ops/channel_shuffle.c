/* Channel shuffle (Zhang et al. 2018, arXiv:1707.01083): the channels lie in groups of neighbours; the output has the first
 * of each group, then the second of each, and so on. */
#include "ops/moves.h"

#include <inttypes.h>

static const cnn_field fields[] = {
    CNN_FIELD("groups", CNN_FIELD_INTEGER, channel_shuffle.groups, .positional = true),
    {0},
};

static cnn_status complete(cnn_options *options, cnn_error *error) {
    if (options->channel_shuffle.groups >= 1)
        return CNN_OK;
    return cnn_fail(error, CNN_ERROR_ARGUMENT, "shuffle: groups must be at least 1, not %" PRId64,
                    options->channel_shuffle.groups);
}

static cnn_status infer(cnn_options *options, const cnn_shape *inputs, cnn_shape *output, cnn_error *error) {
    const int64_t groups = options->channel_shuffle.groups;
    *output = *inputs;
    if (inputs->dim[0] % groups == 0)
        return CNN_OK;
    return cnn_fail(error, CNN_ERROR_SHAPE,
                    "shuffle: %" PRId64 " channels cannot be divided into %" PRId64 " groups", inputs->dim[0],
                    groups);
}

static cnn_moves moves_of(const cnn_step *step) {
    const cnn_shape *shape = &step->output_shape;
    const int64_t channels = shape->dim[0], columns = cnn_moves_size(shape, 2),
                  groups = step->options.channel_shuffle.groups, each = channels / groups;
    return (cnn_moves){
        .count = {cnn_moves_size(shape, 1), columns, 1, groups, each},
        .from = {columns * channels, channels, 0, each, 1},
        .to = {columns * channels, channels, 0, 1, groups},
    };
}

const cnn_op cnn_op_channel_shuffle = {
    .word = "shuffle",
    .prefix = "shuffle",
    .onnx = "Reshape",
    .needs_order = true,
    .fields = fields,
    .complete = complete,
    .infer = infer,
    .moves = moves_of,
    CNN_MOVES_OP,
};
