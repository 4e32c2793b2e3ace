/* Convolution 3x3 of stride 1 by Winograd's F(2x2, 3x3), whose products are of numbers in bfloat16: 16 of them for 4 outputs
 * instead of 36. The transforms are float32. Of larger tiles the rounding errors would be three to ten times those of direct sums
 * (docs/precision.md). Bands of tile rows go through all three stages, so that what lies between stays in cache. The gradient of
 * the input goes the same way, as a convolution of the output's gradient with the kernel turned by 180 degrees; that of the weights by direct
 * sums. Not a word of the text format. */
#include "ops/conv2d_bf16_winograd.h"

#include "base/numbers.h"
#include "ops/convolution_bf16.h"
#include "ops/window.h"
#include "ops/winograd.h"

#include <string.h>

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
    int64_t rows, columns; /* of what is written */
    int64_t tile_rows, tile_columns;
    int64_t band;            /* tile rows that go through the stages together */
    int64_t channels, pairs; /* of what is read */
    int64_t filters;         /* channels of what is written */
    cnn_padded_copy copy;    /* what is read, in whole patches */
} geometry;

/* From `in` to `out`, with so many rows and columns of zeros before. */
static geometry geometry_from(const int64_t *in, const int64_t *out, int64_t top, int64_t left) {
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
                               .top = top,
                               .left = left};
    return g;
}

static geometry geometry_of(const cnn_step *step) {
    const int64_t *padding = step->options.conv2d.padding;
    return geometry_from(step->input_shape[0].dim, step->output_shape.dim, padding[0], padding[1]);
}

/* Of the gradient of the input. */
static geometry backward_geometry_of(const cnn_step *step) {
    const int64_t *padding = step->options.conv2d.padding;
    return geometry_from(step->output_shape.dim, step->input_shape[0].dim, 2 - padding[0], 2 - padding[1]);
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

/* Of the copy of what is read, which numbers in bfloat16 always are. */
static int64_t copy_floats(const cnn_buffer *read, const geometry *g) {
    return read->pairs ? g->copy.padded_rows * cnn_padded_row(&g->copy) : cnn_padded_floats(&g->copy);
}

/* Channels and filters are multiples of CNN_POOLED_BLOCK. */
static bool always(const cnn_step *step) {
    (void)step;
    return true;
}

static int64_t scratch_floats(const cnn_buffer *read, const geometry *g) {
    return copy_floats(read, g) + PLANES * (input_plane(g) + product_plane(g));
}

/* prepared: the transformed weights, those for the gradient of the input, what the gradient of the weights needs. */
static cnn_step_sizes sizes(const cnn_step *step) {
    const geometry g = geometry_of(step), back = backward_geometry_of(step);
    cnn_step_sizes sizes = {.scratch = scratch_floats(&step->input[0], &g),
                            .prepared = PLANES * weight_plane(&g),
                            .weights_pass = true};
    if (!step->training)
        return sizes;
    const int64_t of_input = scratch_floats(&step->output_gradient, &back),
                  of_weights = cnn_bf16_weights_scratch(step);
    sizes.scratch = cnn_max(sizes.scratch, cnn_max(of_input, of_weights));
    sizes.prepared += PLANES * weight_plane(&back) + cnn_bf16_weights_prepared(step);
    return sizes;
}

/* ---- Weights ---------------------------------------------------------------------------------------- */

/* Neighbouring numbers that are transformed together: both counts of channels are multiples. */
enum { LANES = CNN_POOLED_BLOCK };

/* Along one axis of kernels: the points 0, 1, -1 and infinity. */
static void transform_axis(const float *g0, const float *g1, const float *g2, float *const t[4]) {
    for (int i = 0; i < LANES; i++) {
        const float ends = g0[i] + g2[i];
        t[0][i] = g0[i];
        t[1][i] = 0.5f * (ends + g1[i]);
        t[2][i] = 0.5f * (ends - g1[i]);
        t[3][i] = g2[i];
    }
}

/* The transforms of 3x3 kernels that lie side by side; their elements are `tap` floats apart. */
static void transform_kernels(const float *w, int64_t tap, float u[PLANES][LANES]) {
    float rows[4][3][LANES];
    for (int j = 0; j < 3; j++)
        transform_axis(w + j * tap, w + (3 + j) * tap, w + (6 + j) * tap,
                       (float *[]){rows[0][j], rows[1][j], rows[2][j], rows[3][j]});
    for (int i = 0; i < 4; i++)
        transform_axis(rows[i][0], rows[i][1], rows[i][2],
                       (float *[]){u[4 * i], u[4 * i + 1], u[4 * i + 2], u[4 * i + 3]});
}

static int64_t blocks(const geometry *g) {
    return cnn_ceil_div(g->filters, BLOCK);
}

static float *backward_weights(const cnn_step *step) {
    const geometry g = geometry_of(step);
    return step->prepared + PLANES * weight_plane(&g);
}

/* Two channels of w[tap][channel][filter], LANES filters of each. */
static void transform_pair(const cnn_kernels *kernels, const geometry *g, const float *w, float *to) {
    const int64_t tap = g->channels * g->filters;
    float first[PLANES][LANES], second[PLANES][LANES];
    transform_kernels(w, tap, first);
    transform_kernels(w + g->filters, tap, second);
    for (int p = 0; p < PLANES; p++)
        kernels->bf16_pair(1, LANES, 0, first[p], second[p], to + p * weight_plane(g));
}

/* A block of outputs. */
static void prepare_forward(const cnn_step *step, const geometry *g, int64_t block) {
    const int64_t begin = block * BLOCK, count = cnn_min(BLOCK, g->filters - begin);
    for (int64_t pair = 0; pair < g->pairs; pair++)
        for (int64_t o = 0; o < count; o += LANES)
            transform_pair(step->kernels, g, step->parameter[0] + 2 * pair * g->filters + begin + o,
                           step->prepared + begin * g->pairs + pair * count + o);
}

/* LANES filters of a block's channels, with the kernels turned: from the last tap to the first. `g` is that of the gradient. */
static void transform_turned(const cnn_kernels *kernels, const geometry *g, const float *w, int64_t count,
                             float *to) {
    const int64_t tap = g->channels * g->filters;
    float all[PLANES][BLOCK * LANES];
    for (int64_t c = 0; c < count; c++) {
        float u[PLANES][LANES];
        transform_kernels(w + 8 * tap + c * g->channels, -tap, u);
        for (int p = 0; p < PLANES; p++)
            memcpy(all[p] + c * LANES, u[p], sizeof u[p]);
    }
    for (int p = 0; p < PLANES; p++)
        cnn_bf16_transpose(kernels, all[p], count, LANES, to + p * weight_plane(g));
}

/* A block of inputs. */
static void prepare_backward(const cnn_step *step, const geometry *g, int64_t block) {
    const int64_t begin = block * BLOCK, count = cnn_min(BLOCK, g->filters - begin);
    for (int64_t filter = 0; filter < g->channels; filter += LANES)
        transform_turned(step->kernels, g, step->parameter[0] + begin * g->channels + filter, count,
                         backward_weights(step) + begin * g->pairs + filter / 2 * count);
}

/* What the gradient of the weights needs. */
static float *prepared_of_weights(const cnn_step *step) {
    const geometry back = backward_geometry_of(step);
    return backward_weights(step) + PLANES * weight_plane(&back);
}

/* Blocks of outputs; in training, blocks of inputs, and one for the gradient of the weights. */
static int64_t prepare_pieces(const cnn_step *step) {
    const geometry g = geometry_of(step), back = backward_geometry_of(step);
    return blocks(&g) + (step->training ? blocks(&back) + 1 : 0);
}

static void prepare(const cnn_step *step, int64_t piece) {
    const geometry g = geometry_of(step), back = backward_geometry_of(step);
    if (piece < blocks(&g))
        prepare_forward(step, &g, piece);
    else if (piece < blocks(&g) + blocks(&back))
        prepare_backward(step, &back, piece - blocks(&g));
    else
        cnn_bf16_weights_prepare(step, prepared_of_weights(step));
}

/* ---- Running ---------------------------------------------------------------------------------------- */

/* What a worker does of an image: rows of tiles, and blocks of what is written. */
typedef struct share {
    cnn_range tile_rows, outputs;
} share;

static bool is_small(const geometry *g) {
    return g->rows * g->columns <= SMALL_MAP;
}

static int64_t divisions_of(const geometry *g) {
    return is_small(g) ? blocks(g) : g->tile_rows;
}

static share share_of(const geometry *g, cnn_place place) {
    if (!is_small(g))
        return (share){cnn_part_of(place, g->tile_rows), {0, g->filters}};
    const cnn_range part = cnn_part_of(place, blocks(g));
    return (share){{0, g->tile_rows}, {part.first * BLOCK, cnn_min(part.end * BLOCK, g->filters)}};
}

/* One way through the stages: forward, or to the gradient of the input. */
typedef struct passage {
    geometry g;
    const cnn_kernels *kernels;
    const cnn_buffer *read, *written;
    const float *weights, *bias; /* bias may be NULL */
    int flags;
    float limit;
} passage;

/* The products of a band's tiles in one plane: [tile][output]. */
static void multiply_plane(const passage *p, int64_t tiles, cnn_range outputs, const float *v,
                           const float *weights, float *m) {
    static const int64_t no_offset[1] = {0};
    const geometry *g = &p->g;
    cnn_conv_loop loop = {.rows = 1,
                          .columns = tiles,
                          .x_column = g->pairs,
                          .y_column = g->filters,
                          .taps = 1,
                          .tap = no_offset,
                          .inputs = g->pairs};
    for (int64_t o = outputs.first; o < outputs.end; o += BLOCK) {
        loop.outputs = loop.w_row = cnn_min(BLOCK, g->filters - o);
        p->kernels->bf16_conv(&loop, v, weights + o * g->pairs, NULL, 0, m + o);
    }
}

/* `rows` tile rows from `first` on, through all stages. */
static void run_band(const passage *p, cnn_range outputs, int64_t first, int64_t rows, const float *x,
                     float *scratch, float *y) {
    const geometry *g = &p->g;
    float *v = scratch, *m = scratch + PLANES * input_plane(g);
    const int64_t x_row = cnn_padded_row(&g->copy), tiles = rows * g->tile_columns;
    cnn_winograd_loop loop = {.tile_rows = rows,
                              .tile_columns = g->tile_columns,
                              .channels = g->channels,
                              .tile = g->pairs,
                              .plane = input_plane(g),
                              .image_row = x_row,
                              .pixel = g->channels};
    p->kernels->bf16_winograd_input(&loop, x + 2 * first * x_row, v);
    for (int i = 0; i < PLANES; i++)
        multiply_plane(p, tiles, outputs, v + i * input_plane(g), p->weights + i * weight_plane(g),
                       m + i * product_plane(g));
    loop.channels = outputs.end - outputs.first;
    loop.tile = g->filters;
    loop.plane = product_plane(g);
    loop.pixel = g->filters / cnn_numbers_in_float(p->written);
    loop.image_row = g->columns * loop.pixel;
    loop.rows = cnn_min(2 * rows, g->rows - 2 * first);
    loop.columns = g->columns;
    loop.limit = p->limit;
    p->kernels->bf16_winograd_output(
        &loop, m + outputs.first, p->bias ? p->bias + outputs.first : NULL, p->flags,
        y + 2 * first * loop.image_row + outputs.first / cnn_numbers_in_float(p->written));
}

/* Rows `within` of the copy, of an image of pairs. */
static const float *widen_rows(const passage *p, const float *image, cnn_range within, float *room) {
    const geometry *g = &p->g;
    const int64_t row = cnn_padded_row(&g->copy), numbers = g->copy.columns * g->channels;
    const int64_t first = cnn_max(within.first - g->copy.top, 0),
                  end = cnn_min(within.end - g->copy.top, g->copy.rows);
    cnn_clear_rows(1, 0, (within.end - within.first) * row, room + within.first * row);
    for (int64_t i = first; i < end; i++)
        p->kernels->bf16_widen(numbers, image + i * numbers / 2,
                               room + (g->copy.top + i) * row + g->copy.left * g->channels);
    return room;
}

/* The rows of what is read, in whole patches, that rows of tiles meet. */
static const float *padded_image(const passage *p, cnn_place place, cnn_range tile_rows, float *room) {
    const cnn_range rows = {2 * tile_rows.first, 2 * tile_rows.end + 2};
    const float *image = cnn_buffer_at(p->read, place.index, place.worker);
    return p->read->pairs ? widen_rows(p, image, rows, room)
                          : cnn_padded_fill_rows(&p->g.copy, image, room, rows.first, rows.end);
}

/* One image, or this worker's share of it. */
static void run_image(const passage *p, cnn_place place, float *scratch) {
    const geometry *g = &p->g;
    const share mine = share_of(g, place);
    const float *x = padded_image(p, place, mine.tile_rows, scratch);
    for (int64_t row = mine.tile_rows.first; row < mine.tile_rows.end; row += g->band)
        run_band(p, mine.outputs, row, cnn_min(g->band, mine.tile_rows.end - row), x,
                 scratch + copy_floats(p->read, g), cnn_buffer_at(p->written, place.index, place.worker));
}

static int64_t divisions(const cnn_step *step) {
    const geometry g = geometry_of(step);
    return divisions_of(&g);
}

static void forward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    const passage p = {.g = geometry_of(step),
                       .kernels = step->kernels,
                       .read = &step->input[0],
                       .written = &step->output,
                       .weights = step->prepared,
                       .bias = step->parameter[1],
                       .flags = cnn_step_flags(step),
                       .limit = step->limit};
    run_image(&p, place, cnn_buffer_at(&step->scratch, 0, place.worker));
}

static int64_t backward_divisions(const cnn_step *step) {
    const geometry back = backward_geometry_of(step);
    const int64_t of_input = divisions_of(&back), of_weights = cnn_bf16_backward_divisions(step);
    return cnn_max(of_input, of_weights);
}

static void backward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    const passage p = {.g = backward_geometry_of(step),
                       .kernels = step->kernels,
                       .read = &step->output_gradient,
                       .written = &step->input_gradient[0],
                       .weights = backward_weights(step)};
    if (!step->frozen)
        cnn_bf16_weight_gradients(step, place, prepared_of_weights(step));
    if (step->input_gradient[0].data)
        run_image(&p, place, cnn_buffer_at(&step->scratch, 0, place.worker));
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
    .backward_divisions = backward_divisions,
    .forward = forward,
    .backward = backward,
};
