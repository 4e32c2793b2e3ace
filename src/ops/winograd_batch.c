#include "ops/winograd_batch.h"

#include "base/numbers.h"

enum {
    WIDTH = 4,         /* of a tile, in outputs */
    OUTPUT_BLOCK = 64, /* outputs of a piece */
    WEIGHT_BLOCK =
        32, /* whose transformed weights lie together: rows of powers of two would compete for cache sets */
    GROUP_TILES =
        64, /* whose products are formed before they are transformed back, within the second-level cache */
    GRADIENT_INPUTS = 32 /* by OUTPUT_BLOCK outputs: likewise */
};

/* ---- Whether ------------------------------------------------------------------------------------------ */

enum {
    CACHED_WEIGHTS = 1 << 18, /* floats: 1 MB, what the second-level cache holds for all images */
    FLOAT_COST = 12,          /* multiplications in the time of a float from beyond it */
    WEIGHT_COST = 40          /* and in that of a weight's transformation */
};

bool cnn_winograd_batch_pays(const cnn_winograd *shape, int64_t images) {
    const int64_t weights = shape->inputs * shape->outputs;
    const int64_t transformed = cnn_winograd_planes(shape) * weights;
    if (images < 2 || transformed <= CACHED_WEIGHTS)
        return false;
    const int64_t transforms = cnn_winograd_planes(shape) * cnn_winograd_tiles(shape) * shape->inputs;
    const int64_t readers = 1 + cnn_winograd_batch_blocks(shape);
    return FLOAT_COST * transforms * readers + (9 * FLOAT_COST + WEIGHT_COST) * weights / images <
           FLOAT_COST * transformed;
}

/* ---- Transforms --------------------------------------------------------------------------------------- */

/* Floats of one plane of the transforms. */
static int64_t plane_of(const cnn_winograd *shape, int64_t images, int64_t channels) {
    return cnn_odd_lines(images * cnn_winograd_tiles(shape) * cnn_odd_lines(channels));
}

int64_t cnn_winograd_batch_floats(const cnn_winograd *shape, int64_t channels) {
    enum { GAP = 16 }; /* between planes: of two images already more than cnn_odd_lines adds */
    return cnn_winograd_planes(shape) * (cnn_winograd_tiles(shape) * cnn_odd_lines(channels) + GAP);
}

/* All tiles of an image with so many channels, which lie at [tile][channel] of each plane. */
static cnn_winograd_loop tiles_loop(const cnn_winograd *shape, int64_t channels) {
    return (cnn_winograd_loop){.height = shape->height,
                               .tile_rows = cnn_ceil_div(shape->rows, shape->height),
                               .tile_columns = cnn_ceil_div(shape->columns, WIDTH),
                               .channels = channels,
                               .tile = cnn_odd_lines(channels),
                               .rows = shape->rows,
                               .columns = shape->columns};
}

void cnn_winograd_batch_input(const cnn_winograd_batch *batch, int64_t nth, const float *x, int64_t x_row,
                              float *transforms) {
    const cnn_winograd *shape = &batch->shape;
    cnn_winograd_loop loop = tiles_loop(shape, shape->inputs);
    loop.image_row = x_row;
    loop.pixel = shape->inputs;
    loop.plane = plane_of(shape, batch->images, shape->inputs);
    batch->kernels->winograd_input(&loop, x, transforms + nth * cnn_winograd_tiles(shape) * loop.tile);
}

void cnn_winograd_batch_output_gradient(const cnn_winograd_batch *batch, int64_t nth, const float *dy,
                                        float *transforms) {
    const cnn_winograd *shape = &batch->shape;
    cnn_winograd_loop loop = tiles_loop(shape, shape->outputs);
    loop.image_row = shape->columns * shape->outputs;
    loop.pixel = shape->outputs;
    loop.plane = plane_of(shape, batch->images, shape->outputs);
    batch->kernels->winograd_output_gradient(&loop, dy,
                                             transforms + nth * cnn_winograd_tiles(shape) * loop.tile);
}

/* ---- Results ------------------------------------------------------------------------------------------ */

int64_t cnn_winograd_batch_blocks(const cnn_winograd *shape) {
    return cnn_ceil_div(shape->outputs, OUTPUT_BLOCK);
}

/* The groups of images whose products are formed together: their number, and the most images of one. */
static int64_t groups_of(const cnn_winograd *shape, int64_t images) {
    return cnn_ceil_div(images * cnn_winograd_tiles(shape), GROUP_TILES);
}
static int64_t group_images(const cnn_winograd *shape) {
    return cnn_ceil_div(GROUP_TILES, cnn_winograd_tiles(shape));
}

/* Floats of one plane of the transformed weights of `outputs` outputs: [input][output]. */
static int64_t weight_plane(const cnn_winograd *shape, int64_t outputs) {
    return cnn_odd_lines(shape->inputs * outputs);
}

/* Floats of one plane of the products of a group with a block of outputs: [image][tile][output]. */
static int64_t product_plane(const cnn_winograd *shape) {
    return cnn_odd_lines(group_images(shape) * cnn_winograd_tiles(shape) * OUTPUT_BLOCK);
}

/* The transformed weights of a block of outputs. */
static int64_t block_weights(const cnn_winograd *shape) {
    return OUTPUT_BLOCK / WEIGHT_BLOCK * cnn_winograd_planes(shape) * weight_plane(shape, WEIGHT_BLOCK);
}

int64_t cnn_winograd_batch_scratch(const cnn_winograd *shape) {
    return block_weights(shape) + cnn_winograd_planes(shape) * product_plane(shape);
}

/* Some neighbouring outputs, of whose transformed weights there is a copy: [weight block][plane][block][input][output], blocks
 * as the kernels want them. */
typedef struct output_block {
    int64_t first, outputs;
    const float *weights;
} output_block;

/* Outputs of the block's weight block that begins `at` outputs behind its first. */
static int64_t together(const output_block *block, int64_t at) {
    return cnn_min(block->outputs - at, WEIGHT_BLOCK);
}

static void transform_weights(const cnn_winograd_batch *batch, const output_block *block, const float *w,
                              const cnn_weight_strides *strides, float *transformed) {
    const cnn_winograd *shape = &batch->shape;
    for (int64_t at = 0; at < block->outputs; at += WEIGHT_BLOCK) {
        const int64_t outputs = together(block, at), plane = weight_plane(shape, outputs);
        cnn_winograd_transform(batch->kernels, shape, w, strides, (cnn_range){0, shape->inputs},
                               (cnn_range){block->first + at, block->first + at + outputs}, plane,
                               transformed);
        transformed += cnn_winograd_planes(shape) * plane;
    }
}

/* The products of the tiles of some images with a block of weights. `x`: the transforms of the first of them. */
static void multiply_group(const cnn_winograd_batch *batch, const output_block *block, int64_t images,
                           const float *x, float *products) {
    const cnn_winograd *shape = &batch->shape;
    cnn_products_loop loop = {.planes = 1,
                              .rows = images * cnn_winograd_tiles(shape),
                              .inputs = shape->inputs,
                              .x_plane = plane_of(shape, batch->images, shape->inputs),
                              .y_plane = product_plane(shape),
                              .x_row = cnn_odd_lines(shape->inputs),
                              .y_row = block->outputs,
                              .w_block = cnn_winograd_weight_block(batch->kernels),
                              .halved = cnn_winograd_halves_sums(shape)};
    for (int64_t plane = 0; plane < cnn_winograd_planes(shape); plane++) {
        const float *weights = block->weights;
        for (int64_t at = 0; at < block->outputs; at += WEIGHT_BLOCK) {
            loop.far = at == 0;
            loop.outputs = together(block, at);
            const int64_t w_plane = weight_plane(shape, loop.outputs);
            batch->kernels->products(&loop, x + plane * loop.x_plane, weights + plane * w_plane,
                                     products + plane * loop.y_plane + at);
            weights += cnn_winograd_planes(shape) * w_plane;
        }
    }
}

/* The outputs of images [first, end) from their products. */
static void write_group(const cnn_winograd_batch *batch, const output_block *block, cnn_range images,
                        const float *products, const cnn_winograd_results *results) {
    const cnn_winograd *shape = &batch->shape;
    cnn_winograd_loop loop = tiles_loop(shape, block->outputs);
    loop.tile = block->outputs;
    loop.image_row = shape->columns * shape->outputs;
    loop.pixel = shape->outputs;
    loop.plane = product_plane(shape);
    loop.limit = results->limit;
    for (int64_t image = images.first; image < images.end; image++)
        batch->kernels->winograd_output(
            &loop, products + (image - images.first) * cnn_winograd_tiles(shape) * loop.tile,
            results->bias ? results->bias + block->first : NULL, results->flags,
            cnn_buffer_at(results->y, image, 0) + block->first);
}

void cnn_winograd_batch_convolve(const cnn_winograd_batch *batch, int64_t block, const float *w,
                                 const cnn_weight_strides *strides, const float *transforms, float *scratch,
                                 const cnn_winograd_results *results) {
    const cnn_winograd *shape = &batch->shape;
    const int64_t first = block * OUTPUT_BLOCK, groups = groups_of(shape, batch->images);
    const int64_t image_floats = cnn_winograd_tiles(shape) * cnn_odd_lines(shape->inputs);
    const output_block outputs = {first, cnn_min(shape->outputs - first, OUTPUT_BLOCK), scratch};
    float *products = scratch + block_weights(shape);
    transform_weights(batch, &outputs, w, strides, scratch);
    for (int64_t group = 0; group < groups; group++) {
        const cnn_range images = {batch->images * group / groups, batch->images * (group + 1) / groups};
        multiply_group(batch, &outputs, images.end - images.first, transforms + images.first * image_floats,
                       products);
        write_group(batch, &outputs, images, products, results);
    }
}

/* ---- Gradient of the weights ---------------------------------------------------------------------------- */

static int64_t input_blocks(const cnn_winograd *shape) {
    return cnn_ceil_div(shape->inputs, GRADIENT_INPUTS);
}

int64_t cnn_winograd_batch_gradient_blocks(const cnn_winograd *shape) {
    return input_blocks(shape) * cnn_winograd_batch_blocks(shape);
}

static int64_t gradient_plane(void) {
    return cnn_odd_lines(GRADIENT_INPUTS * OUTPUT_BLOCK);
}

int64_t cnn_winograd_batch_gradient_scratch(void) {
    enum { PLANES = 36 };
    return PLANES * gradient_plane();
}

/* The gradient by the transformed weights: for each plane, a sum over all tiles. */
static void multiply_gradients(const cnn_winograd_batch *batch, const cnn_winograd_weights_loop *weights,
                               const float *inputs, const float *gradients, float *transformed) {
    static const int64_t no_offset[1] = {0};
    const cnn_winograd *shape = &batch->shape;
    const int64_t x_plane = plane_of(shape, batch->images, shape->inputs);
    const int64_t y_plane = plane_of(shape, batch->images, shape->outputs);
    const cnn_conv_loop product = {.rows = 1,
                                   .columns = batch->images * cnn_winograd_tiles(shape),
                                   .x_column = cnn_odd_lines(shape->inputs),
                                   .y_column = cnn_odd_lines(shape->outputs),
                                   .taps = 1,
                                   .tap = no_offset,
                                   .inputs = weights->inputs,
                                   .outputs = weights->outputs,
                                   .w_row = weights->row};
    for (int64_t plane = 0; plane < cnn_winograd_planes(shape); plane++)
        batch->kernels->conv_weights(&product, inputs + plane * x_plane, gradients + plane * y_plane, 0,
                                     transformed + plane * weights->plane);
}

void cnn_winograd_batch_weight_gradient(const cnn_winograd_batch *batch, int64_t block, const float *inputs,
                                        const float *gradients, float *scratch, float *dw) {
    const cnn_winograd *shape = &batch->shape;
    const int64_t input = block % input_blocks(shape) * GRADIENT_INPUTS;
    const int64_t output = block / input_blocks(shape) * OUTPUT_BLOCK;
    const int64_t outputs = cnn_min(shape->outputs - output, OUTPUT_BLOCK);
    const cnn_winograd_weights_loop weights = {.height = shape->height,
                                               .inputs = cnn_min(shape->inputs - input, GRADIENT_INPUTS),
                                               .outputs = outputs,
                                               .tap = shape->inputs * shape->outputs,
                                               .input_step = shape->outputs,
                                               .output_step = 1,
                                               .plane = gradient_plane(),
                                               .row = outputs};
    dw += input * shape->outputs + output;
    for (int64_t tap = 0; tap < 9; tap++)
        cnn_clear_rows(weights.inputs, shape->outputs, outputs, dw + tap * weights.tap);
    multiply_gradients(batch, &weights, inputs + input, gradients + output, scratch);
    batch->kernels->winograd_weight_gradient(&weights, scratch, dw);
}
