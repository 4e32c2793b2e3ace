/* Max pooling: the largest value of each window, or of the whole map. */
#include "base/numbers.h"
#include "ops/pool2d.h"

static const cnn_field fields[] = {
    CNN_FIELD("kernel", CNN_FIELD_PAIR, pool2d.kernel, .positional = true, .onnx = "kernel_shape"),
    CNN_FIELD("stride", CNN_FIELD_PAIR, pool2d.stride, .onnx = "strides"),
    CNN_FIELD("padding", CNN_FIELD_PADDING, pool2d.padding, .onnx = "pads"),
    CNN_FIELD("dilation", CNN_FIELD_PAIR, pool2d.dilation, .onnx = "dilations"),
    {0},
};

static cnn_status infer(cnn_options *options, const cnn_shape *inputs, cnn_shape *output, cnn_error *error) {
    return cnn_pool2d_infer("maxpool", options, inputs, output, error);
}

/* Whether a winner's number in the window fits a byte: then a quarter of the memory keeps them. */
static bool keeps_bytes(const cnn_step *step) {
    const cnn_pool2d_options *pool = &step->options.pool2d;
    return pool->kernel[0] * pool->kernel[1] <= UINT8_MAX + 1;
}

/* Training keeps the winners for the backward pass; inference needs memory in which to have the outputs before they are rounded. */
static cnn_step_sizes sizes(const cnn_step *step) {
    const int64_t count = cnn_shape_elements(&step->output_shape);
    if (!step->training)
        return (cnn_step_sizes){.scratch = step->output.pairs ? count : 0};
    if (!keeps_bytes(step))
        return (cnn_step_sizes){.saved = count};
    return (cnn_step_sizes){.saved = cnn_ceil_div(count, (int64_t)sizeof(float)), .scratch = count};
}

/* The largest number rounded is the largest of the rounded ones, so that it does not matter where they are. */
static bool writes_pairs(const cnn_step *step) {
    return step->input_shape[0].dim[0] % 2 == 0;
}

static bool reads_pairs(const cnn_step *step) {
    return step->output.pairs;
}

static void forward_of_pairs(const cnn_step *step, const float *x, float *y) {
    cnn_pool_loop loop = cnn_pool2d_loop(step);
    loop.channels /= 2;
    step->kernels->bf16_max_pool(&loop, x, y);
}

static void forward_rounded(const cnn_step *step, const float *x, float *room, float *y) {
    const cnn_pool_loop loop = cnn_pool2d_loop(step);
    step->kernels->max_pool(&loop, x, room, NULL);
    step->kernels->bf16_round(1, cnn_shape_elements(&step->output_shape), room, y);
}

/* In training, where the winners of an image are as floats: a place of the worker's, unless it is kept. */
static float *winners_of(const cnn_step *step, cnn_place place) {
    const bool kept = !keeps_bytes(step);
    return cnn_buffer_at(kept ? &step->saved : &step->scratch, place.index, place.worker);
}

static uint8_t *kept_bytes(const cnn_step *step, cnn_place place) {
    return (uint8_t *)(void *)cnn_buffer_at(&step->saved, place.index, place.worker);
}

static void keep(const cnn_step *step, cnn_place place, const float *winners) {
    const int64_t count = cnn_shape_elements(&step->output_shape);
    uint8_t *to = kept_bytes(step, place);
    for (int64_t i = 0; i < count; i++)
        to[i] = (uint8_t)(int)winners[i];
}

static const float *recall(const cnn_step *step, cnn_place place) {
    const int64_t count = keeps_bytes(step) ? cnn_shape_elements(&step->output_shape) : 0;
    const uint8_t *from = kept_bytes(step, place);
    float *winners = winners_of(step, place);
    for (int64_t i = 0; i < count; i++)
        winners[i] = from[i];
    return winners;
}

/* The largest value of each window, and which one it was. */
static void forward_with_winners(const cnn_step *step, cnn_place place, const float *x, float *y) {
    const cnn_pool_loop loop = cnn_pool2d_loop(step);
    float *winners = winners_of(step, place);
    step->kernels->max_pool(&loop, x, y, winners);
    if (keeps_bytes(step))
        keep(step, place, winners);
}

/* Each output is the largest value of its window. */
static void forward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    const cnn_pool_loop loop = cnn_pool2d_loop(step);
    const float *x = cnn_buffer_at(&step->input[0], place.index, place.worker);
    float *y = cnn_buffer_at(&step->output, place.index, place.worker);
    if (step->training)
        forward_with_winners(step, place, x, y);
    else if (step->input[0].pairs)
        forward_of_pairs(step, x, y);
    else if (step->output.pairs)
        forward_rounded(step, x, cnn_buffer_at(&step->scratch, 0, place.worker), y);
    else
        step->kernels->max_pool(&loop, x, y, NULL);
}

/* Each gradient goes to the input that won its window. */
static void backward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    cnn_pool_loop loop = cnn_pool2d_loop(step);
    if (step->input_gradient[0].data)
        step->kernels->max_pool_backward(&loop, recall(step, place),
                                         cnn_buffer_at(&step->output_gradient, place.index, place.worker),
                                         cnn_buffer_at(&step->input_gradient[0], place.index, place.worker));
}

const cnn_op cnn_op_max_pool2d = {
    .word = "maxpool",
    .prefix = "max_pool",
    .onnx = "MaxPool",
    .kind = CNN_IMAGEWISE,
    .inputs = 1,
    .forgets_inputs = true,
    .forgets_output = true,
    .fields = fields,
    .complete = cnn_pool2d_complete,
    .infer = infer,
    .reads_pairs = reads_pairs,
    .writes_pairs = writes_pairs,
    .sizes = sizes,
    .forward = forward,
    .backward = backward,
};

const cnn_op cnn_op_global_max_pool2d = {
    .word = "globalmaxpool",
    .prefix = "global_max_pool",
    .onnx = "GlobalMaxPool",
    .kind = CNN_IMAGEWISE,
    .inputs = 1,
    .forgets_inputs = true,
    .forgets_output = true,
    .infer = cnn_global_pool2d_infer,
    .reads_pairs = reads_pairs,
    .writes_pairs = writes_pairs,
    .sizes = sizes,
    .forward = forward,
    .backward = backward,
};
