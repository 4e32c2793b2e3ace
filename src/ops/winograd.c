#include "ops/winograd.h"

#include <stdlib.h>
#include <string.h>

enum { PLANES = 36, TILE = 4, LEAST_CHANNELS = 16 };

static int64_t tiles_along(int64_t size) {
    return (size + TILE - 1) / TILE;
}

static int64_t tiles_of(const cnn_winograd *shape) {
    return tiles_along(shape->rows) * tiles_along(shape->columns);
}

cnn_status cnn_winograd_wanted(bool *wanted, cnn_error *error) {
    const char *word = getenv("CNN_WINOGRAD");
    const bool no = word && !strcmp(word, "0"), yes = !word || !*word || !strcmp(word, "1");
    *wanted = yes;
    if (yes || no)
        return CNN_OK;
    return cnn_fail(
        error, CNN_ERROR_ARGUMENT,
        "CNN_WINOGRAD=%s: expected 0 (convolutions are summed directly) or 1 (by Winograd's algorithm "
        "where it pays)",
        word);
}

bool cnn_winograd_fits(const cnn_winograd *shape) {
    return shape->inputs >= LEAST_CHANNELS && shape->inputs % CNN_POOLED_BLOCK == 0 &&
           shape->outputs >= LEAST_CHANNELS && shape->outputs % CNN_POOLED_BLOCK == 0;
}

int64_t cnn_winograd_patch(int64_t outputs) {
    return tiles_along(outputs) * TILE + 2;
}

int64_t cnn_winograd_weight_floats(const cnn_winograd *shape) {
    return PLANES * shape->inputs * shape->outputs;
}

int64_t cnn_winograd_scratch_floats(const cnn_winograd *shape) {
    return PLANES * tiles_of(shape) * (shape->inputs + shape->outputs);
}

int64_t cnn_winograd_weight_pieces(const cnn_winograd *shape) {
    return shape->inputs / CNN_POOLED_BLOCK;
}

void cnn_winograd_weights(const cnn_kernels *kernels, const cnn_winograd *shape, const float *w,
                          const cnn_weight_strides *strides, int64_t piece, float *transformed) {
    const int64_t first = piece * CNN_POOLED_BLOCK;
    const cnn_winograd_weights_loop loop = {.inputs = CNN_POOLED_BLOCK,
                                            .outputs = shape->outputs,
                                            .tap = strides->tap,
                                            .input_step = strides->input,
                                            .output_step = strides->output,
                                            .plane = shape->inputs * shape->outputs,
                                            .row = shape->outputs};
    kernels->winograd_weights(&loop, w + first * strides->input, transformed + first * shape->outputs);
}

const float *cnn_winograd_multiply(const cnn_kernels *kernels, const cnn_winograd *shape, const float *x,
                                   int64_t x_row, const float *transformed, float *scratch) {
    static const int64_t no_offset[1] = {0};
    const int64_t tiles = tiles_of(shape);
    float *patches = scratch, *products = scratch + PLANES * tiles * shape->inputs;
    const cnn_winograd_loop input = {.tile_rows = tiles_along(shape->rows),
                                     .tile_columns = tiles_along(shape->columns),
                                     .channels = shape->inputs,
                                     .image_row = x_row};
    const cnn_conv_loop product = {.rows = 1,
                                   .columns = tiles,
                                   .x_column = shape->inputs,
                                   .y_column = shape->outputs,
                                   .taps = 1,
                                   .tap = no_offset,
                                   .inputs = shape->inputs,
                                   .outputs = shape->outputs,
                                   .w_row = shape->outputs};
    kernels->winograd_input(&input, x, patches);
    for (int64_t plane = 0; plane < PLANES; plane++)
        kernels->conv(&product, patches + plane * tiles * shape->inputs,
                      transformed + plane * shape->inputs * shape->outputs, NULL, 0,
                      products + plane * tiles * shape->outputs);
    return products;
}
