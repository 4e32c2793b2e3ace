/* Convolution 3x3 of stride 1 by Winograd's F(2x2, 3x3) forward, whose products are of numbers in bfloat16: 16 of them for 4
 * outputs instead of 36. The transforms are float32. Of larger tiles the rounding errors would be three to ten times those of
 * direct sums (docs/precision.md), by which both gradients go. Bands of tile rows go through all three stages, so that what lies between stays in cache. Not a
 * word of the text format. */
#include "ops/conv2d_bf16_winograd.h"

#include "base/numbers.h"
#include "kernels/bf16/number.h"
#include "ops/convolution_bf16.h"
#include "ops/window.h"
#include "ops/winograd.h"

enum {
    PLANES = 16,
    BLOCK = 32,      /* outputs whose weights are contiguous */
    BAND_TILES = 96, /* of a band, about */
    SMALL_MAP = 256, /* outputs of a map that workers share by channels, so that no weight is read twice */
    LEAST_CHANNELS = 32
};

bool cnn_conv2d_bf16_winograd_pays(const cnn_conv2d_options *conv, const cnn_shape *input) {
    bool fits = conv->groups == 1 && input->dim[0] % CNN_POOLED_BLOCK == 0 &&
                input->dim[0] >= LEAST_CHANNELS && conv->filters % CNN_POOLED_BLOCK == 0 &&
                conv->filters >= LEAST_CHANNELS;
    for (int axis = 0; axis < 2; axis++)
        fits = fits && conv->kernel[axis] == 3 && conv->stride[axis] == 1 && conv->dilation[axis] == 1;
    for (int side = 0; side < 4; side++)
        fits = fits && conv->padding[side] <= 2;
    return fits;
}

/* ---- Sizes ------------------------------------------------------------------------------------------ */

typedef struct geometry {
    int64_t rows, columns; /* of the output */
    int64_t tile_rows, tile_columns;
    int64_t band; /* tile rows that go through the stages together */
    int64_t channels, pairs, filters;
    cnn_padded_copy copy; /* the image in whole patches */
} geometry;

static geometry geometry_of(const cnn_step *step) {
    const int64_t *in = step->input_shape[0].dim, *out = step->output_shape.dim;
    const int64_t *padding = step->options.conv2d.padding;
    geometry g = {.rows = out[1],
                  .columns = out[2],
                  .tile_rows = cnn_ceil_div(out[1], 2),
                  .tile_columns = cnn_ceil_div(out[2], 2),
                  .channels = in[0],
                  .pairs = in[0] / 2,
                  .filters = out[0]};
    g.band = cnn_min(g.tile_rows, cnn_max(1, BAND_TILES / g.tile_columns));
    g.copy = (cnn_padded_copy){.rows = in[1],
                               .columns = in[2],
                               .channels = in[0],
                               .padded_rows = 2 * g.tile_rows + 2,
                               .padded_columns = 2 * g.tile_columns + 2,
                               .top = padding[0],
                               .left = padding[1]};
    return g;
}

/* Floats of a plane of a band's transformed inputs, and of its products. */
static int64_t input_plane(const geometry *g) {
    return cnn_odd_lines(g->band * g->tile_columns * g->pairs);
}
static int64_t product_plane(const geometry *g) {
    return cnn_odd_lines(g->band * g->tile_columns * g->filters);
}
/* Of transformed weights: [blocks of outputs][pairs][outputs of a block]. */
static int64_t weight_plane(const geometry *g) {
    return g->pairs * g->filters;
}

/* Of the copy of the image, which numbers in bfloat16 always are. */
static int64_t copy_floats(const cnn_step *step, const geometry *g) {
    return step->input[0].pairs ? g->copy.padded_rows * cnn_padded_row(&g->copy)
                                : cnn_padded_floats(&g->copy);
}

/* Channels and filters are multiples of CNN_POOLED_BLOCK. */
static bool always(const cnn_step *step) {
    (void)step;
    return true;
}

/* Behind the transformed weights lies what the gradients' direct sums need. */
static cnn_step_sizes sizes(const cnn_step *step) {
    const geometry g = geometry_of(step);
    const int64_t read = copy_floats(step, &g) + PLANES * (input_plane(&g) + product_plane(&g)),
                  backward = step->training ? cnn_bf16_backward_scratch(step) : 0;
    return (cnn_step_sizes){.scratch = cnn_max(read, backward),
                            .prepared = PLANES * weight_plane(&g) +
                                        (step->training ? cnn_bf16_backward_prepared(step) : 0),
                            .weights_pass = true};
}

/* ---- Weights ---------------------------------------------------------------------------------------- */

/* Along one axis of a kernel: the points 0, 1, -1 and infinity. */
static void transform_axis(const float g[3], float t[4]) {
    const float ends = g[0] + g[2];
    t[0] = g[0];
    t[1] = 0.5f * (ends + g[1]);
    t[2] = 0.5f * (ends - g[1]);
    t[3] = g[2];
}

/* The transform of the 3x3 kernel whose elements lie `tap` floats apart. */
static void transform_kernel(const float *w, int64_t tap, float u[4][4]) {
    float rows[4][3];
    for (int j = 0; j < 3; j++) {
        float t[4];
        transform_axis((const float[]){w[j * tap], w[(3 + j) * tap], w[(6 + j) * tap]}, t);
        for (int i = 0; i < 4; i++)
            rows[i][j] = t[i];
    }
    for (int i = 0; i < 4; i++)
        transform_axis(rows[i], u[i]);
}

static int64_t blocks(const cnn_step *step) {
    return cnn_ceil_div(step->output_shape.dim[0], BLOCK);
}

/* A block of outputs of w[tap][channel][filter]. */
static void prepare_block(const cnn_step *step, int64_t block) {
    const geometry g = geometry_of(step);
    const int64_t tap = g.channels * g.filters, count = cnn_min(BLOCK, g.filters - block * BLOCK);
    for (int64_t pair = 0; pair < g.pairs; pair++)
        for (int64_t o = 0; o < count; o++) {
            const float *w = step->parameter[0] + 2 * pair * g.filters + block * BLOCK + o;
            float first[4][4], second[4][4];
            float *to = step->prepared + block * BLOCK * g.pairs + pair * count + o;
            transform_kernel(w, tap, first);
            transform_kernel(w + g.filters, tap, second);
            for (int p = 0; p < PLANES; p++)
                to[p * weight_plane(&g)] = cnn_bf16_pair(first[p / 4][p % 4], second[p / 4][p % 4]);
        }
}

static float *prepared_of_backward(const cnn_step *step) {
    const geometry g = geometry_of(step);
    return step->prepared + PLANES * weight_plane(&g);
}

static int64_t prepare_pieces(const cnn_step *step) {
    return blocks(step) + (step->training ? 1 : 0);
}

static void prepare(const cnn_step *step, int64_t piece) {
    if (piece < blocks(step))
        prepare_block(step, piece);
    else
        cnn_bf16_backward_prepare(step, prepared_of_backward(step));
}

/* ---- Running ---------------------------------------------------------------------------------------- */

/* What a worker does of an image: rows of tiles, and blocks of outputs. */
typedef struct share {
    cnn_range tile_rows, outputs;
} share;

static bool is_small(const geometry *g) {
    return g->rows * g->columns <= SMALL_MAP;
}

static int64_t divisions(const cnn_step *step) {
    const geometry g = geometry_of(step);
    return is_small(&g) ? blocks(step) : g.tile_rows;
}

static share share_of(const cnn_step *step, const geometry *g, cnn_place place) {
    if (!is_small(g))
        return (share){cnn_part_of(place, g->tile_rows), {0, g->filters}};
    const cnn_range part = cnn_part_of(place, blocks(step));
    return (share){{0, g->tile_rows}, {part.first * BLOCK, cnn_min(part.end * BLOCK, g->filters)}};
}

/* The products of a band's tiles in one plane: [tile][output]. */
static void multiply_plane(const cnn_step *step, const geometry *g, int64_t tiles, cnn_range outputs,
                           const float *v, const float *weights, float *m) {
    static const int64_t no_offset[1] = {0};
    cnn_conv_loop loop = {.rows = 1,
                          .columns = tiles,
                          .x_column = g->pairs,
                          .y_column = g->filters,
                          .taps = 1,
                          .tap = no_offset,
                          .inputs = g->pairs};
    for (int64_t o = outputs.first; o < outputs.end; o += BLOCK) {
        loop.outputs = loop.w_row = cnn_min(BLOCK, g->filters - o);
        step->kernels->bf16_conv(&loop, v, weights + o * g->pairs, NULL, 0, m + o);
    }
}

/* `rows` tile rows from `first` on, through all stages. */
static void run_band(const cnn_step *step, const geometry *g, cnn_range outputs, int64_t first, int64_t rows,
                     const float *x, float *scratch, float *y) {
    float *v = scratch, *m = scratch + PLANES * input_plane(g);
    const int64_t x_row = cnn_padded_row(&g->copy), tiles = rows * g->tile_columns;
    cnn_winograd_loop loop = {.tile_rows = rows,
                              .tile_columns = g->tile_columns,
                              .channels = g->channels,
                              .tile = g->pairs,
                              .plane = input_plane(g),
                              .image_row = x_row,
                              .pixel = g->channels};
    step->kernels->bf16_winograd_input(&loop, x + 2 * first * x_row, v);
    for (int p = 0; p < PLANES; p++)
        multiply_plane(step, g, tiles, outputs, v + p * input_plane(g), step->prepared + p * weight_plane(g),
                       m + p * product_plane(g));
    loop.channels = outputs.end - outputs.first;
    loop.tile = g->filters;
    loop.plane = product_plane(g);
    loop.pixel = g->filters / cnn_numbers_in_float(&step->output);
    loop.image_row = g->columns * loop.pixel;
    loop.rows = cnn_min(2 * rows, g->rows - 2 * first);
    loop.columns = g->columns;
    loop.limit = step->limit;
    step->kernels->bf16_winograd_output(
        &loop, m + outputs.first, step->parameter[1] ? step->parameter[1] + outputs.first : NULL,
        cnn_step_flags(step),
        y + 2 * first * loop.image_row + outputs.first / cnn_numbers_in_float(&step->output));
}

/* Rows `within` of the copy, of an image of pairs. */
static const float *widen_rows(const cnn_step *step, const geometry *g, const float *image, cnn_range within,
                               float *room) {
    const int64_t row = cnn_padded_row(&g->copy), numbers = g->copy.columns * g->channels;
    const int64_t first = cnn_max(within.first - g->copy.top, 0),
                  end = cnn_min(within.end - g->copy.top, g->copy.rows);
    cnn_clear_rows(1, 0, (within.end - within.first) * row, room + within.first * row);
    for (int64_t i = first; i < end; i++)
        step->kernels->bf16_widen(numbers, image + i * numbers / 2,
                                  room + (g->copy.top + i) * row + g->copy.left * g->channels);
    return room;
}

/* The rows of the image in whole patches that rows of tiles meet. */
static const float *padded_image(const cnn_step *step, const geometry *g, cnn_place place,
                                 cnn_range tile_rows) {
    const cnn_range rows = {2 * tile_rows.first, 2 * tile_rows.end + 2};
    const float *image = cnn_buffer_at(&step->input[0], place.index, place.worker);
    float *room = cnn_buffer_at(&step->scratch, 0, place.worker);
    return step->input[0].pairs ? widen_rows(step, g, image, rows, room)
                                : cnn_padded_fill_rows(&g->copy, image, room, rows.first, rows.end);
}

/* One image, or this worker's share of it. */
static void forward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    const geometry g = geometry_of(step);
    const share mine = share_of(step, &g, place);
    float *scratch = cnn_buffer_at(&step->scratch, 0, place.worker);
    const float *x = padded_image(step, &g, place, mine.tile_rows);
    for (int64_t row = mine.tile_rows.first; row < mine.tile_rows.end; row += g.band)
        run_band(step, &g, mine.outputs, row, cnn_min(g.band, mine.tile_rows.end - row), x,
                 scratch + copy_floats(step, &g), cnn_buffer_at(&step->output, place.index, place.worker));
}

static void backward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    cnn_bf16_backward(step, run, place, prepared_of_backward(step));
}

const cnn_op cnn_op_conv2d_bf16_winograd = {
    .word = "conv (bf16 Winograd)",
    .prefix = "conv_bf16_winograd",
    .onnx = "",
    .algorithm = "Winograd F(2x2,3x3) bf16",
    .kind = CNN_IMAGEWISE,
    .inputs = 1,
    .forgets_output = true,
    .takes_relu = true,
    .takes_limit = true,
    .reads_pairs = always,
    .writes_pairs = always,
    .sizes = sizes,
    .prepare_pieces = prepare_pieces,
    .prepare = prepare,
    .divisions = divisions,
    .backward_divisions = cnn_bf16_backward_divisions,
    .forward = forward,
    .backward = backward,
};
