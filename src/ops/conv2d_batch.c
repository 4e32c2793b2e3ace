/* Convolution by direct sums over the whole batch: for many channels on maps of few pixels. Image by image, few positions share
 * a pass over weights that exceed the caches, and most products on a small padded map are with zeros. Here the same pixel of
 * all images stands where a row of positions does, and taps that fall beside the map are left out. Each round's pieces first
 * copy the images, pixel by pixel, to memory that those of the second round share. Not a word of the text format. */
#include "ops/conv2d_batch.h"

#include "base/numbers.h"
#include "ops/convolution_bf16.h"
#include "ops/pixel_pairs.h"
#include "ops/winograd.h"

#include <string.h>

enum {
    WEIGHT_INPUTS = 64, /* of a piece of the gradient of the weights */
    BLOCK = 32,         /* outputs of a piece */
    MAX_SUMMED = 28     /* images whose sums are float until they are rounded: whole tiles of 4 or 14 */
};

/* ---- Whether ------------------------------------------------------------------------------------------ */

/* Products that Winograd's algorithm would form for each pair of channels, in tiles of 4x4; none where it does not fit. */
static int64_t winograd_products(const cnn_convolution *c) {
    const bool fits = c->kernel[0] == 3 && c->kernel[1] == 3 && c->stride[0] == 1 && c->stride[1] == 1 &&
                      c->dilation[0] == 1 && c->dilation[1] == 1;
    return fits ? 36 * cnn_ceil_div(c->out[0], 4) * cnn_ceil_div(c->out[1], 4) : 0;
}

/* Few pixels, but more of them where a map's rows cannot be summed as one long row. */
static bool is_small(const cnn_convolution *c) {
    enum { MAX_PIXELS = 64, MAX_PIXELS_OF_ONE_TAP = 16 };
    const int64_t most = c->taps == 1 ? MAX_PIXELS_OF_ONE_TAP : MAX_PIXELS;
    return cnn_output_pixels(c) <= most && cnn_input_pixels(c) <= 4 * most;
}

/* Channels that fill vectors, and no last block of so few outputs that the kernel sums them in another order, which would
 * depend on the taps. */
static bool fills_vectors(const cnn_convolution *c) {
    enum { MIN_CHANNELS = 16 };
    return cnn_min(c->channels, c->filters) >= MIN_CHANNELS &&
           (c->filters % BLOCK == 0 || c->filters % BLOCK >= MIN_CHANNELS);
}

/* Half a megabyte: fewer stay in the second-level cache, and going image by image leaves the maps of the layers around this
 * one in the first. */
static bool has_many_weights(const cnn_convolution *c) {
    enum { MIN_WEIGHTS = 1 << 17 };
    return c->taps * c->channels * c->filters >= MIN_WEIGHTS;
}

bool cnn_conv2d_batch_pays(const cnn_conv2d_options *conv, const cnn_shape *input, const cnn_shape *output) {
    const cnn_step none = {0};
    const cnn_convolution c = cnn_convolution_of(&none, conv, input, output);
    if (c.groups > 1 || c.taps > CNN_MAX_USED_TAPS || !is_small(&c) || !fills_vectors(&c) ||
        !has_many_weights(&c))
        return false;
    const int64_t winograd = winograd_products(&c);
    return winograd == 0 || cnn_pixel_pairs(&c) < winograd;
}

/* ---- Memory ------------------------------------------------------------------------------------------- */

static cnn_convolution convolution_of(const cnn_step *step) {
    cnn_convolution c =
        cnn_convolution_of(step, &step->options.conv2d, &step->input_shape[0], &step->output_shape);
    if (step->bf16)
        cnn_bf16_pair_up(&c);
    return c;
}

static const char *algorithm_of(const cnn_step *step) {
    return step->bf16 ? "direct over the batch bf16" : "direct over the batch";
}

/* Floats of one copy of the weights. */
static int64_t weight_floats(const cnn_convolution *c, const cnn_used_taps *used) {
    return used->count * c->channels * c->filters;
}

/* Shared backward: the copies of the inputs, then those of the output's gradients. */
static cnn_step_sizes sizes(const cnn_step *step) {
    const cnn_convolution c = convolution_of(step);
    const int64_t inputs = cnn_input_pixels(&c) * cnn_odd_lines(c.channels);
    const int64_t outputs = cnn_output_pixels(&c) * cnn_odd_lines(c.filters);
    const cnn_used_taps used = cnn_taps_used(&c);
    return (cnn_step_sizes){.prepared = weight_floats(&c, &used),
                            .prepared_backward = step->training ? weight_floats(&c, &used) : 0,
                            .weights_pass = true,
                            .shared = inputs,
                            .shared_backward = step->training ? inputs + outputs : 0};
}

/* Copies of all images' maps, [pixel][image][channel]. */
typedef struct copies {
    float *values;
    int64_t pixel, image; /* floats from one to the next */
} copies;

static copies copies_at(float *values, const cnn_run *run, int64_t channels) {
    const int64_t image = cnn_odd_lines(channels);
    return (copies){values, run->batch * image, image};
}

static void copy_image(const copies *to, int64_t image, int64_t pixels, int64_t channels, const float *map) {
    for (int64_t pixel = 0; pixel < pixels; pixel++)
        memcpy(to->values + pixel * to->pixel + image * to->image, map + pixel * channels,
               (size_t)channels * sizeof *map);
}

/* The same in pairs of numbers in bfloat16. */
static void round_image(const copies *to, int64_t image, const cnn_convolution *c, const float *map) {
    for (int64_t pixel = 0; pixel < cnn_input_pixels(c); pixel++)
        c->kernels->bf16_round(1, c->group_numbers, map + pixel * c->group_numbers,
                               to->values + pixel * to->pixel + image * to->image);
}

static copies input_copies(const cnn_step *step, const cnn_run *run, const cnn_convolution *c) {
    return copies_at(step->shared_backward.data, run, c->channels);
}
static copies gradient_copies(const cnn_step *step, const cnn_run *run, const cnn_convolution *c) {
    const copies inputs = input_copies(step, run, c);
    return copies_at(inputs.values + cnn_input_pixels(c) * inputs.pixel, run, c->filters);
}

/* ---- What is derived from the weights ----------------------------------------------------------------- */

static int64_t output_blocks(const cnn_step *step) {
    return cnn_ceil_div(step->output_shape.dim[0], BLOCK);
}
static int64_t input_blocks(const cnn_step *step) {
    return cnn_ceil_div(step->input_shape[0].dim[0], BLOCK);
}

/* Where the weights of the filters from `first` on lie, the first of a block. */
static float *packed_outputs(const cnn_convolution *c, const cnn_used_taps *used, int64_t first) {
    return c->prepared + first * used->count * c->channels;
}

/* [used tap][input][output of the block]: in whole rows the outputs of a block would compete for cache sets. */
static void prepare(const cnn_step *step, int64_t block) {
    const cnn_convolution c = convolution_of(step);
    const cnn_used_taps used = cnn_taps_used(&c);
    const int64_t first = block * BLOCK, count = cnn_min(BLOCK, c.filters - first);
    float *to = packed_outputs(&c, &used, first);
    for (int64_t u = 0; u < used.count; u++)
        for (int64_t input = 0; input < c.channels; input++, to += count)
            cnn_convolution_block_row(
                &c, step->parameter[0] + used.tap[u] * step->input_shape[0].dim[0] * c.filters + first, input,
                count, to);
}

/* Where the weights for the gradient of the input lie, of the channels from `first` on. */
static float *packed_inputs(const cnn_step *step, const cnn_used_taps *used, int64_t first) {
    return step->prepared_backward + first * used->count * step->output_shape.dim[0];
}

/* [used tap][output][input of the block] */
static void prepare_backward(const cnn_step *step, int64_t block) {
    const cnn_convolution c = convolution_of(step);
    const cnn_used_taps used = cnn_taps_used(&c);
    const int64_t first = block * BLOCK, count = cnn_min(BLOCK, c.channels - first);
    float *to = packed_inputs(step, &used, first);
    const cnn_transpose_loop transposition = {count, c.filters, c.filters, count};
    for (int64_t u = 0; u < used.count; u++, to += count * c.filters)
        c.kernels->transpose(&transposition,
                             step->parameter[0] + (used.tap[u] * c.channels + first) * c.filters, to);
}

/* ---- One pixel of all images ---------------------------------------------------------------------------- */

/* A convolution of copies: `loop` lacks the taps. `weights`: of a block of its outputs, for all used taps. */
typedef struct pixel_sums {
    cnn_used_taps used;
    cnn_conv_loop loop;
    const copies *from;
    const float *weights, *bias; /* bias may be NULL */
    int flags;
    float *to; /* of the first image */
} pixel_sums;

/* Neighbouring used taps by which a pixel meets something. */
typedef struct tap_run {
    int64_t first, count;
} tap_run;

/* The runs, and for each used tap of one where what it meets lies in the copies. */
static int collect_runs(const cnn_convolution *c, const pixel_sums *sums, cnn_pixel_met met, int64_t pixel,
                        tap_run runs[CNN_MAX_USED_TAPS], int64_t offset[CNN_MAX_USED_TAPS]) {
    int count = 0;
    for (int64_t u = 0; u < sums->used.count; u++) {
        const int64_t from = met(c, pixel, sums->used.tap[u]);
        if (from < 0)
            continue;
        offset[u] = from * sums->from->pixel;
        if (count == 0 || runs[count - 1].first + runs[count - 1].count < u)
            runs[count++] = (tap_run){.first = u};
        runs[count - 1].count++;
    }
    return count;
}

/* The sums of a pixel, run by run: the first starts from the bias, the last one bounds them. A pixel that meets nothing is 0. */
static void sum_pixel(const cnn_convolution *c, const pixel_sums *sums, cnn_pixel_met met, int64_t pixel) {
    tap_run runs[CNN_MAX_USED_TAPS];
    int64_t offset[CNN_MAX_USED_TAPS];
    const int count = collect_runs(c, sums, met, pixel, runs, offset);
    for (int k = 0; k < count; k++) {
        cnn_conv_loop loop = sums->loop;
        loop.taps = runs[k].count;
        loop.tap = offset + runs[k].first;
        (c->group_numbers ? c->kernels->bf16_conv : c->kernels->conv)(
            &loop, sums->from->values, sums->weights + runs[k].first * loop.inputs * loop.w_row,
            k ? NULL : sums->bias, (k ? CNN_CONV_ACCUMULATE : 0) | (k == count - 1 ? sums->flags : 0),
            sums->to);
    }
    if (count == 0)
        cnn_clear_rows(sums->loop.columns, sums->loop.y_column, sums->loop.outputs, sums->to);
}

/* ---- Forward ------------------------------------------------------------------------------------------ */

/* Round one: an image. */
static void forward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    const cnn_convolution c = convolution_of(step);
    const copies inputs = copies_at(step->shared.data, run, c.channels);
    const float *image = cnn_buffer_at(&step->input[0], place.index, place.worker);
    if (step->bf16 && !step->input[0].pairs)
        round_image(&inputs, place.index, &c, image);
    else
        copy_image(&inputs, place.index, cnn_input_pixels(&c), c.channels, image);
}

static int64_t finish_pieces(const cnn_step *step, const cnn_run *run) {
    (void)run;
    const cnn_convolution c = convolution_of(step);
    return output_blocks(step) * cnn_output_pixels(&c);
}

/* Sums of images from `first` on, rounded to pairs. Only a single run could round them itself. */
static void sum_rounded(const cnn_convolution *c, const pixel_sums *sums, int64_t pixel, int64_t first,
                        int64_t stride) {
    float each[MAX_SUMMED * BLOCK];
    const copies *all = sums->from;
    pixel_sums here = *sums;
    here.from = &(copies){all->values + first * all->image, all->pixel, all->image};
    here.loop.columns = cnn_min(MAX_SUMMED, sums->loop.columns - first);
    here.loop.y_column = sums->loop.outputs;
    here.flags &= ~CNN_CONV_PAIRS;
    here.to = each;
    sum_pixel(c, &here, cnn_input_met, pixel);
    for (int64_t image = 0; image < here.loop.columns; image++)
        c->kernels->bf16_round(1, here.loop.y_column, each + image * here.loop.y_column,
                               sums->to + (first + image) * stride);
}

/* Round two: a block of outputs of one pixel of all images. */
static void finish(const cnn_step *step, const cnn_run *run, cnn_place place) {
    const cnn_convolution c = convolution_of(step);
    const copies inputs = copies_at(step->shared.data, run, c.channels);
    const int64_t pixel = place.index % cnn_output_pixels(&c);
    const int64_t first = place.index / cnn_output_pixels(&c) * BLOCK,
                  count = cnn_min(BLOCK, c.filters - first);
    const cnn_used_taps used = cnn_taps_used(&c);
    const pixel_sums sums = {.used = used,
                             .loop = {.rows = 1,
                                      .columns = run->batch,
                                      .x_column = inputs.image,
                                      .y_column = step->output.image_stride,
                                      .inputs = c.channels,
                                      .outputs = count,
                                      .w_row = count,
                                      .limit = c.limit},
                             .from = &inputs,
                             .weights = packed_outputs(&c, &used, first),
                             .bias = step->parameter[1] ? step->parameter[1] + first : NULL,
                             .flags = cnn_step_flags(step),
                             .to = cnn_buffer_at(&step->output, 0, 0) +
                                   (pixel * c.filters + first) / cnn_numbers_in_float(&step->output)};
    if (!step->output.pairs)
        sum_pixel(&c, &sums, cnn_input_met, pixel);
    for (int64_t image = 0; step->output.pairs && image < run->batch; image += MAX_SUMMED)
        sum_rounded(&c, &sums, pixel, image, step->output.image_stride);
}

/* ---- Backward ----------------------------------------------------------------------------------------- */

/* Round one: an image. */
static void backward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    const cnn_convolution c = convolution_of(step);
    const copies inputs = input_copies(step, run, &c), gradients = gradient_copies(step, run, &c);
    const float *dy = cnn_relu_passed_back(step, place.index, place.worker);
    copy_image(&gradients, place.index, cnn_output_pixels(&c), c.filters, dy);
    if (!step->frozen)
        copy_image(&inputs, place.index, cnn_input_pixels(&c), c.channels,
                   cnn_buffer_at(&step->input[0], place.index, place.worker));
}

/* Inputs of each tap's weights in blocks, none if they are frozen. */
static int64_t weight_pieces(const cnn_step *step, const cnn_convolution *c) {
    return step->frozen ? 0 : c->taps * cnn_ceil_div(c->channels, WEIGHT_INPUTS);
}

/* Then pixels of the input's gradient, if somebody wants it. */
static int64_t finish_backward_pieces(const cnn_step *step, const cnn_run *run) {
    (void)run;
    const cnn_convolution c = convolution_of(step);
    return weight_pieces(step, &c) +
           (step->input_gradient[0].data ? input_blocks(step) * cnn_input_pixels(&c) : 0);
}

/* The gradient of the weights of some inputs by a tap: the sum over all outputs' pixels that meet something by it. */
static void weight_gradient(const cnn_step *step, const cnn_run *run, const cnn_convolution *c,
                            int64_t piece) {
    static const int64_t no_offset[1] = {0};
    const copies inputs = input_copies(step, run, c), gradients = gradient_copies(step, run, c);
    const int64_t tap = piece % c->taps, first = piece / c->taps * WEIGHT_INPUTS;
    const cnn_conv_loop loop = {.rows = 1,
                                .columns = run->batch,
                                .x_column = inputs.image,
                                .y_column = gradients.image,
                                .taps = 1,
                                .tap = no_offset,
                                .inputs = cnn_min(WEIGHT_INPUTS, c->channels - first),
                                .outputs = c->filters,
                                .w_row = c->filters};
    float *dw = step->gradient[0] + (tap * c->channels + first) * c->filters;
    int flags = 0;
    for (int64_t pixel = 0; pixel < cnn_output_pixels(c); pixel++) {
        const int64_t from = cnn_input_met(c, pixel, tap);
        if (from < 0)
            continue;
        c->kernels->conv_weights(&loop, inputs.values + from * inputs.pixel + first,
                                 gradients.values + pixel * gradients.pixel, flags, dw);
        flags = CNN_CONV_ACCUMULATE;
    }
    if (!flags)
        memset(dw, 0, (size_t)(loop.inputs * c->filters) * sizeof *dw);
}

/* The gradient of the bias, which goes with the first piece. */
static void bias_gradient(const cnn_step *step, const cnn_run *run, const cnn_convolution *c) {
    const copies gradients = gradient_copies(step, run, c);
    float *sums = step->gradient[1];
    if (!sums)
        return;
    memset(sums, 0, (size_t)c->filters * sizeof *sums);
    c->kernels->channel_sums(cnn_output_pixels(c) * run->batch, gradients.image, c->filters, gradients.values,
                             sums);
}

/* The gradient of one pixel of the input, in a block of channels. */
static void input_gradient(const cnn_step *step, const cnn_run *run, const cnn_convolution *c,
                           int64_t piece) {
    const copies gradients = gradient_copies(step, run, c);
    const int64_t pixel = piece % cnn_input_pixels(c);
    const int64_t first = piece / cnn_input_pixels(c) * BLOCK, count = cnn_min(BLOCK, c->channels - first);
    const cnn_used_taps used = cnn_taps_used(c);
    const pixel_sums sums = {.used = used,
                             .loop = {.rows = 1,
                                      .columns = run->batch,
                                      .x_column = gradients.image,
                                      .y_column = step->input_gradient[0].image_stride,
                                      .inputs = c->filters,
                                      .outputs = count,
                                      .w_row = count},
                             .from = &gradients,
                             .weights = packed_inputs(step, &used, first),
                             .to =
                                 cnn_buffer_at(&step->input_gradient[0], 0, 0) + pixel * c->channels + first};
    sum_pixel(c, &sums, cnn_output_met, pixel);
}

/* Round two: a piece of the weights, or of the input's gradient for all images. */
static void finish_backward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    const cnn_convolution c = convolution_of(step);
    const int64_t of_weights = weight_pieces(step, &c);
    if (place.index >= of_weights) {
        input_gradient(step, run, &c, place.index - of_weights);
        return;
    }
    if (place.index == 0)
        bias_gradient(step, run, &c);
    weight_gradient(step, run, &c, place.index);
}

const cnn_op cnn_op_conv2d_batch = {
    .word = "conv (direct over the batch)",
    .prefix = "conv_batch",
    .onnx = "",
    .algorithm_of = algorithm_of,
    .kind = CNN_BATCHWISE,
    .inputs = 1,
    .forgets_output = true,
    .takes_relu = true,
    .reads_pairs = cnn_convolution_reads_pairs,
    .writes_pairs = cnn_convolution_writes_pairs,
    .takes_limit = true,
    .passes_relu_back = true,
    .sizes = sizes,
    .prepare_pieces = output_blocks,
    .prepare = prepare,
    .prepare_backward_pieces = input_blocks,
    .prepare_backward = prepare_backward,
    .forward_pieces = cnn_pieces_of_images,
    .forward = forward,
    .finish_pieces = finish_pieces,
    .finish = finish,
    .backward_pieces = cnn_pieces_of_images,
    .backward = backward,
    .finish_backward_pieces = finish_backward_pieces,
    .finish_backward = finish_backward,
};
