/* Convolution 3x3 of stride 1 by Winograd's algorithm over the whole batch: for many channels on small maps, whose transformed
 * weights exceed the caches and would be read anew for each image. Each round's pieces are images, whose transforms go to memory
 * that the pieces of the second round share: blocks of outputs, of the input's gradient, of weights. Not a word of the
 * text format. */
#include "ops/conv2d_winograd_batch.h"

#include "base/numbers.h"
#include "ops/conv2d_3x3.h"
#include "ops/winograd_batch.h"

#include <string.h>

/* ---- Shapes ------------------------------------------------------------------------------------------- */

static cnn_direction forward_direction(const cnn_step *step) {
    return cnn_direction_forward(&step->options.conv2d, &step->input_shape[0], &step->output_shape);
}

static cnn_direction backward_direction(const cnn_step *step) {
    return cnn_direction_backward(&step->options.conv2d, &step->input_shape[0], &step->output_shape);
}

/* The shape by whose tiles, always 4x4, the gradient of the weights is computed. */
static cnn_winograd weights_shape(const cnn_direction *forward) {
    cnn_winograd shape = forward->shape;
    shape.height = 4;
    return shape;
}

bool cnn_conv2d_winograd_batch_pays(const cnn_conv2d_options *conv, const cnn_shape *input,
                                    const cnn_shape *output, int64_t images) {
    const cnn_direction forward = cnn_direction_forward(conv, input, output);
    return cnn_winograd_batch_pays(&forward.shape, images);
}

static cnn_winograd_batch batch_of(const cnn_step *step, const cnn_run *run, cnn_winograd shape) {
    return (cnn_winograd_batch){.kernels = step->kernels, .shape = shape, .images = run->batch};
}

/* ---- Memory ------------------------------------------------------------------------------------------- */

/* A piece has a padded image or what a block needs in scratch. What is shared backward: the transforms of the inputs and of the
 * outputs' gradients for the gradient of the weights, then of the latter for that of the input. */
static cnn_step_sizes sizes(const cnn_step *step) {
    const cnn_direction forward = forward_direction(step), backward = backward_direction(step);
    const cnn_winograd weights = weights_shape(&forward);
    const int64_t forward_scratch =
        cnn_max(cnn_padded_floats(&forward.copy), cnn_winograd_batch_scratch(&forward.shape));
    const int64_t backward_scratch =
        cnn_max(cnn_padded_floats(&backward.copy), cnn_winograd_batch_scratch(&backward.shape));
    const int64_t scratch =
        cnn_max(cnn_max(forward_scratch, backward_scratch), cnn_winograd_batch_gradient_scratch());
    const int64_t shared = cnn_winograd_batch_floats(&forward.shape, forward.shape.inputs);
    if (!step->training)
        return (cnn_step_sizes){.scratch = forward_scratch, .shared = shared};
    return (cnn_step_sizes){.scratch = scratch,
                            .shared = shared,
                            .shared_backward =
                                cnn_winograd_batch_floats(&weights, weights.inputs) +
                                cnn_winograd_batch_floats(&weights, weights.outputs) +
                                cnn_winograd_batch_floats(&backward.shape, backward.shape.inputs)};
}

/* The three parts of what is shared backward, for the images of this run. */
typedef struct transforms {
    float *inputs, *gradients, *backward;
} transforms;

static transforms transforms_of(const cnn_step *step, const cnn_run *run, const cnn_winograd *weights) {
    float *inputs = step->shared_backward.data;
    float *gradients = inputs + run->batch * cnn_winograd_batch_floats(weights, weights->inputs);
    return (transforms){inputs, gradients,
                        gradients + run->batch * cnn_winograd_batch_floats(weights, weights->outputs)};
}

/* ---- Forward ------------------------------------------------------------------------------------------ */

/* Transform `image`, which is padded first. */
static void transform(const cnn_step *step, const cnn_winograd_batch *batch, const cnn_padded_copy *copy,
                      const float *image, cnn_place place, float *to) {
    const float *x = cnn_padded_fill(copy, image, cnn_buffer_at(&step->scratch, 0, place.worker));
    cnn_winograd_batch_input(batch, place.index, x, cnn_padded_row(copy), to);
}

/* Round one: an image. */
static void forward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    const cnn_direction d = forward_direction(step);
    const cnn_winograd_batch batch = batch_of(step, run, d.shape);
    transform(step, &batch, &d.copy, cnn_buffer_at(&step->input[0], place.index, place.worker), place,
              step->shared.data);
}

static int64_t finish_pieces(const cnn_step *step, const cnn_run *run) {
    (void)run;
    const cnn_direction d = forward_direction(step);
    return cnn_winograd_batch_blocks(&d.shape);
}

/* Round two: a block of outputs of all images. */
static void finish(const cnn_step *step, const cnn_run *run, cnn_place place) {
    const cnn_direction d = forward_direction(step);
    const cnn_winograd_batch batch = batch_of(step, run, d.shape);
    const int64_t filters = d.shape.outputs;
    cnn_winograd_batch_convolve(
        &batch, place.index, step->parameter[0],
        &(cnn_weight_strides){.tap = d.shape.inputs * filters, .input = filters, .output = 1},
        step->shared.data, cnn_buffer_at(&step->scratch, 0, place.worker),
        &(cnn_winograd_results){.bias = step->parameter[1],
                                .flags = cnn_step_flags(step),
                                .limit = step->limit,
                                .y = &step->output});
}

/* ---- Backward ----------------------------------------------------------------------------------------- */

/* Round one: an image. */
static void backward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    const cnn_direction to = forward_direction(step), back = backward_direction(step);
    const cnn_winograd weights = weights_shape(&to);
    const cnn_winograd_batch batch = batch_of(step, run, weights);
    const cnn_winograd_batch backward_batch = batch_of(step, run, back.shape);
    const transforms t = transforms_of(step, run, &weights);
    const float *dy = cnn_relu_passed_back(step, place.index, place.worker);
    if (!step->frozen) {
        transform(step, &batch, &to.copy, cnn_buffer_at(&step->input[0], place.index, place.worker), place,
                  t.inputs);
        cnn_winograd_batch_output_gradient(&batch, place.index, dy, t.gradients);
    }
    if (step->input_gradient[0].data)
        transform(step, &backward_batch, &back.copy, dy, place, t.backward);
}

/* Blocks of weights, none if they are frozen, then of the input's gradient, if somebody wants it. */
static int64_t weight_pieces(const cnn_step *step, const cnn_winograd *shape) {
    return step->frozen ? 0 : cnn_winograd_batch_gradient_blocks(shape);
}

static int64_t finish_backward_pieces(const cnn_step *step, const cnn_run *run) {
    (void)run;
    const cnn_direction to = forward_direction(step), back = backward_direction(step);
    return weight_pieces(step, &to.shape) +
           (step->input_gradient[0].data ? cnn_winograd_batch_blocks(&back.shape) : 0);
}

/* The gradient of the bias, which goes with the first block of weights. */
static void bias_gradient(const cnn_step *step, const cnn_run *run, int64_t positions, int64_t filters) {
    float *sums = step->gradient[1];
    if (!sums)
        return;
    memset(sums, 0, (size_t)filters * sizeof *sums);
    for (int64_t image = 0; image < run->batch; image++)
        step->kernels->channel_sums(positions, filters, filters,
                                    cnn_buffer_at(&step->output_gradient, image, 0), sums);
}

/* The gradient of the input is a convolution with the kernel rotated by 180 degrees: taps from the last to the first. */
static void input_gradient(const cnn_step *step, const cnn_run *run, const cnn_direction *back,
                           const float *inputs, cnn_place place) {
    const cnn_winograd_batch batch = batch_of(step, run, back->shape);
    const int64_t filters = back->shape.inputs, tap = back->shape.outputs * filters;
    cnn_winograd_batch_convolve(&batch, place.index, step->parameter[0] + 8 * tap,
                                &(cnn_weight_strides){.tap = -tap, .input = 1, .output = filters}, inputs,
                                cnn_buffer_at(&step->scratch, 0, place.worker),
                                &(cnn_winograd_results){.y = &step->input_gradient[0]});
}

/* Round two: a block of weights, or of the input's gradient for all images. */
static void finish_backward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    const cnn_direction to = forward_direction(step), back = backward_direction(step);
    const cnn_winograd weights = weights_shape(&to);
    const cnn_winograd_batch batch = batch_of(step, run, weights);
    const transforms t = transforms_of(step, run, &weights);
    const int64_t of_weights = weight_pieces(step, &weights);
    if (place.index >= of_weights) {
        place.index -= of_weights;
        input_gradient(step, run, &back, t.backward, place);
        return;
    }
    if (place.index == 0)
        bias_gradient(step, run, weights.rows * weights.columns, weights.outputs);
    cnn_winograd_batch_weight_gradient(&batch, place.index, t.inputs, t.gradients,
                                       cnn_buffer_at(&step->scratch, 0, place.worker), step->gradient[0]);
}

static const char *algorithm_of(const cnn_step *step) {
    const cnn_direction d = forward_direction(step);
    return d.shape.height == 4 ? "Winograd F(4x4,3x3) over the batch" : "Winograd F(6x4,3x3) over the batch";
}

const cnn_op cnn_op_conv2d_winograd_batch = {
    .word = "conv (Winograd over the batch)",
    .prefix = "conv_winograd_batch",
    .onnx = "",
    .algorithm_of = algorithm_of,
    .kind = CNN_BATCHWISE,
    .inputs = 1,
    .forgets_output = true,
    .takes_relu = true,
    .takes_limit = true,
    .passes_relu_back = true,
    .sizes = sizes,
    .forward_pieces = cnn_pieces_of_images,
    .forward = forward,
    .finish_pieces = finish_pieces,
    .finish = finish,
    .backward_pieces = cnn_pieces_of_images,
    .backward = backward,
    .finish_backward_pieces = finish_backward_pieces,
    .finish_backward = finish_backward,
};
