/* Convolution 3x3 of stride 1 by Winograd's F(2x4, 3x3), F(4x4, 3x3) or F(6x4, 3x3): a third of the multiplications or less, forward and for
 * both gradients; where a slice has very few tiles, the gradient of the weights is summed directly. Not a word of the text
 * format. */
#include "ops/conv2d_winograd.h"

#include "base/numbers.h"
#include "ops/conv2d_3x3.h"

typedef cnn_direction direction;

bool cnn_conv2d_winograd_fits(const cnn_conv2d_options *conv, const cnn_shape *input) {
    const cnn_winograd shape = {.inputs = input->dim[0], .outputs = conv->filters};
    bool fits = conv->groups == 1 && cnn_winograd_fits(&shape);
    for (int axis = 0; axis < 2; axis++)
        fits = fits && conv->kernel[axis] == 3 && conv->stride[axis] == 1 && conv->dilation[axis] == 1;
    for (int side = 0; side < 4; side++)
        fits = fits && conv->padding[side] <= 2;
    return fits;
}

bool cnn_conv2d_winograd_pays(const cnn_conv2d_options *conv, const cnn_shape *input,
                              const cnn_shape *output) {
    const direction forward = cnn_direction_alone(cnn_direction_forward(conv, input, output));
    return cnn_winograd_pays_alone(&forward.shape);
}

static direction forward_direction(const cnn_step *step) {
    return cnn_direction_alone(
        cnn_direction_forward(&step->options.conv2d, &step->input_shape[0], &step->output_shape));
}

static direction backward_direction(const cnn_step *step) {
    return cnn_direction_alone(
        cnn_direction_backward(&step->options.conv2d, &step->input_shape[0], &step->output_shape));
}

/* A padded copy, and Winograd's transforms of a band of it. */
static int64_t scratch_floats(const direction *d) {
    return cnn_padded_floats(&d->copy) + cnn_winograd_band_scratch(&d->shape);
}

/* The number of images whose transforms the gradient of the weights gathers; 0: it is summed directly. Those of one
 * image are in scratch, those of several in a separate buffer. */
static int64_t gathered_images(const cnn_step *step, const direction *forward) {
    const int64_t images = cnn_winograd_gathered_images(&forward->shape, step->slice_images);
    return cnn_winograd_gradient_fits(&forward->shape, images) ? images : 0;
}

/* The scratch that both gradients need. For that of the weights: the padded image, a block of weights, the
 * transforms. */
static int64_t gradient_scratch_floats(int64_t images, const direction *forward, const direction *backward) {
    int64_t weights = cnn_padded_floats(&forward->copy);
    if (images > 0)
        weights += cnn_winograd_gradient_scratch_floats();
    if (images == 1)
        weights += cnn_winograd_gathered_floats(&forward->shape, images);
    return cnn_max(weights, scratch_floats(backward));
}

/* prepared: the transformed weights of forward; prepared_backward: those of backward, whose tiles may have another height. */
static cnn_step_sizes sizes(const cnn_step *step) {
    const direction forward = forward_direction(step), backward = backward_direction(step);
    const int64_t weights = cnn_winograd_weight_floats(&forward.shape);
    if (!step->training)
        return (cnn_step_sizes){
            .scratch = scratch_floats(&forward), .prepared = weights, .weights_pass = true};
    const int64_t images = gathered_images(step, &forward);
    return (cnn_step_sizes){
        .scratch = cnn_max(scratch_floats(&forward), gradient_scratch_floats(images, &forward, &backward)),
        .prepared = weights,
        .prepared_backward = cnn_winograd_weight_floats(&backward.shape),
        .gathered = images > 1 ? cnn_winograd_gathered_floats(&forward.shape, images) : 0};
}

static int64_t prepare_pieces(const cnn_step *step) {
    const direction forward = forward_direction(step);
    return cnn_winograd_weight_pieces(&forward.shape);
}

/* Transform a block of the weights, [tap][channel][filter]. */
static void prepare(const cnn_step *step, int64_t piece) {
    const direction forward = forward_direction(step);
    const int64_t filters = forward.shape.outputs, tap = forward.shape.inputs * filters;
    cnn_winograd_weights(step->kernels, &forward.shape, step->parameter[0],
                         &(cnn_weight_strides){.tap = tap, .input = filters, .output = 1}, piece,
                         step->prepared);
}

static int64_t prepare_backward_pieces(const cnn_step *step) {
    const direction backward = backward_direction(step);
    return cnn_winograd_weight_pieces(&backward.shape);
}

/* For the gradient of the input they are rotated by 180 degrees (taps from the last to the first) with inputs and outputs
 * exchanged. */
static void prepare_backward(const cnn_step *step, int64_t piece) {
    const direction backward = backward_direction(step);
    const int64_t filters = backward.shape.inputs, tap = backward.shape.outputs * filters;
    cnn_winograd_weights(step->kernels, &backward.shape, step->parameter[0] + 8 * tap,
                         &(cnn_weight_strides){.tap = -tap, .input = 1, .output = filters}, piece,
                         step->prepared_backward);
}

/* Convolve a band of `image` with transformed weights into `y`, whose rows are contiguous. */
static void convolve_band(const cnn_step *step, const direction *d, const float *image, const float *weights,
                          const float *bias, int flags, cnn_place place, float *y) {
    float *scratch = cnn_buffer_at(&step->scratch, 0, place.worker);
    cnn_winograd shape = d->shape;
    const cnn_winograd_part begin = cnn_winograd_take_part(step->kernels, &shape, place);
    if (shape.rows <= 0 || shape.outputs == 0)
        return;
    const int64_t x_row = cnn_padded_row(&d->copy), pixel = d->shape.outputs;
    const float *x =
        cnn_padded_fill_rows(&d->copy, image, scratch, begin.row, begin.row + cnn_winograd_read_rows(&shape));
    cnn_winograd_loop output = cnn_winograd_products_loop(&shape);
    output.image_row = shape.columns * pixel;
    output.pixel = pixel;
    output.rows = shape.rows;
    output.columns = shape.columns;
    output.limit = step->limit;
    const float *products =
        cnn_winograd_multiply(step->kernels, &shape, x + begin.row * x_row, x_row, weights + begin.weights,
                              scratch + cnn_padded_floats(&d->copy));
    step->kernels->winograd_output(&output, products, bias ? bias + begin.output : NULL, flags,
                                   y + begin.row * output.image_row + begin.output);
}

/* Convolve the place's part, band by band. */
static void convolve(const cnn_step *step, const direction *d, const float *image, const float *weights,
                     const float *bias, int flags, cnn_place place, float *y) {
    const int64_t bands = cnn_winograd_bands(&d->shape, place);
    for (int64_t band = 0; band < bands; band++)
        convolve_band(step, d, image, weights, bias, flags, cnn_winograd_band(place, bands, band), y);
}

/* One image, or this worker's tiles of it. */
static void forward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    const direction d = forward_direction(step);
    convolve(step, &d, cnn_buffer_at(&step->input[0], place.index, place.worker), step->prepared,
             step->parameter[1], cnn_step_flags(step), place,
             cnn_buffer_at(&step->output, place.index, place.worker));
}

static int64_t divisions(const cnn_step *step) {
    const direction d = forward_direction(step);
    return cnn_winograd_divisions(step->kernels, &d.shape);
}

/* Both ways of computing the gradient of the weights can be divided this far. */
static int64_t backward_divisions(const cnn_step *step) {
    const direction forward = forward_direction(step), backward = backward_direction(step);
    return cnn_max(cnn_winograd_gradient_divisions(&forward.shape),
                   cnn_winograd_divisions(step->kernels, &backward.shape));
}

/* dw[tap] += the sum over positions of x shifted by the tap times dy: for too few tiles. */
static void direct_weight_gradient(const cnn_step *step, const direction *d, cnn_place place, const float *x,
                                   const float *dy, float *dw) {
    const cnn_range taps = cnn_part_of(place, 9);
    const int64_t row = cnn_padded_row(&d->copy), channels = d->shape.inputs, filters = d->shape.outputs;
    const int64_t tap[9] = {0,       channels,           2 * channels,
                            row,     row + channels,     row + 2 * channels,
                            2 * row, 2 * row + channels, 2 * row + 2 * channels};
    const cnn_conv_loop loop = {.rows = d->shape.rows,
                                .columns = d->shape.columns,
                                .x_row = row,
                                .x_column = channels,
                                .y_row = d->shape.columns * filters,
                                .y_column = filters,
                                .taps = taps.end - taps.first,
                                .tap = tap + taps.first,
                                .inputs = channels,
                                .outputs = filters,
                                .w_row = filters};
    step->kernels->conv_weights(&loop, x, dy, cnn_sum_flag(place), dw + taps.first * channels * filters);
}

/* After every `images` images, and at the end of the slice, the gathered transforms are multiplied. */
static void gathered_weight_gradient(const cnn_step *step, const direction *d, int64_t images,
                                     cnn_place place, const float *x, const float *dy, float *dw) {
    float *scratch = cnn_buffer_at(&step->scratch, 0, place.worker) + cnn_padded_floats(&d->copy);
    float *gathered = images == 1 ? scratch + cnn_winograd_gradient_scratch_floats()
                                  : cnn_buffer_at(&step->gathered, 0, place.worker);
    const int64_t nth = place.nth % images;
    cnn_winograd shape = d->shape;
    const int64_t first = cnn_winograd_take_gradient_part(&shape, place);
    if (shape.inputs == 0)
        return;
    dw += first * shape.outputs;
    if (!cnn_sum_flag(place))
        cnn_clear_rows(9, d->shape.inputs * shape.outputs, shape.inputs * shape.outputs, dw);
    cnn_winograd_gather(step->kernels, &shape, images, nth, x + first, cnn_padded_row(&d->copy), dy,
                        gathered);
    if (place.last || nth == images - 1)
        cnn_winograd_weight_gradient(step->kernels, &shape, images, nth + 1, gathered, scratch, dw);
}

/* Add this image's gradients of weight and bias to those of its slice, by Winograd's algorithm or directly. */
static void weight_gradients(const cnn_step *step, cnn_place place, const float *dy) {
    cnn_bias_gradient(step, place);
    const direction d = forward_direction(step);
    const int64_t images = gathered_images(step, &d);
    const float *x = cnn_padded_fill(&d.copy, cnn_buffer_at(&step->input[0], place.index, place.worker),
                                     cnn_buffer_at(&step->scratch, 0, place.worker));
    float *dw = step->gradient[0] + place.slice * step->gradient_slice;
    if (images > 0)
        gathered_weight_gradient(step, &d, images, place, x, dy, dw);
    else
        direct_weight_gradient(step, &d, place, x, dy, dw);
}

static void backward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    const direction d = backward_direction(step);
    const float *dy = cnn_buffer_at(&step->output_gradient, place.index, place.worker);
    if (!step->frozen)
        weight_gradients(step, place, dy);
    if (step->input_gradient[0].data)
        convolve(step, &d, dy, step->prepared_backward, NULL, 0, place,
                 cnn_buffer_at(&step->input_gradient[0], place.index, place.worker));
}

static const char *algorithm_of(const cnn_step *step) {
    const direction d = forward_direction(step);
    return cnn_winograd_algorithm(&d.shape);
}

const cnn_op cnn_op_conv2d_winograd = {
    .word = "conv (Winograd)",
    .prefix = "conv_winograd",
    .onnx = "",
    .algorithm_of = algorithm_of,
    .kind = CNN_IMAGEWISE,
    .inputs = 1,
    .forgets_output = true,
    .takes_relu = true,
    .takes_limit = true,
    .sizes = sizes,
    .prepare_pieces = prepare_pieces,
    .prepare = prepare,
    .prepare_backward_pieces = prepare_backward_pieces,
    .prepare_backward = prepare_backward,
    .divisions = divisions,
    .backward_divisions = backward_divisions,
    .forward = forward,
    .backward = backward,
};
