/* Concatenation and batch normalisation in one, a few positions at a time: what was concatenated is normalised while it is in the
 * first cache. Not a word of the text format. */
#include "base/numbers.h"
#include "ops/batch_norm.h"
#include "ops/concat.h"

static cnn_step_sizes sizes(const cnn_step *step) {
    return cnn_op_batch_norm.sizes(step);
}

static void prepare(const cnn_step *step, int64_t piece) {
    cnn_op_batch_norm.prepare(step, piece);
}

static void forward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    enum { FLOATS_AT_ONCE = 1 << 12 };
    (void)run;
    const cnn_norm_shape shape = cnn_norm_shape_of(&step->output_shape);
    const cnn_range part = cnn_part_of(place, shape.positions);
    const int64_t at_once = cnn_max(1, FLOATS_AT_ONCE / shape.channels);
    float *y = cnn_buffer_at(&step->output, place.index, place.worker) + part.first * shape.channels;
    for (int64_t first = part.first; first < part.end; first += at_once) {
        const cnn_range some = {first, cnn_min(first + at_once, part.end)};
        const int64_t positions = some.end - some.first;
        cnn_concat_positions(step, place, some, y);
        step->kernels->scale_shift(positions, shape.channels, y, step->prepared, cnn_step_flags(step),
                                   step->limit, y);
        y += positions * shape.channels;
    }
}

static int64_t divisions(const cnn_step *step) {
    return cnn_norm_shape_of(&step->output_shape).positions;
}

const cnn_op cnn_op_concat_norm = {
    .word = "concat+batchnorm",
    .prefix = "concat_batch_norm",
    .onnx = "",
    .kind = CNN_IMAGEWISE,
    .inputs = 2,
    .more_inputs = true,
    .takes_relu = true,
    .takes_limit = true,
    .sizes = sizes,
    .prepare = prepare,
    .divisions = divisions,
    .forward = forward,
};
