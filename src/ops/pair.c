/* Two inputs met value by value: products, differences, quotients, the larger and the smaller. One of them may be
 * C,1,1 beside the other's C,H,W: its values then count for every position, as the gates of squeeze and
 * excitation do (Hu et al. 2017, arXiv:1709.01507). */
#include "ops/pair.h"

/* Kind, word, ONNX operator. */
#define PAIRS(X)                                                                                             \
    X(CNN_PAIR_MUL, mul, "Mul")                                                                              \
    X(CNN_PAIR_SUB, sub, "Sub")                                                                              \
    X(CNN_PAIR_DIV, div, "Div")                                                                              \
    X(CNN_PAIR_MAX, max, "Max")                                                                              \
    X(CNN_PAIR_MIN, min, "Min")

#define COMPLETE(its_kind, name, onnx)                                                                       \
    static cnn_status complete_##name(cnn_options *options, cnn_error *error) {                              \
        (void)error;                                                                                         \
        options->pair.kind = its_kind;                                                                       \
        return CNN_OK;                                                                                       \
    }
PAIRS(COMPLETE)

/* Whether `small` is C,1,1 and can be spread over `large`. */
static bool spreads(const cnn_shape *small, const cnn_shape *large) {
    return small->rank == 3 && large->rank == 3 && small->dim[0] == large->dim[0] && small->dim[1] == 1 &&
           small->dim[2] == 1;
}

static cnn_status infer(cnn_options *options, const cnn_shape *inputs, cnn_shape *output, cnn_error *error) {
    (void)options;
    char first[CNN_SHAPE_TEXT], second[CNN_SHAPE_TEXT];
    const bool same = cnn_shape_equal(&inputs[0], &inputs[1]);
    if (!same && !spreads(&inputs[0], &inputs[1]) && !spreads(&inputs[1], &inputs[0]))
        return cnn_fail(error, CNN_ERROR_SHAPE,
                        "the inputs must have the same shape, or one of them a single row and column, but "
                        "they are %s and %s",
                        cnn_shape_text(&inputs[0], first), cnn_shape_text(&inputs[1], second));
    *output = same || spreads(&inputs[1], &inputs[0]) ? inputs[0] : inputs[1];
    return CNN_OK;
}

/* Whether this input is C,1,1 and broadcast over the other's positions. */
static bool is_spread(const cnn_step *step, int side) {
    return cnn_shape_elements(&step->input_shape[side]) < cnn_shape_elements(&step->output_shape);
}

/* The kernels' kind, by the word. */
enum {
#define KERNEL_KIND(kernel_kind, word) kernel_##word = kernel_kind,
    CNN_KERNEL_PAIRS(KERNEL_KIND)
};
static const cnn_kernel_pair kernel_kinds[] = {
#define KERNEL_KIND_OF(kind, name, onnx) [kind] = (cnn_kernel_pair)kernel_##name,
    PAIRS(KERNEL_KIND_OF)};

/* Rows are positions and columns channels where an input is broadcast; otherwise one long row. */
static cnn_pair_loop loop_of(const cnn_step *step) {
    const int64_t count = cnn_shape_elements(&step->output_shape);
    const bool spread = is_spread(step, 0) || is_spread(step, 1);
    const int64_t columns = spread ? step->output_shape.dim[0] : count;
    return (cnn_pair_loop){.kind = kernel_kinds[step->options.pair.kind],
                           .rows = count / columns,
                           .columns = columns,
                           .row = {is_spread(step, 0) ? 0 : columns, is_spread(step, 1) ? 0 : columns}};
}

/* The gradient of an input that is spread, before it is summed up over the positions. */
static cnn_step_sizes sizes(const cnn_step *step) {
    const bool sums = step->training && (is_spread(step, 0) || is_spread(step, 1));
    return (cnn_step_sizes){.scratch = sums ? cnn_shape_elements(&step->output_shape) : 0};
}

/* y = f(a, b), element by element; when workers share an image, this worker's positions. */
static void forward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    cnn_pair_loop loop = loop_of(step);
    const cnn_range part = cnn_part_of(place, loop.rows);
    loop.rows = part.end - part.first;
    step->kernels->pair(&loop,
                        cnn_buffer_at(&step->input[0], place.index, place.worker) + part.first * loop.row[0],
                        cnn_buffer_at(&step->input[1], place.index, place.worker) + part.first * loop.row[1],
                        cnn_buffer_at(&step->output, place.index, place.worker) + part.first * loop.columns);
}

static int64_t divisions(const cnn_step *step) {
    return loop_of(step).rows;
}

/* dy times the derivative by this input; for a broadcast one summed up over the positions. */
static void input_gradient(const cnn_step *step, cnn_place place, int side) {
    const cnn_pair_loop loop = loop_of(step);
    float *gradient = cnn_buffer_at(&step->input_gradient[side], place.index, place.worker);
    float *each = is_spread(step, side) ? cnn_buffer_at(&step->scratch, 0, place.worker) : gradient;
    step->kernels->pair_backward(&loop, side, cnn_buffer_at(&step->input[0], place.index, place.worker),
                                 cnn_buffer_at(&step->input[1], place.index, place.worker),
                                 cnn_buffer_at(&step->output_gradient, place.index, place.worker), each);
    if (each == gradient)
        return;
    for (int64_t c = 0; c < loop.columns; c++)
        gradient[c] = 0;
    step->kernels->channel_sums(loop.rows, loop.columns, loop.columns, each, gradient);
}

static void backward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    for (int side = 0; side < 2; side++)
        if (step->input_gradient[side].data)
            input_gradient(step, place, side);
}

#define OP(its_kind, name, onnx_operator)                                                                    \
    const cnn_op cnn_op_##name = {                                                                           \
        .word = #name,                                                                                       \
        .prefix = #name,                                                                                     \
        .onnx = onnx_operator,                                                                               \
        .kind = CNN_IMAGEWISE,                                                                               \
        .inputs = 2,                                                                                         \
        .keeps_layout = true,                                                                                \
        .spreads_maps = true,                                                                                \
        .complete = complete_##name,                                                                         \
        .infer = infer,                                                                                      \
        .sizes = sizes,                                                                                      \
        .divisions = divisions,                                                                              \
        .forward = forward,                                                                                  \
        .backward = backward,                                                                                \
    };
PAIRS(OP)

#define OP_OF_KIND(kind, name, onnx)                                                                         \
    case kind:                                                                                               \
        return &cnn_op_##name;

const cnn_op *cnn_pair_op(cnn_pair_kind kind) {
    switch (kind) {
        PAIRS(OP_OF_KIND)
    case CNN_PAIR_NONE:
        break;
    }
    return NULL;
}
