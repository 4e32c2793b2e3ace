/* Dense (fully connected) layer: a matrix product over the whole batch, divided into pieces of fixed size. */
#include "ops/op.h"

#include "base/numbers.h"

#include <inttypes.h>
#include <string.h>

/* Sizes of the pieces of work, chosen so that their working set stays in the second-level cache. They do not depend
 * on the number of threads, so neither does the result. */
enum {
    FORWARD_INPUTS = 512,  /* inputs whose products one piece of forward sums up, for all images and units */
    BACKWARD_INPUTS = 128, /* inputs of a piece of backward */
    FINISH_IMAGES = 8      /* images whose sums one piece adds up */
};

enum {
    SPARSE_UNITS = 64,     /* with fewer, finding the nonzero values does not pay */
    SAMPLED_VALUES = 1024, /* sampled to estimate the share of zeros */
    SAMPLED_IMAGES = 4     /* from at least so many images */
};

static const cnn_field fields[] = {
    CNN_FIELD("units", CNN_FIELD_INTEGER, dense.units, .positional = true),
    CNN_FIELD("nobias", CNN_FIELD_FLAG, dense.no_bias),
    CNN_FIELD("init", CNN_FIELD_CHOICE, dense.init, .choices = cnn_init_words),
    {0},
};

static cnn_status complete(cnn_options *options, cnn_error *error) {
    if (options->dense.units < 1 || options->dense.units > INT32_MAX)
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "dense needs at least 1 unit, not %" PRId64,
                        options->dense.units);
    return CNN_OK;
}

static cnn_status infer(cnn_options *options, const cnn_shape *inputs, cnn_shape *output, cnn_error *error) {
    char text[CNN_SHAPE_TEXT];
    if (inputs->rank != 1)
        return cnn_fail(error, CNN_ERROR_SHAPE,
                        "dense needs a flat vector, but its input is %s: put flatten before it, which gives "
                        "a vector of %" PRId64,
                        cnn_shape_text(inputs, text), cnn_shape_elements(inputs));
    *output = cnn_shape_1(options->dense.units);
    return CNN_OK;
}

/* The weight is [units][inputs], as in PyTorch and ONNX; behind a flattened map its physical order follows the
 * channels-last map, so that flatten moves nothing. */
static int parameters(const cnn_options *options, const cnn_shape *input, const cnn_layout *layout,
                      cnn_parameter_spec specs[CNN_MAX_PARAMETERS]) {
    const cnn_dense_options *dense = &options->dense;
    const int64_t inputs = input->dim[0];
    specs[0] = (cnn_parameter_spec){
        .suffix = "weight",
        .shape = cnn_shape_2(dense->units, inputs),
        .order = {.groups = 1, .outputs = dense->units, .inputs = layout->channels, .area = layout->area},
        .fan_in = inputs,
        .fan_out = dense->units,
        .init = dense->init == CNN_INIT_DEFAULT ? CNN_INIT_GLOROT : dense->init,
        .decays = true,
    };
    specs[1] = cnn_bias_spec(dense->units);
    return dense->no_bias ? 1 : 2;
}

static int64_t macs(const cnn_options *options, const cnn_shape *input, const cnn_shape *output) {
    (void)options;
    return input->dim[0] * output->dim[0];
}

static bool takes_bf16(const cnn_step *step) {
    (void)step;
    return true;
}

static int64_t inputs_of(const cnn_step *step) {
    return step->input_shape[0].dim[0];
}
static int64_t units_of(const cnn_step *step) {
    return step->output_shape.dim[0];
}

/* How many blocks of FORWARD_INPUTS inputs forward sums up separately. */
static int64_t splits_of(const cnn_step *step) {
    return cnn_ceil_div(inputs_of(step), FORWARD_INPUTS);
}

/* Scratch: a block of transposed weights; shared: the partial sums of all blocks, if there are several. */
static cnn_step_sizes sizes(const cnn_step *step) {
    const int64_t splits = splits_of(step), units = units_of(step);
    return (cnn_step_sizes){.scratch = step->training ? BACKWARD_INPUTS * units : 0,
                            .shared = splits > 1 ? splits * units : 0};
}

static const int64_t no_offset[1] = {0};

/* images x inputs times inputs x outputs; the strides lead from one image to the next. */
static cnn_conv_loop product(int64_t images, int64_t inputs, int64_t x_stride, int64_t outputs,
                             int64_t y_stride) {
    return (cnn_conv_loop){
        .rows = 1,
        .columns = images,
        .x_column = x_stride,
        .y_column = y_stride,
        .taps = 1,
        .tap = no_offset,
        .inputs = inputs,
        .outputs = outputs,
        .w_row = outputs,
    };
}

/* An estimate of the share of zeros, 0..1, among `count` values of each image from `first` on. */
static double sampled_zeros(const cnn_buffer *values, int64_t batch, int64_t first, int64_t count) {
    const int64_t images = SAMPLED_VALUES / count;
    const int64_t every = cnn_ceil_div(batch, cnn_max(images, SAMPLED_IMAGES));
    int64_t zeros = 0, all = 0;
    for (int64_t image = 0; image < batch; image += every, all += count) {
        const float *x = cnn_buffer_at(values, image, 0) + first;
        for (int64_t i = 0; i < count; i++)
            zeros += x[i] == 0;
    }
    return (double)zeros / (double)all;
}

/* Of a block of the inputs; 0 if there are too few units to make use of it. */
static double zeros_of(const cnn_step *step, int64_t batch, int64_t first, int64_t count) {
    return units_of(step) < SPARSE_UNITS ? 0 : sampled_zeros(&step->input[0], batch, first, count);
}

/* Of the gradient of the outputs, which has zeros if a ReLU follows. */
static double zeros_of_gradient(const cnn_step *step, int64_t batch) {
    const int64_t units = units_of(step);
    return units < SPARSE_UNITS ? 0 : sampled_zeros(&step->output_gradient, batch, 0, units);
}

/* The share of zeros from which on skipping them pays. */
static const double sparse_from = 0.4;
/* The gradient of the whole input transposes the weights first, which costs the more per image the fewer images there are. */
static double sparse_gradient_from(int64_t batch) {
    return 0.5 - 2.0 / (double)batch;
}

/* ---- Forward: each piece goes over a block of inputs and reads its weights and inputs once --------- */

/* A piece of forward is a block of inputs, for all images. */
static int64_t forward_pieces(const cnn_step *step, const cnn_run *run) {
    (void)run;
    return splits_of(step);
}

/* Where the sums of one block of inputs go: [split][image][unit]; with one block, straight into the output.
 */
static float *partial_sums(const cnn_step *step, const cnn_run *run, int64_t split) {
    return step->shared.data ? step->shared.data + split * run->batch * units_of(step) : step->output.data;
}

/* Partial sums of all images and units over one block of inputs; the sparse kernel skips zero inputs if there are
 * many, with the same bits. */
static void forward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    const int64_t first = place.index * FORWARD_INPUTS, units = units_of(step);
    const bool whole = !step->shared.data;
    const cnn_conv_loop loop =
        product(run->batch, cnn_min(FORWARD_INPUTS, inputs_of(step) - first), step->input[0].image_stride,
                units, whole ? step->output.image_stride : units);
    const double zeros = zeros_of(step, run->batch, first, loop.inputs);
    (zeros >= sparse_from ? step->kernels->sparse : step->kernels->conv)(
        &loop, step->input[0].data + first, step->parameter[0] + first * units,
        place.index == 0 ? step->parameter[1] : NULL,
        (whole && step->relu ? CNN_CONV_RELU : 0) | cnn_far_flag(&step->input[0], run->batch),
        partial_sums(step, run, place.index));
}

/* The partial sums are added for some images at a time. */
static int64_t finish_pieces(const cnn_step *step, const cnn_run *run) {
    return step->shared.data ? cnn_ceil_div(run->batch, FINISH_IMAGES) : 0;
}

/* Add up the blocks' sums, always in the same order. */
static void finish_image(const cnn_step *step, const cnn_run *run, int64_t image) {
    const int64_t units = units_of(step), splits = splits_of(step);
    float *y = cnn_buffer_at(&step->output, image, 0);
    memcpy(y, partial_sums(step, run, 0) + image * units, (size_t)units * sizeof *y);
    for (int64_t split = 1; split < splits; split++)
        step->kernels->add(units, partial_sums(step, run, split) + image * units, y);
    if (step->relu)
        step->kernels->relu(units, y, y);
}

static void finish(const cnn_step *step, const cnn_run *run, cnn_place place) {
    const int64_t first = place.index * FINISH_IMAGES;
    for (int64_t image = first; image < cnn_min(first + FINISH_IMAGES, run->batch); image++)
        finish_image(step, run, image);
}

/* ---- Backward: each piece computes both gradients at a block of inputs ----------------------------- */

/* A piece of backward is a block of inputs, for all images. */
static int64_t backward_pieces(const cnn_step *step, const cnn_run *run) {
    (void)run;
    return cnn_ceil_div(inputs_of(step), BACKWARD_INPUTS);
}

/* A block of inputs: the loop of both gradients. */
static cnn_conv_loop backward_loop(const cnn_step *step, int64_t batch, int64_t count) {
    return product(batch, count, step->input[0].image_stride, units_of(step),
                   step->output_gradient.image_stride);
}

/* As a product with the transposed weights, skipping units whose gradient is zero. */
static void whole_input_gradient(const cnn_step *step, int64_t batch, int64_t first, int64_t count,
                                 int worker) {
    const int64_t units = units_of(step);
    float *transposed = cnn_buffer_at(&step->scratch, 0, worker);
    const cnn_transpose_loop transposition = {
        .rows = count, .columns = units, .x_row = units, .y_row = count};
    step->kernels->transpose(&transposition, step->parameter[0] + first * units,
                             transposed); /* [unit][input] */
    const cnn_conv_loop loop = product(batch, units, step->output_gradient.image_stride, count,
                                       step->input_gradient[0].image_stride);
    (zeros_of_gradient(step, batch) >= sparse_from ? step->kernels->sparse : step->kernels->conv)(
        &loop, cnn_buffer_at(&step->output_gradient, 0, 0), transposed, NULL,
        cnn_far_flag(&step->input_gradient[0], batch), cnn_buffer_at(&step->input_gradient[0], 0, 0) + first);
}

/* dx of a block of inputs: whole, or only where the ReLU before this layer was open. */
static void input_gradient(const cnn_step *step, int64_t batch, int64_t first, int64_t count, double zeros,
                           int worker) {
    if (!step->input_is_relu || zeros < sparse_gradient_from(batch)) {
        whole_input_gradient(step, batch, first, count, worker);
        return;
    }
    const cnn_conv_loop loop = backward_loop(step, batch, count);
    step->kernels->sparse_gradient(
        &loop, cnn_buffer_at(&step->input[0], 0, 0) + first, cnn_buffer_at(&step->output_gradient, 0, 0),
        step->parameter[0] + first * units_of(step), step->input_gradient[0].image_stride,
        cnn_buffer_at(&step->input_gradient[0], 0, 0) + first);
}

/* dw[input][unit] = the sum over images of x dy, for a block of inputs. */
static void weight_gradient(const cnn_step *step, int64_t batch, int64_t first, int64_t count, double zeros) {
    const cnn_conv_loop loop = backward_loop(step, batch, count);
    (zeros >= sparse_from ? step->kernels->sparse_weights : step->kernels->conv_weights)(
        &loop, cnn_buffer_at(&step->input[0], 0, 0) + first, cnn_buffer_at(&step->output_gradient, 0, 0), 0,
        step->gradient[0] + first * units_of(step));
}

/* Both gradients at a block of inputs. */
static void backward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    const int64_t first = place.index * BACKWARD_INPUTS;
    const int64_t count = cnn_min(BACKWARD_INPUTS, inputs_of(step) - first);
    const double zeros = zeros_of(step, run->batch, first, count);
    weight_gradient(step, run->batch, first, count, zeros);
    if (step->input_gradient[0].data)
        input_gradient(step, run->batch, first, count, zeros, place.worker);
    if (place.index == 0)
        cnn_bias_gradient_of_batch(step, run->batch);
}

const cnn_op cnn_op_dense = {
    .word = "dense",
    .prefix = "fc",
    .onnx = "Gemm",
    .algorithm = "split over inputs, zeros left out",
    .kind = CNN_BATCHWISE,
    .inputs = 1,
    .forgets_output = true,
    .takes_scale = true,
    .takes_bf16 = takes_bf16,
    .takes_relu = true,
    .fields = fields,
    .complete = complete,
    .infer = infer,
    .parameters = parameters,
    .macs = macs,
    .sizes = sizes,
    .forward_pieces = forward_pieces,
    .finish_pieces = finish_pieces,
    .finish = finish,
    .backward_pieces = backward_pieces,
    .forward = forward,
    .backward = backward,
};
