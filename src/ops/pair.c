/* Two inputs met value by value: products, differences, quotients, the larger and the smaller. One of them may be
 * C,1,1 beside the other's C,H,W: its values then count for every position, as the gates of squeeze and
 * excitation do (Hu et al. 2017, arXiv:1709.01507). Or it is 1,H,W: its values count for every channel, as those of spatial
 * attention do (Woo et al. 2018, arXiv:1807.06521). */
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

static int64_t area_of(const cnn_shape *map) {
    return map->dim[1] * map->dim[2];
}

/* The shape in which two maps meet: where their channels differ one has a single channel, and where their rows and columns
 * differ one has a single position. */
static bool broadcast(const cnn_shape *a, const cnn_shape *b, cnn_shape *both) {
    const bool maps = a->rank == 3 && b->rank == 3;
    if (cnn_shape_equal(a, b)) {
        *both = *a;
        return true;
    }
    if (!maps || (a->dim[0] != b->dim[0] && a->dim[0] != 1 && b->dim[0] != 1) ||
        ((a->dim[1] != b->dim[1] || a->dim[2] != b->dim[2]) && area_of(a) != 1 && area_of(b) != 1))
        return false;
    const cnn_shape *larger = area_of(a) > 1 ? a : b;
    *both = cnn_shape_3(a->dim[0] > 1 ? a->dim[0] : b->dim[0], larger->dim[1], larger->dim[2]);
    return cnn_shape_valid(both);
}

static cnn_status infer(cnn_options *options, const cnn_shape *inputs, cnn_shape *output, cnn_error *error) {
    (void)options;
    char first[CNN_SHAPE_TEXT], second[CNN_SHAPE_TEXT];
    if (broadcast(&inputs[0], &inputs[1], output))
        return CNN_OK;
    return cnn_fail(error, CNN_ERROR_SHAPE,
                    "the inputs must have the same shape, or one of them a single row and column, or a "
                    "single channel, but they are %s and %s",
                    cnn_shape_text(&inputs[0], first), cnn_shape_text(&inputs[1], second));
}

/* Whether this input has one position, whose values count at all of the output's. */
static bool is_spread(const cnn_step *step, int side) {
    return step->output_shape.rank == 3 && area_of(&step->input_shape[side]) < area_of(&step->output_shape);
}

/* Whether it has one channel, which counts for all of the output's. */
static bool is_repeated(const cnn_step *step, int side) {
    return step->output_shape.rank == 3 && step->input_shape[side].dim[0] < step->output_shape.dim[0];
}

static bool is_small(const cnn_step *step, int side) {
    return is_spread(step, side) || is_repeated(step, side);
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
    const int64_t columns = is_small(step, 0) || is_small(step, 1) ? step->output_shape.dim[0] : count;
    cnn_pair_loop loop = {
        .kind = kernel_kinds[step->options.pair.kind], .rows = count / columns, .columns = columns};
    for (int side = 0; side < 2; side++) {
        loop.single[side] = is_repeated(step, side);
        loop.row[side] = is_spread(step, side) ? 0 : loop.single[side] ? 1 : columns;
    }
    return loop;
}

/* The gradient of an input that is broadcast, before it is summed up. */
static cnn_step_sizes sizes(const cnn_step *step) {
    const bool sums = step->training && (is_small(step, 0) || is_small(step, 1));
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

/* The sums of all positions, of all channels, or of both. */
static void sum_up(const cnn_step *step, const cnn_pair_loop *loop, int side, const float *each,
                   float *sums) {
    const bool spread = is_spread(step, side);
    if (!is_repeated(step, side)) {
        cnn_clear_rows(1, 0, loop->columns, sums);
        step->kernels->channel_sums(loop->rows, loop->columns, loop->columns, each, sums);
        return;
    }
    double sum = 0;
    for (int64_t row = 0; row < loop->rows; row++, each += loop->columns) {
        for (int64_t c = 0; c < loop->columns; c++)
            sum += (double)each[c];
        sums[spread ? 0 : row] = (float)sum;
        sum = spread ? sum : 0;
    }
}

/* dy times the derivative by this input; for a broadcast one summed up over the positions, or over the channels. */
static void input_gradient(const cnn_step *step, cnn_place place, int side) {
    const cnn_pair_loop loop = loop_of(step);
    float *gradient = cnn_buffer_at(&step->input_gradient[side], place.index, place.worker);
    float *each = is_small(step, side) ? cnn_buffer_at(&step->scratch, 0, place.worker) : gradient;
    step->kernels->pair_backward(&loop, side, cnn_buffer_at(&step->input[0], place.index, place.worker),
                                 cnn_buffer_at(&step->input[1], place.index, place.worker),
                                 cnn_buffer_at(&step->output_gradient, place.index, place.worker), each);
    if (each != gradient)
        sum_up(step, &loop, side, each, gradient);
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
