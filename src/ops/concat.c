/* Concatenation along the channels: at each position the inputs' channels one after another. */
#include "ops/concat.h"

#include <string.h>

/* Feature maps must agree in rows and columns; vectors always fit. */
static cnn_status check_input(const cnn_shape *first, const cnn_shape *other, cnn_error *error) {
    char one[CNN_SHAPE_TEXT], two[CNN_SHAPE_TEXT];
    bool fits = first->rank == other->rank;
    for (int axis = 1; fits && axis < first->rank; axis++)
        fits = first->dim[axis] == other->dim[axis];
    if (fits)
        return CNN_OK;
    return cnn_fail(
        error, CNN_ERROR_SHAPE,
        "concat: the inputs must have the same height and width, or be vectors, but they are %s and %s",
        cnn_shape_text(first, one), cnn_shape_text(other, two));
}

/* Channels are added up, rows and columns stay; vectors add their lengths. */
static cnn_status infer_many(const cnn_shape *inputs, int count, cnn_shape *output, cnn_error *error) {
    *output = inputs[0];
    for (int k = 1; k < count; k++) {
        cnn_status status = check_input(&inputs[0], &inputs[k], error);
        if (status != CNN_OK)
            return status;
        if (__builtin_add_overflow(output->dim[0], inputs[k].dim[0], &output->dim[0]))
            return cnn_fail(error, CNN_ERROR_SHAPE, "concat: too many channels to count");
    }
    return CNN_OK;
}

/* Move `channels` floats at each of `area` positions; from one position to the next it is from_row and to_row
 * floats. */
static void move_channels(int64_t area, int64_t channels, const float *from, int64_t from_row, float *to,
                          int64_t to_row) {
    for (int64_t at = 0; at < area; at++)
        memcpy(to + at * to_row, from + at * from_row, (size_t)channels * sizeof *to);
}

/* Channels-last, each position of the output is the inputs' channels of that position, one after the other. */
void cnn_concat_positions(const cnn_step *step, cnn_place place, cnn_range positions, float *to) {
    const int64_t area = step->input_layout.area, row = cnn_shape_elements(&step->output_shape) / area;
    for (int k = 0; k < step->inputs; k++) {
        const int64_t channels = cnn_shape_elements(&step->input_shape[k]) / area;
        const float *from = cnn_buffer_at(&step->input[k], place.index, place.worker);
        move_channels(positions.end - positions.first, channels, from + positions.first * channels, channels,
                      to, row);
        to += channels;
    }
}

static void forward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    const int64_t area = step->input_layout.area, row = cnn_shape_elements(&step->output_shape) / area;
    const cnn_range part = cnn_part_of(place, area);
    float *output = cnn_buffer_at(&step->output, place.index, place.worker) + part.first * row;
    cnn_concat_positions(step, place, part, output);
    if (step->relu)
        step->kernels->relu((part.end - part.first) * row, output, output);
}

/* Each input gets its channels of the output's gradient. */
static void backward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    const int64_t area = step->input_layout.area, row = cnn_shape_elements(&step->output_shape) / area;
    const float *from = cnn_buffer_at(&step->output_gradient, place.index, place.worker);
    for (int k = 0; k < step->inputs; k++) {
        const int64_t channels = cnn_shape_elements(&step->input_shape[k]) / area;
        if (step->input_gradient[k].data)
            move_channels(area, channels, from, row,
                          cnn_buffer_at(&step->input_gradient[k], place.index, place.worker), channels);
        from += channels;
    }
}

static int64_t divisions(const cnn_step *step) {
    return step->input_layout.area;
}

const cnn_op cnn_op_concat = {
    .word = "concat",
    .prefix = "concat",
    .onnx = "Concat",
    .kind = CNN_IMAGEWISE,
    .inputs = 2,
    .forgets_inputs = true,
    .forgets_output = true,
    .more_inputs = true,
    .takes_relu = true,
    .joins_channels = true,
    .infer_many = infer_many,
    .divisions = divisions,
    .forward = forward,
    .backward = backward,
};
