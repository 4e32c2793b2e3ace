#include "ops/winograd.h"

#include "base/numbers.h"

#include <stdlib.h>
#include <string.h>

enum {
    WIDTH = 4,           /* of a tile, in outputs */
    LOW = 2,             /* and its height: this, WIDTH */
    GRADIENT_HEIGHT = 4, /* of a tile for gradients of the weights */
    TALL = 6,            /* or this */
    PATCH_COLUMNS = WIDTH + 2,
    GRADIENT_PLANES = (GRADIENT_HEIGHT + 2) * PATCH_COLUMNS,
    MIN_CHANNELS = 16,
    MIN_GRADIENT_TILES = 4 /* with fewer, of all gathered images, the transforms of the weights do not pay */
};

static int64_t tile_rows(const cnn_winograd *shape) {
    return cnn_ceil_div(shape->rows, shape->height);
}

int64_t cnn_winograd_tiles(const cnn_winograd *shape) {
    return tile_rows(shape) * cnn_ceil_div(shape->columns, WIDTH);
}

int64_t cnn_winograd_planes(const cnn_winograd *shape) {
    return (shape->height + 2) * PATCH_COLUMNS;
}

enum {
    MIN_TALL_TILES = 12,       /* enough to fill the registers' tile of positions */
    MAX_TALL_WEIGHTS = 4 << 20 /* floats of all planes: 16 MB, what a cache may hold */
};

/* Tall tiles need 2 products per output instead of 2.25, and a third more weights. Their transforms are slower and
 * less exact, so they must save at least a tenth, counting outputs beyond the image; and the weights must be cached
 * and used by many tiles. */
static bool pays_tall(const cnn_winograd *tall) {
    const int64_t products = (TALL + 2) * cnn_ceil_div(tall->rows, TALL);
    const int64_t usual = (WIDTH + 2) * cnn_ceil_div(tall->rows, WIDTH);
    return 10 * products <= 9 * usual && cnn_winograd_tiles(tall) >= MIN_TALL_TILES &&
           tall->inputs * tall->outputs <= MAX_TALL_WEIGHTS / cnn_winograd_planes(tall);
}

enum {
    FAR_WEIGHTS = 2 << 20, /* floats: 8 MB, from where on they come from memory for each image */
    FAR_COST = 40,         /* multiplications in the time of such a float, in many short runs, */
    DIRECT_COST = 50       /* and where it is one of a direct convolution */
};

static bool has_far_weights(const cnn_winograd *shape) {
    return cnn_winograd_planes(shape) * shape->inputs * shape->outputs > FAR_WEIGHTS;
}

/* The time for an image with far weights, in multiplications for each input and output. */
static int64_t cost_of_far(const cnn_winograd *shape) {
    return cnn_winograd_planes(shape) * (cnn_winograd_tiles(shape) + FAR_COST);
}

cnn_winograd cnn_winograd_of(int64_t rows, int64_t columns, int64_t inputs, int64_t outputs) {
    cnn_winograd shape = {
        .rows = rows, .columns = columns, .inputs = inputs, .outputs = outputs, .height = TALL};
    if (!pays_tall(&shape))
        shape.height = WIDTH;
    return shape;
}

cnn_winograd cnn_winograd_alone(cnn_winograd shape) {
    cnn_winograd low = shape;
    low.height = LOW;
    return has_far_weights(&shape) && cost_of_far(&low) < cost_of_far(&shape) ? low : shape;
}

const char *cnn_winograd_algorithm(const cnn_winograd *shape) {
    static const char *const names[] = {"Winograd F(2x4,3x3)", "Winograd F(4x4,3x3)", "Winograd F(6x4,3x3)"};
    return names[shape->height / 2 - 1];
}

cnn_status cnn_winograd_wanted(bool *wanted, cnn_error *error) {
    const char *word = getenv("CNN_WINOGRAD");
    const bool no = word && !strcmp(word, "0"), yes = !word || !*word || !strcmp(word, "1");
    *wanted = yes;
    if (yes || no)
        return CNN_OK;
    return cnn_fail(error, CNN_ERROR_ARGUMENT,
                    "CNN_WINOGRAD=%s: expected 0 (direct convolutions only) or 1 (Winograd's algorithm where "
                    "it is faster)",
                    word);
}

int64_t cnn_winograd_weight_block(const cnn_kernels *kernels) {
    return cnn_max(kernels->conv_outputs, CNN_POOLED_BLOCK);
}

enum { FEW_TILES = 16 }; /* of WIDTH rows; low ones are half as large */

/* Few tiles: workers share an image by blocks of outputs instead of rows of tiles. */
static bool divides_outputs(const cnn_winograd *shape) {
    return cnn_winograd_tiles(shape) <= (shape->height == LOW ? 2 * FEW_TILES : FEW_TILES);
}

int64_t cnn_winograd_divisions(const cnn_kernels *kernels, const cnn_winograd *shape) {
    return divides_outputs(shape) ? cnn_ceil_div(shape->outputs, cnn_winograd_weight_block(kernels))
                                  : tile_rows(shape);
}

cnn_winograd_part cnn_winograd_take_part(const cnn_kernels *kernels, cnn_winograd *shape, cnn_place place) {
    const cnn_range part = cnn_part_of(place, cnn_winograd_divisions(kernels, shape));
    cnn_winograd_part begin = {0};
    if (divides_outputs(shape)) {
        const int64_t block = cnn_winograd_weight_block(kernels);
        begin.output = part.first * block;
        begin.weights = begin.output * shape->inputs;
        shape->weight_outputs = shape->outputs;
        shape->outputs = cnn_min(part.end * block, shape->outputs) - begin.output;
    } else {
        begin.row = part.first * shape->height;
        shape->rows = cnn_min(part.end * shape->height, shape->rows) - begin.row;
    }
    return begin;
}

bool cnn_winograd_fits(const cnn_winograd *shape) {
    return shape->inputs >= MIN_CHANNELS && shape->inputs % CNN_POOLED_BLOCK == 0 &&
           shape->outputs >= MIN_CHANNELS && shape->outputs % CNN_POOLED_BLOCK == 0;
}

bool cnn_winograd_pays_alone(const cnn_winograd *shape) {
    return !has_far_weights(shape) || cost_of_far(shape) < 9 * (shape->rows * shape->columns + DIRECT_COST);
}

int64_t cnn_winograd_read_rows(const cnn_winograd *shape) {
    return tile_rows(shape) * shape->height + 2;
}

int64_t cnn_winograd_patch_rows(const cnn_winograd *shape) {
    const int64_t gradient = cnn_round_up(shape->rows, GRADIENT_HEIGHT) + 2;
    const int64_t read = cnn_winograd_read_rows(shape);
    return cnn_max(read, gradient);
}

int64_t cnn_winograd_patch_columns(const cnn_winograd *shape) {
    return cnn_round_up(shape->columns, WIDTH) + 2;
}

int64_t cnn_odd_lines(int64_t floats) {
    enum { LINE = 16 };
    return (cnn_ceil_div(floats, LINE) | 1) * LINE;
}

/* Floats of one plane of transformed inputs: [tile][input]. */
static int64_t input_plane(const cnn_winograd *shape) {
    return cnn_odd_lines(cnn_winograd_tiles(shape) * shape->inputs);
}

/* Floats of one plane of products: [tile][output]. */
static int64_t output_plane(const cnn_winograd *shape) {
    return cnn_odd_lines(cnn_winograd_tiles(shape) * shape->outputs);
}

/* Floats of one plane of transformed weights: [block][input][output of the block]. */
static int64_t weight_plane(const cnn_winograd *shape) {
    return cnn_odd_lines(shape->inputs * cnn_or(shape->weight_outputs, shape->outputs));
}

int64_t cnn_winograd_weight_floats(const cnn_winograd *shape) {
    return cnn_winograd_planes(shape) * weight_plane(shape);
}

int64_t cnn_winograd_scratch_floats(const cnn_winograd *shape) {
    return cnn_winograd_planes(shape) * (input_plane(shape) + output_plane(shape));
}

enum {
    BAND_FLOATS = 200000,        /* of scratch, 800 KB: what a second-level cache holds */
    MAX_BAND_WEIGHTS = 256 << 10 /* floats */
};

/* Of a whole image. */
static int64_t bands_of(const cnn_winograd *shape) {
    if (divides_outputs(shape) || cnn_winograd_weight_floats(shape) > MAX_BAND_WEIGHTS)
        return 1;
    return cnn_min(tile_rows(shape), cnn_ceil_div(cnn_winograd_scratch_floats(shape), BAND_FLOATS));
}

int64_t cnn_winograd_bands(const cnn_winograd *shape, cnn_place place) {
    return cnn_ceil_div(bands_of(shape), cnn_max(1, place.parts));
}

cnn_place cnn_winograd_band(cnn_place place, int64_t bands, int64_t number) {
    if (bands > 1) {
        place.part = place.part * bands + number;
        place.parts = cnn_max(1, place.parts) * bands;
    }
    return place;
}

int64_t cnn_winograd_band_scratch(const cnn_winograd *shape) {
    cnn_winograd band = *shape;
    band.rows = cnn_ceil_div(tile_rows(shape), bands_of(shape)) * shape->height;
    return cnn_winograd_scratch_floats(&band);
}

int64_t cnn_winograd_weight_pieces(const cnn_winograd *shape) {
    return shape->inputs / CNN_POOLED_BLOCK;
}

void cnn_winograd_transform(const cnn_kernels *kernels, const cnn_winograd *shape, const float *w,
                            const cnn_weight_strides *strides, cnn_range inputs, cnn_range outputs,
                            int64_t plane, float *transformed) {
    cnn_winograd_weights_loop loop = {.height = shape->height,
                                      .inputs = inputs.end - inputs.first,
                                      .tap = strides->tap,
                                      .input_step = strides->input,
                                      .output_step = strides->output,
                                      .plane = plane};
    w += inputs.first * strides->input;
    for (int64_t output = outputs.first; output < outputs.end; output += loop.outputs) {
        loop.outputs = loop.row = cnn_min(cnn_winograd_weight_block(kernels), outputs.end - output);
        kernels->winograd_weights(&loop, w + output * strides->output,
                                  transformed + (output - outputs.first) * shape->inputs +
                                      inputs.first * loop.row);
    }
}

void cnn_winograd_weights(const cnn_kernels *kernels, const cnn_winograd *shape, const float *w,
                          const cnn_weight_strides *strides, int64_t piece, float *transformed) {
    const cnn_range inputs = {piece * CNN_POOLED_BLOCK, (piece + 1) * CNN_POOLED_BLOCK};
    cnn_winograd_transform(kernels, shape, w, strides, inputs, (cnn_range){0, shape->outputs},
                           weight_plane(shape), transformed);
}

/* Transform all patches of an image, `height` + 2 rows of 6 columns each, into planes. */
static void transform_input(const cnn_kernels *kernels, const cnn_winograd *shape, int64_t height,
                            const float *x, int64_t x_row, int64_t plane, float *patches) {
    const cnn_winograd_loop input = {.height = height,
                                     .tile_rows = cnn_ceil_div(shape->rows, height),
                                     .tile_columns = cnn_ceil_div(shape->columns, WIDTH),
                                     .channels = shape->inputs,
                                     .tile = shape->inputs,
                                     .image_row = x_row,
                                     .pixel = cnn_or(shape->pixel, shape->inputs),
                                     .plane = plane};
    kernels->winograd_input(&input, x, patches);
}

bool cnn_winograd_halves_sums(const cnn_winograd *shape) {
    return shape->height == TALL;
}

const float *cnn_winograd_multiply(const cnn_kernels *kernels, const cnn_winograd *shape, const float *x,
                                   int64_t x_row, const float *transformed, float *scratch) {
    const cnn_products_loop loop = {.planes = cnn_winograd_planes(shape),
                                    .rows = cnn_winograd_tiles(shape),
                                    .inputs = shape->inputs,
                                    .outputs = shape->outputs,
                                    .x_plane = input_plane(shape),
                                    .w_plane = weight_plane(shape),
                                    .y_plane = output_plane(shape),
                                    .x_row = shape->inputs,
                                    .w_block = cnn_winograd_weight_block(kernels),
                                    .y_row = shape->outputs,
                                    .halved = cnn_winograd_halves_sums(shape)};
    float *patches = scratch, *products = scratch + loop.planes * loop.x_plane;
    transform_input(kernels, shape, shape->height, x, x_row, loop.x_plane, patches);
    kernels->products(&loop, patches, transformed, products);
    return products;
}

cnn_winograd_loop cnn_winograd_products_loop(const cnn_winograd *shape) {
    return (cnn_winograd_loop){.height = shape->height,
                               .tile_rows = tile_rows(shape),
                               .tile_columns = cnn_ceil_div(shape->columns, WIDTH),
                               .channels = shape->outputs,
                               .tile = shape->outputs,
                               .plane = output_plane(shape)};
}

/* ---- Gradient of the weights ----------------------------------------------------------------------- */

enum {
    GATHERED_TILES = 64,      /* enough to pay for going over all transformed weights */
    GATHERED_FLOATS = 1 << 20 /* and no more memory than this for more than one image */
};

/* Tiles of one image for the gradient of the weights, which are always 4x4. */
static int64_t gradient_tiles(const cnn_winograd *shape) {
    return cnn_ceil_div(shape->rows, GRADIENT_HEIGHT) * cnn_ceil_div(shape->columns, WIDTH);
}

int64_t cnn_winograd_gathered_images(const cnn_winograd *shape, int64_t max) {
    const int64_t wanted = cnn_ceil_div(GATHERED_TILES, gradient_tiles(shape));
    const int64_t fitting = GATHERED_FLOATS / cnn_winograd_gathered_floats(shape, 1);
    return cnn_max(1, cnn_min(cnn_min(wanted, max), fitting));
}

bool cnn_winograd_gradient_fits(const cnn_winograd *shape, int64_t images) {
    return images * gradient_tiles(shape) >= MIN_GRADIENT_TILES;
}

int64_t cnn_winograd_gradient_divisions(const cnn_winograd *shape) {
    return shape->inputs / CNN_POOLED_BLOCK;
}

int64_t cnn_winograd_take_gradient_part(cnn_winograd *shape, cnn_place place) {
    const cnn_range part = cnn_part_of(place, cnn_winograd_gradient_divisions(shape));
    shape->pixel = shape->inputs;
    shape->inputs = (part.end - part.first) * CNN_POOLED_BLOCK;
    return part.first * CNN_POOLED_BLOCK;
}

/* Floats of one plane of the gathered transforms of this many images: [image][tile][channel]. */
static int64_t gathered_plane(const cnn_winograd *shape, int64_t images, int64_t channels) {
    return cnn_odd_lines(images * gradient_tiles(shape) * channels);
}

int64_t cnn_winograd_gathered_floats(const cnn_winograd *shape, int64_t images) {
    return GRADIENT_PLANES *
           (gathered_plane(shape, images, shape->inputs) + gathered_plane(shape, images, shape->outputs));
}

/* Where the gathered transforms of the outputs' gradients begin, after those of the inputs. */
static float *gathered_gradients(const cnn_winograd *shape, int64_t images, float *gathered) {
    return gathered + GRADIENT_PLANES * gathered_plane(shape, images, shape->inputs);
}

void cnn_winograd_gather(const cnn_kernels *kernels, const cnn_winograd *shape, int64_t images, int64_t nth,
                         const float *x, int64_t x_row, const float *dy, float *gathered) {
    const int64_t first_tile = nth * gradient_tiles(shape);
    const cnn_winograd_loop output = {.height = GRADIENT_HEIGHT,
                                      .tile_rows = cnn_ceil_div(shape->rows, GRADIENT_HEIGHT),
                                      .tile_columns = cnn_ceil_div(shape->columns, WIDTH),
                                      .channels = shape->outputs,
                                      .tile = shape->outputs,
                                      .image_row = shape->columns * shape->outputs,
                                      .pixel = shape->outputs,
                                      .plane = gathered_plane(shape, images, shape->outputs),
                                      .rows = shape->rows,
                                      .columns = shape->columns};
    transform_input(kernels, shape, GRADIENT_HEIGHT, x, x_row, gathered_plane(shape, images, shape->inputs),
                    gathered + first_tile * shape->inputs);
    kernels->winograd_output_gradient(
        &output, dy, gathered_gradients(shape, images, gathered) + first_tile * shape->outputs);
}

/* A block of transformed weights stays in the second-level cache between product and transform. */
enum { INPUT_BLOCK = 2 * CNN_POOLED_BLOCK, OUTPUT_BLOCK = 4 * CNN_POOLED_BLOCK };

int64_t cnn_winograd_gradient_scratch_floats(void) {
    return GRADIENT_PLANES * cnn_odd_lines(INPUT_BLOCK * OUTPUT_BLOCK);
}

/* The gradient of the weights of up to INPUT_BLOCK inputs from `input` on and OUTPUT_BLOCK outputs from `output` on,
 * from the first `tiles` of the gathered transforms, which have room for those of `images`. */
static void block_gradient(const cnn_kernels *kernels, const cnn_winograd *shape, int64_t images,
                           int64_t tiles, int64_t input, int64_t output, float *gathered, float *transformed,
                           float *dw) {
    static const int64_t no_offset[1] = {0};
    const int64_t plane = cnn_odd_lines(INPUT_BLOCK * OUTPUT_BLOCK);
    const int64_t outputs = cnn_min(OUTPUT_BLOCK, shape->outputs - output);
    const float *gradients = gathered_gradients(shape, images, gathered);
    const cnn_winograd_weights_loop weights = {.height = GRADIENT_HEIGHT,
                                               .inputs = cnn_min(INPUT_BLOCK, shape->inputs - input),
                                               .outputs = outputs,
                                               .tap = cnn_or(shape->pixel, shape->inputs) * shape->outputs,
                                               .input_step = shape->outputs,
                                               .output_step = 1,
                                               .plane = plane,
                                               .row = outputs};
    const cnn_conv_loop product = {.rows = 1,
                                   .columns = tiles,
                                   .x_column = shape->inputs,
                                   .y_column = shape->outputs,
                                   .taps = 1,
                                   .tap = no_offset,
                                   .inputs = weights.inputs,
                                   .outputs = outputs,
                                   .w_row = outputs};
    for (int64_t p = 0; p < GRADIENT_PLANES; p++)
        kernels->conv_weights(&product, gathered + p * gathered_plane(shape, images, shape->inputs) + input,
                              gradients + p * gathered_plane(shape, images, shape->outputs) + output, 0,
                              transformed + p * plane);
    kernels->winograd_weight_gradient(&weights, transformed, dw + input * shape->outputs + output);
}

void cnn_winograd_weight_gradient(const cnn_kernels *kernels, const cnn_winograd *shape, int64_t images,
                                  int64_t count, float *gathered, float *scratch, float *dw) {
    const int64_t tiles = count * gradient_tiles(shape);
    for (int64_t input = 0; input < shape->inputs; input += INPUT_BLOCK)
        for (int64_t output = 0; output < shape->outputs; output += OUTPUT_BLOCK)
            block_gradient(kernels, shape, images, tiles, input, output, gathered, scratch, dw);
}
