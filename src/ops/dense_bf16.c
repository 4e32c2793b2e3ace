/* Dense layer in bfloat16: a first round makes pairs of the inputs, image by image, or copies them; each piece of the second forms the sums of a
 * block of units for the whole batch. Every output is one sum over all inputs, in their order. Backward likewise: pairs of units
 * for the gradient of the inputs, of images for that of the weights; then blocks of inputs. Not a word of the text format. */
#include "ops/dense_bf16.h"

#include "base/numbers.h"
#include "ops/convolution_bf16.h"

#include <string.h>

/* The weights of a block of units are contiguous; so many pairs of inputs, whose weights stay in the first-level cache, go through
 * all images before the next. */
enum { BLOCK_UNITS = 32, BLOCK_PAIRS = 128, BLOCK_INPUTS = 32 /* of backward */ };

static int64_t inputs_of(const cnn_step *step) {
    return step->input_shape[0].dim[0];
}
static int64_t units_of(const cnn_step *step) {
    return step->output_shape.dim[0];
}
static int64_t pairs_of(const cnn_step *step) {
    return cnn_ceil_div(inputs_of(step), 2);
}

static int64_t unit_pairs_of(const cnn_step *step) {
    return cnn_ceil_div(units_of(step), 2);
}

/* prepared: [blocks of units][pairs][units of a block], then for backward [blocks of inputs][pairs of units][inputs of a block];
 * shared: an image's inputs in pairs; backward, an image's units in pairs, then images in pairs, of which a last one may be
 * alone: units and inputs. */
static cnn_step_sizes sizes(const cnn_step *step) {
    const int64_t pairs = pairs_of(step), inputs = inputs_of(step), units = units_of(step);
    const int64_t transposed = step->training ? unit_pairs_of(step) * inputs : 0;
    return (cnn_step_sizes){.shared = pairs,
                            .shared_backward = step->training ? unit_pairs_of(step) + units + inputs : 0,
                            .prepared = pairs * units + transposed,
                            .weights_pass = true};
}

static int64_t blocks(const cnn_step *step) {
    return cnn_ceil_div(units_of(step), BLOCK_UNITS);
}

/* The units from the first of a block on. */
static int64_t units_in(const cnn_step *step, int64_t block) {
    return cnn_min(BLOCK_UNITS, units_of(step) - block * BLOCK_UNITS);
}

static float *weights_of(const cnn_step *step, int64_t block) {
    return step->prepared + block * BLOCK_UNITS * pairs_of(step);
}

/* A block of w[input][unit], two inputs at a time. */
static void pair_inputs(const cnn_step *step, int64_t block) {
    const int64_t inputs = inputs_of(step), units = units_of(step), count = units_in(step, block);
    const float *w = step->parameter[0] + block * BLOCK_UNITS;
    float *to = weights_of(step, block);
    for (int64_t i = 0; i < inputs; i += 2, to += count)
        step->kernels->bf16_pair(1, count, 0, w + i * units, i + 1 < inputs ? w + (i + 1) * units : NULL, to);
}

static bool reads_pairs(const cnn_step *step) {
    return inputs_of(step) % 2 == 0;
}

static int64_t input_blocks(const cnn_step *step) {
    return cnn_ceil_div(inputs_of(step), BLOCK_INPUTS);
}

/* The inputs from the first of a block on. */
static int64_t inputs_in(const cnn_step *step, int64_t block) {
    return cnn_min(BLOCK_INPUTS, inputs_of(step) - block * BLOCK_INPUTS);
}

static float *transposed_weights(const cnn_step *step, int64_t block) {
    return step->prepared + pairs_of(step) * units_of(step) + block * BLOCK_INPUTS * unit_pairs_of(step);
}

/* Blocks of units, then blocks of inputs for backward. */
static int64_t prepare_pieces(const cnn_step *step) {
    return blocks(step) + (step->training ? input_blocks(step) : 0);
}

static void prepare(const cnn_step *step, int64_t piece) {
    const int64_t block = piece - blocks(step), units = units_of(step);
    if (block < 0)
        pair_inputs(step, piece);
    else
        cnn_bf16_transpose(step->kernels, step->parameter[0] + block * BLOCK_INPUTS * units,
                           inputs_in(step, block), units, transposed_weights(step, block));
}

/* ---- Forward ------------------------------------------------------------------------------------------- */

static void forward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    const float *from = cnn_buffer_at(&step->input[0], place.index, 0);
    float *to = cnn_buffer_at(&step->shared, place.index, 0);
    if (step->input[0].pairs)
        memcpy(to, from, (size_t)pairs_of(step) * sizeof *to);
    else
        step->kernels->bf16_round(1, inputs_of(step), from, to);
}

static int64_t finish_pieces(const cnn_step *step, const cnn_run *run) {
    (void)run;
    return blocks(step);
}

/* The flags of the sums over the pairs from `first` on: they go on from those before, and are bounded after the last. */
static int flags_of(const cnn_step *step, int64_t first) {
    const bool last = first + BLOCK_PAIRS >= pairs_of(step);
    return (first > 0 ? CNN_CONV_ACCUMULATE : 0) | (last ? cnn_step_flags(step) : 0);
}

static const int64_t no_offset[1] = {0};

static void finish(const cnn_step *step, const cnn_run *run, cnn_place place) {
    const int64_t pairs = pairs_of(step), begin = place.index * BLOCK_UNITS;
    cnn_conv_loop loop = {.rows = 1,
                          .columns = run->batch,
                          .x_column = step->shared.image_stride,
                          .y_column = step->output.image_stride,
                          .taps = 1,
                          .tap = no_offset,
                          .outputs = units_in(step, place.index),
                          .w_row = units_in(step, place.index)};
    for (int64_t first = 0; first < pairs; first += BLOCK_PAIRS) {
        loop.inputs = cnn_min(BLOCK_PAIRS, pairs - first);
        step->kernels->bf16_conv(&loop, step->shared.data + first,
                                 weights_of(step, place.index) + first * loop.w_row,
                                 step->parameter[1] ? step->parameter[1] + begin : NULL,
                                 flags_of(step, first), step->output.data + begin);
    }
}

/* ---- Backward ------------------------------------------------------------------------------------------ */

/* Where the pairs of units lie: [image][pair]; those of images: [pair][unit], [pair][input]. */
static float *unit_pairs(const cnn_step *step, int64_t image) {
    return step->shared_backward.data + image * unit_pairs_of(step);
}
static float *images_of_units(const cnn_step *step, const cnn_run *run, int64_t pair) {
    return unit_pairs(step, run->batch) + pair * units_of(step);
}
static float *images_of_inputs(const cnn_step *step, const cnn_run *run, int64_t pair) {
    return images_of_units(step, run, run->batch) + pair * inputs_of(step);
}

/* Images, then pairs of them. */
static int64_t image_pairs(const cnn_run *run) {
    return cnn_ceil_div(run->batch, 2);
}

static int64_t backward_pieces(const cnn_step *step, const cnn_run *run) {
    (void)step;
    return image_pairs(run);
}

/* A value of an image, with that of the next one; the last one may be alone. */
static void pair_images(const cnn_step *step, const cnn_run *run, const cnn_buffer *from, int64_t pair,
                        int64_t count, float *to) {
    const int64_t image = 2 * pair;
    step->kernels->bf16_pair(1, count, 0, cnn_buffer_at(from, image, 0),
                             image + 1 < run->batch ? cnn_buffer_at(from, image + 1, 0) : NULL, to);
}

/* Round one: two images. */
static void backward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    const int64_t pair = place.index, first = 2 * pair;
    for (int64_t image = first; image < cnn_min(first + 2, run->batch); image++)
        step->kernels->bf16_round(1, units_of(step), cnn_buffer_at(&step->output_gradient, image, 0),
                                  unit_pairs(step, image));
    pair_images(step, run, &step->output_gradient, pair, units_of(step), images_of_units(step, run, pair));
    pair_images(step, run, &step->input[0], pair, inputs_of(step), images_of_inputs(step, run, pair));
}

static int64_t finish_backward_pieces(const cnn_step *step, const cnn_run *run) {
    (void)run;
    return input_blocks(step);
}

/* dx of a block of inputs: the sums over all units. */
static void input_gradient(const cnn_step *step, const cnn_run *run, int64_t block) {
    const cnn_conv_loop loop = {.rows = 1,
                                .columns = run->batch,
                                .x_column = unit_pairs_of(step),
                                .y_column = step->input_gradient[0].image_stride,
                                .taps = 1,
                                .tap = no_offset,
                                .inputs = unit_pairs_of(step),
                                .outputs = inputs_in(step, block),
                                .w_row = inputs_in(step, block)};
    step->kernels->bf16_conv(&loop, unit_pairs(step, 0), transposed_weights(step, block), NULL, 0,
                             cnn_buffer_at(&step->input_gradient[0], 0, 0) + block * BLOCK_INPUTS);
}

/* dw[input][unit] of a block of inputs: the sums over all images. */
static void weight_gradient(const cnn_step *step, const cnn_run *run, int64_t block) {
    const int64_t units = units_of(step), first = block * BLOCK_INPUTS;
    const cnn_conv_loop loop = {.rows = 1,
                                .columns = image_pairs(run),
                                .x_column = inputs_of(step),
                                .y_column = units,
                                .taps = 1,
                                .tap = no_offset,
                                .inputs = inputs_in(step, block),
                                .outputs = units,
                                .w_row = units};
    step->kernels->bf16_conv_weights(&loop, images_of_inputs(step, run, 0) + first,
                                     images_of_units(step, run, 0), 0, step->gradient[0] + first * units);
}

/* Round two: a block of inputs; the bias goes with the first. */
static void finish_backward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    if (!step->frozen)
        weight_gradient(step, run, place.index);
    if (step->input_gradient[0].data)
        input_gradient(step, run, place.index);
    if (place.index == 0)
        cnn_bias_gradient_of_batch(step, run->batch);
}

const cnn_op cnn_op_dense_bf16 = {
    .word = "dense (bf16)",
    .prefix = "fc_bf16",
    .onnx = "",
    .algorithm = "blocks of units bf16",
    .kind = CNN_BATCHWISE,
    .inputs = 1,
    .forgets_output = true,
    .takes_relu = true,
    .reads_pairs = reads_pairs,
    .sizes = sizes,
    .prepare_pieces = prepare_pieces,
    .prepare = prepare,
    .forward_pieces = cnn_pieces_of_images,
    .forward = forward,
    .finish_pieces = finish_pieces,
    .finish = finish,
    .backward_pieces = backward_pieces,
    .backward = backward,
    .finish_backward_pieces = finish_backward_pieces,
    .finish_backward = finish_backward,
};
