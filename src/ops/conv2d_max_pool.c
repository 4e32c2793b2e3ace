/* Convolution 3x3, ReLU and max pooling 2x2 in one: the plan replaces all three with it. The convolution's own result
 * is never stored; backward starts from the pooled gradient and works only where it is not zero. Not a word of the
 * text format. */
#include "ops/conv2d_max_pool.h"

#include "base/numbers.h"
#include "ops/window.h"
#include "ops/winograd.h"

#include <string.h>

typedef struct geometry {
    cnn_padded_copy copy; /* the input with its padding and whole tiles */
    int64_t pooled[2];    /* rows, columns */
    cnn_winograd shape;
} geometry;

/* Sizes of padded copy, pooled map and tiles, computed anew in every call, which costs nothing compared with an
 * image. */
static geometry geometry_of(const cnn_step *step) {
    const int64_t *padding = step->options.conv2d.padding;
    const int64_t *input = step->input_shape[0].dim, *output = step->output_shape.dim;
    /* An odd last row of the convolution is in no window. */
    const int64_t rows = 2 * output[1], columns = 2 * output[2];
    const cnn_winograd shape = cnn_winograd_of(rows, columns, input[0], output[0]);
    return (geometry){
        .copy = {.rows = input[1],
                 .columns = input[2],
                 .channels = input[0],
                 .padded_rows = cnn_max(input[1] + padding[0] + padding[2], cnn_winograd_patch_rows(&shape)),
                 .padded_columns =
                     cnn_max(input[2] + padding[1] + padding[3], cnn_winograd_patch_columns(&shape)),
                 .top = padding[0],
                 .left = padding[1]},
        .pooled = {output[1], output[2]},
        .shape = shape,
    };
}

bool cnn_conv2d_max_pool_fits(const cnn_conv2d_options *conv, const cnn_shape *input,
                              const cnn_pool2d_options *pool) {
    const int64_t plain = conv->kernel[0] == 3 && conv->kernel[1] == 3 && conv->groups == 1;
    const cnn_winograd shape = {.inputs = input->dim[0], .outputs = conv->filters};
    const bool countable = input->dim[2] <= CNN_POOLED_MAX_COLUMNS;
    bool fits = plain && countable && cnn_winograd_fits(&shape);
    for (int axis = 0; axis < 2; axis++)
        fits = fits && conv->stride[axis] == 1 && conv->dilation[axis] == 1 && pool->kernel[axis] == 2 &&
               pool->dilation[axis] == 1 && pool->stride[axis] == 2 && pool->padding[axis] == 0 &&
               pool->padding[2 + axis] == 0;
    return fits;
}

/* What the sparse gradient kernels need to know of the sizes. */
static cnn_pooled_loop pooled_loop(const geometry *g) {
    return (cnn_pooled_loop){.rows = g->pooled[0],
                             .columns = g->pooled[1],
                             .filters = g->shape.outputs,
                             .channels = g->shape.inputs,
                             .image_row = cnn_padded_row(&g->copy)};
}

/* scratch: the padded input (or its gradient), then the kernels' scratch. prepared: the transformed weights, then
 * (training) the weights as pooled_input_gradient reads them. */
static cnn_step_sizes sizes(const cnn_step *step) {
    const geometry g = geometry_of(step);
    const cnn_pooled_loop loop = pooled_loop(&g);
    const int64_t outputs = cnn_shape_elements(&step->output_shape);
    int64_t scratch = cnn_winograd_band_scratch(&g.shape);
    if (step->training && cnn_pooled_scratch(&loop) > scratch)
        scratch = cnn_pooled_scratch(&loop);
    return (cnn_step_sizes){
        .saved = step->training ? outputs : 0,
        .scratch = cnn_padded_floats(&g.copy) + scratch,
        .prepared = cnn_winograd_weight_floats(&g.shape) +
                    (step->training ? 9 * g.shape.inputs * g.shape.outputs : 0),
        .weights_pass = true,
    };
}

/* Copy a block of channels of w[filter][tap][channel] to [filter][tap][channel of the block]. */
static void block_weights(const geometry *g, const float *w, float *blocked) {
    const int64_t runs = 9 * g->shape.outputs;
    for (int64_t run = 0; run < runs; run++, blocked += CNN_POOLED_BLOCK)
        memcpy(blocked, w + run * g->shape.inputs, CNN_POOLED_BLOCK * sizeof *w);
}

/* A piece is a block of channels. */
static int64_t prepare_pieces(const cnn_step *step) {
    const geometry g = geometry_of(step);
    return cnn_winograd_weight_pieces(&g.shape);
}

/* A block of the weights transformed for Winograd forward; in training also copied as the gradient of the input reads
 * it. */
static void prepare(const cnn_step *step, int64_t piece) {
    const geometry g = geometry_of(step);
    const cnn_weight_strides strides = {.tap = g.shape.inputs, .input = 1, .output = 9 * g.shape.inputs};
    const int64_t block = piece * CNN_POOLED_BLOCK;
    cnn_winograd_weights(step->kernels, &g.shape, step->parameter[0], &strides, piece, step->prepared);
    if (step->training)
        block_weights(&g, step->parameter[0] + block,
                      step->prepared + cnn_winograd_weight_floats(&g.shape) + block * 9 * g.shape.outputs);
}

static int64_t divisions(const cnn_step *step) {
    const geometry g = geometry_of(step);
    return cnn_winograd_divisions(step->kernels, &g.shape);
}

/* The input with zeros around it, at the beginning of the worker's scratch memory where there are any. */
static const float *padded_input(const cnn_step *step, const geometry *g, cnn_place place) {
    return cnn_padded_fill(&g->copy, cnn_buffer_at(&step->input[0], place.index, place.worker),
                           cnn_buffer_at(&step->scratch, 0, place.worker));
}

/* Winograd's products of all tiles, then an output transform that adds the bias, takes the maximum of each 2x2 window
 * and, in training, records which of the four won (and whether the ReLU let it through). */
static void forward_band(const cnn_step *step, const geometry *g, cnn_place place) {
    cnn_winograd shape = g->shape;
    const cnn_winograd_part begin = cnn_winograd_take_part(step->kernels, &shape, place);
    if (shape.rows <= 0)
        return;
    const int64_t x_row = cnn_padded_row(&g->copy), pixel = g->shape.outputs;
    float *scratch = cnn_buffer_at(&step->scratch, 0, place.worker);
    const float *x = cnn_padded_fill_rows(&g->copy, cnn_buffer_at(&step->input[0], place.index, place.worker),
                                          scratch, begin.row, begin.row + cnn_winograd_read_rows(&shape));
    const float *products =
        cnn_winograd_multiply(step->kernels, &shape, x + begin.row * x_row, x_row,
                              step->prepared + begin.weights, scratch + cnn_padded_floats(&g->copy));
    cnn_winograd_loop output = cnn_winograd_products_loop(&shape);
    output.image_row = g->pooled[1] * pixel;
    output.pixel = pixel;
    output.rows = shape.rows / 2;
    output.columns = g->pooled[1];
    const int64_t first = begin.row / 2 * output.image_row + begin.output;
    float *winner = step->training ? cnn_buffer_at(&step->saved, place.index, place.worker) + first : NULL;
    step->kernels->winograd_output_pooled(
        &output, products, step->parameter[1] ? step->parameter[1] + begin.output : NULL,
        step->relu ? CNN_CONV_RELU : 0, cnn_buffer_at(&step->output, place.index, place.worker) + first,
        winner);
}

static void forward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    const geometry g = geometry_of(step);
    const int64_t bands = cnn_winograd_bands(&g.shape, place);
    for (int64_t band = 0; band < bands; band++)
        forward_band(step, &g, cnn_winograd_band(place, bands, band));
}

/* Each nonzero pooled gradient goes to the 3x3 inputs around its winner. Written into a padded copy if there is
 * padding, then cropped. */
static void input_gradient(const cnn_step *step, const geometry *g, cnn_place place, const float *dy,
                           const float *winner) {
    const cnn_pooled_loop loop = pooled_loop(g);
    float *scratch = cnn_buffer_at(&step->scratch, 0, place.worker);
    float *dx = cnn_buffer_at(&step->input_gradient[0], place.index, place.worker);
    float *padded = cnn_is_padded(&g->copy) ? scratch : dx;
    if (g->copy.padded_rows > 2 * g->pooled[0] + 2 || g->copy.padded_columns > 2 * g->pooled[1] + 2)
        memset(padded, 0, (size_t)(g->copy.padded_rows * cnn_padded_row(&g->copy)) * sizeof *padded);
    step->kernels->pooled_input_gradient(&loop, dy, winner,
                                         step->prepared + cnn_winograd_weight_floats(&g->shape),
                                         scratch + cnn_padded_floats(&g->copy), padded);
    if (padded != dx)
        cnn_padded_crop(&g->copy, padded, dx);
}

/* The maps of an image that the gradient of the weights reads, without padding. */
static cnn_pooled_maps maps_of(const cnn_step *step, int64_t image, int worker) {
    return (cnn_pooled_maps){cnn_buffer_at(&step->input[0], image, worker),
                             cnn_buffer_at(&step->output_gradient, image, worker),
                             cnn_buffer_at(&step->saved, image, worker)};
}

/* Where workers share an image, its sums start from zero. */
static void clear_gradients(const cnn_step *step, const geometry *g) {
    const int64_t filters = g->shape.outputs;
    memset(step->gradient[0], 0, (size_t)(9 * g->shape.inputs * filters) * sizeof(float));
    if (step->gradient[1])
        memset(step->gradient[1], 0, (size_t)filters * sizeof(float));
}

/* Each nonzero pooled gradient multiplies the 3x3 inputs around its winner, which is added to the slice's sums. The
 * kernel prefetches the next image. */
static void weight_gradients(const cnn_step *step, const geometry *g, cnn_place place, const float *dy,
                             const float *winner) {
    cnn_pooled_loop loop = pooled_loop(g);
    if (!place.last)
        loop.next = maps_of(step, place.index + 1, place.worker);
    const float *x = padded_input(step, g, place);
    const int64_t slice = place.slice * step->gradient_slice;
    if (!cnn_sum_flag(place))
        clear_gradients(step, g);
    step->kernels->pooled_weight_gradient(
        &loop, x, dy, winner, cnn_buffer_at(&step->scratch, 0, place.worker) + cnn_padded_floats(&g->copy),
        step->gradient[0] + slice, step->gradient[1] ? step->gradient[1] + slice : NULL);
}

/* Each of the two gradients is a part, whether it is needed or not. */
static int64_t backward_divisions(const cnn_step *step) {
    (void)step;
    return 2;
}

/* Both gradients, or one each for two workers that share the image. */
static void backward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    const geometry g = geometry_of(step);
    const float *dy = cnn_buffer_at(&step->output_gradient, place.index, place.worker);
    const float *winner = cnn_buffer_at(&step->saved, place.index, place.worker);
    if (!step->frozen && place.part == 0)
        weight_gradients(step, &g, place, dy, winner);
    if (step->input_gradient[0].data && place.part + 1 >= place.parts)
        input_gradient(step, &g, place, dy, winner);
}

static const char *algorithm_of(const cnn_step *step) {
    const geometry g = geometry_of(step);
    return g.shape.height == 4 ? "Winograd F(4x4,3x3) + pooling, sparse backward"
                               : "Winograd F(6x4,3x3) + pooling, sparse backward";
}

const cnn_op cnn_op_conv2d_max_pool = {
    .word = "conv+maxpool",
    .prefix = "conv_max_pool",
    .onnx = "",
    .algorithm_of = algorithm_of,
    .kind = CNN_IMAGEWISE,
    .inputs = 1,
    .forgets_output = true,
    .passes_relu_back = true,
    .sizes = sizes,
    .prepare_pieces = prepare_pieces,
    .prepare = prepare,
    .divisions = divisions,
    .backward_divisions = backward_divisions,
    .forward = forward,
    .backward = backward,
};
