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

static cnn_moves moves_of(const cnn_step *step) {
    const int64_t *map = step->output_shape.dim;
    return (cnn_moves){
        .count = {map[1], map[2], 1, 1, map[0]},
        .from = {map[2], 1, 0, 0, map[1] * map[2]},
        .to = {map[2] * map[0], map[0], 0, 0, 1},
    };
}

const cnn_op cnn_op_unflatten = {
    .word = "unflatten",
    .prefix = "unflatten",
    .onnx = "Reshape",
    .needs_order = true,
    .fields = fields,
    .complete = complete,
    .infer = infer,
    .moves = moves_of,
    CNN_MOVES_OP,
};
