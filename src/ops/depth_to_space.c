/* Depth to space: blocks of channels become blocks of rows and columns (pixel shuffle, Shi et al. 2016, arXiv:1609.05158),
 * and space to depth, the way back. */
#include "ops/moves.h"
#include "ops/window.h"

#include <inttypes.h>

static const char *const modes[] = {"DCR", "CRD", NULL};

static const cnn_field to_space_fields[] = {
    CNN_FIELD("block", CNN_FIELD_INTEGER, depth_to_space.block, .positional = true, .onnx = "blocksize"),
    CNN_FIELD("mode", CNN_FIELD_CHOICE, depth_to_space.mode, .choices = modes, .onnx = "mode"),
    {0},
};

/* ONNX knows one mode of this alone. */
static const cnn_field to_depth_fields[] = {
    CNN_FIELD("block", CNN_FIELD_INTEGER, space_to_depth.block, .positional = true, .onnx = "blocksize"),
    CNN_FIELD("mode", CNN_FIELD_CHOICE, space_to_depth.mode, .choices = modes),
    {0},
};

enum { MAX_BLOCK = 1 << 15 }; /* its square can be counted */

static cnn_status check_block(const char *word, int64_t block, cnn_error *error) {
    if (block >= 1 && block <= MAX_BLOCK)
        return CNN_OK;
    return cnn_fail(error, CNN_ERROR_ARGUMENT, "%s: the block must be 1 to %d, not %" PRId64, word, MAX_BLOCK,
                    block);
}

static cnn_status complete_to_space(cnn_options *options, cnn_error *error) {
    return check_block("depthtospace", options->depth_to_space.block, error);
}

static cnn_status complete_to_depth(cnn_options *options, cnn_error *error) {
    return check_block("spacetodepth", options->space_to_depth.block, error);
}

/* ---- Shapes ---------------------------------------------------------------------------------------- */

static cnn_status infer_to_space(cnn_options *options, const cnn_shape *inputs, cnn_shape *output,
                                 cnn_error *error) {
    const int64_t block = options->depth_to_space.block;
    cnn_status status = cnn_window_needs_map("depthtospace", inputs, error);
    if (status != CNN_OK)
        return status;
    if (inputs->dim[0] % (block * block) != 0)
        return cnn_fail(error, CNN_ERROR_SHAPE,
                        "depthtospace: %" PRId64 " channels cannot be divided into blocks of %" PRId64
                        "x%" PRId64,
                        inputs->dim[0], block, block);
    *output = cnn_shape_3(inputs->dim[0] / (block * block), inputs->dim[1] * block, inputs->dim[2] * block);
    return CNN_OK;
}

static cnn_status infer_to_depth(cnn_options *options, const cnn_shape *inputs, cnn_shape *output,
                                 cnn_error *error) {
    const int64_t block = options->space_to_depth.block;
    cnn_status status = cnn_window_needs_map("spacetodepth", inputs, error);
    if (status != CNN_OK)
        return status;
    if (inputs->dim[1] % block != 0 || inputs->dim[2] % block != 0)
        return cnn_fail(error, CNN_ERROR_SHAPE,
                        "spacetodepth: maps of %" PRId64 "x%" PRId64
                        " cannot be divided into blocks of %" PRId64 "x%" PRId64,
                        inputs->dim[1], inputs->dim[2], block, block);
    *output = cnn_shape_3(inputs->dim[0] * block * block, inputs->dim[1] / block, inputs->dim[2] / block);
    return CNN_OK;
}

/* ---- Running --------------------------------------------------------------------------------------- */

/* From the maps with the many channels, `deep`, to those with the many rows and columns, over rows, rows of a block,
 * columns, columns of a block and channels. */
static cnn_moves moves_to_space(const cnn_shape *deep, int64_t block, cnn_depth_mode mode) {
    const int64_t channels = deep->dim[0] / (block * block), columns = deep->dim[2];
    const int64_t pixel = deep->dim[0], wide = columns * block * channels; /* a row of either side */
    const bool blocks_first = mode == CNN_DEPTH_DCR;
    const int64_t apart = blocks_first ? channels : 1; /* neighbours of a block, in the channels */
    return (cnn_moves){
        .count = {deep->dim[1], block, columns, block, channels},
        .from = {columns * pixel, block * apart, pixel, apart, blocks_first ? 1 : block * block},
        .to = {block * wide, wide, block * channels, channels, 1},
    };
}

static cnn_moves moves_of_space(const cnn_step *step) {
    const cnn_depth_to_space_options *options = &step->options.depth_to_space;
    return moves_to_space(&step->input_shape[0], options->block, options->mode);
}

static cnn_moves moves_of_depth(const cnn_step *step) {
    const cnn_depth_to_space_options *options = &step->options.space_to_depth;
    const cnn_moves moves = moves_to_space(&step->output_shape, options->block, options->mode);
    return cnn_moves_reversed(&moves);
}

const cnn_op cnn_op_depth_to_space = {
    .word = "depthtospace",
    .prefix = "depth_to_space",
    .onnx = "DepthToSpace",
    .fields = to_space_fields,
    .complete = complete_to_space,
    .infer = infer_to_space,
    .moves = moves_of_space,
    CNN_MOVES_OP,
};

const cnn_op cnn_op_space_to_depth = {
    .word = "spacetodepth",
    .prefix = "space_to_depth",
    .onnx = "SpaceToDepth",
    .fields = to_depth_fields,
    .complete = complete_to_depth,
    .infer = infer_to_depth,
    .moves = moves_of_depth,
    CNN_MOVES_OP,
};
