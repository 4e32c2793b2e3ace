/* Dense layer in bfloat16: a first round makes pairs of the inputs, image by image, or copies them; each piece of the second forms the sums of a
 * block of units for the whole batch. Every output is one sum over all inputs, in their order. Not a word of the text format. */
#include "ops/dense_bf16.h"

#include "base/numbers.h"
#include "kernels/bf16/number.h"

#include <string.h>

/* The weights of a block of units are contiguous; so many pairs of inputs, whose weights stay in the first-level cache, go through
 * all images before the next. */
enum { BLOCK_UNITS = 32, BLOCK_PAIRS = 128 };

static int64_t inputs_of(const cnn_step *step) {
    return step->input_shape[0].dim[0];
}
static int64_t units_of(const cnn_step *step) {
    return step->output_shape.dim[0];
}
static int64_t pairs_of(const cnn_step *step) {
    return cnn_ceil_div(inputs_of(step), 2);
}

/* prepared: [blocks of units][pairs][units of a block]; shared: an image's inputs in pairs. */
static cnn_step_sizes sizes(const cnn_step *step) {
    const int64_t pairs = pairs_of(step);
    return (cnn_step_sizes){.shared = pairs, .prepared = pairs * units_of(step), .weights_pass = true};
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
static void prepare(const cnn_step *step, int64_t block) {
    const int64_t inputs = inputs_of(step), units = units_of(step), count = units_in(step, block);
    const float *w = step->parameter[0] + block * BLOCK_UNITS;
    float *to = weights_of(step, block);
    for (int64_t i = 0; i < inputs; i += 2, to += count)
        for (int64_t u = 0; u < count; u++)
            to[u] = cnn_bf16_pair(w[i * units + u], i + 1 < inputs ? w[(i + 1) * units + u] : 0);
}

static bool reads_pairs(const cnn_step *step) {
    return inputs_of(step) % 2 == 0;
}

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

static void finish(const cnn_step *step, const cnn_run *run, cnn_place place) {
    static const int64_t no_offset[1] = {0};
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

const cnn_op cnn_op_dense_bf16 = {
    .word = "dense (bf16)",
    .prefix = "fc_bf16",
    .onnx = "",
    .algorithm = "blocks of units bf16",
    .kind = CNN_BATCHWISE,
    .inputs = 1,
    .takes_relu = true,
    .reads_pairs = reads_pairs,
    .sizes = sizes,
    .prepare_pieces = blocks,
    .prepare = prepare,
    .forward_pieces = cnn_pieces_of_images,
    .forward = forward,
    .finish_pieces = finish_pieces,
    .finish = finish,
};
