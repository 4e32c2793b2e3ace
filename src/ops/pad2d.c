/* Padding of feature maps: rows and columns around them, of one value, mirrored or repeated. */
#include "ops/pad2d.h"

#include "ops/window.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static const char *const modes[] = {"constant", "reflect", "edge", NULL};

static const cnn_field fields[] = {
    CNN_FIELD("padding", CNN_FIELD_PADDING, pad2d.padding, .positional = true, .onnx = "pads",
              .onnx_input = 1),
    CNN_FIELD("mode", CNN_FIELD_CHOICE, pad2d.mode, .choices = modes, .onnx = "mode"),
    CNN_FIELD("value", CNN_FIELD_REAL, pad2d.value, .zero = true, .onnx = "value", .onnx_input = 2),
    CNN_FIELD("channels", CNN_FIELD_PAIR, pad2d.channels, .zero = true),
    {0},
};

static bool is_in_range(int64_t padding) {
    return padding >= 0 && padding <= INT32_MAX;
}

static cnn_status complete(cnn_options *options, cnn_error *error) {
    const cnn_pad2d_options *pad = &options->pad2d;
    for (int side = 0; side < 4; side++)
        if (!is_in_range(pad->padding[side]))
            return cnn_fail(error, CNN_ERROR_ARGUMENT,
                            "the padding must be 0 to %d on every side, not %" PRId64, INT32_MAX,
                            pad->padding[side]);
    if (!is_in_range(pad->channels[0]) || !is_in_range(pad->channels[1]))
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "the channels that are added must be 0 to %d on either side", INT32_MAX);
    if (pad->mode != CNN_PAD_CONSTANT && (pad->channels[0] || pad->channels[1]))
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "channels can be added of a constant only, mode %s",
                        modes[CNN_PAD_CONSTANT]);
    if (!isfinite((float)pad->value))
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "the value must be finite as float32, not %g", pad->value);
    return CNN_OK;
}

/* A mirrored map is as wide as its input but for one row or column: that is never repeated. */
static cnn_status infer(cnn_options *options, const cnn_shape *inputs, cnn_shape *output, cnn_error *error) {
    const cnn_pad2d_options *pad = &options->pad2d;
    cnn_status status = cnn_window_needs_map("pad", inputs, error);
    if (status != CNN_OK)
        return status;
    *output = *inputs;
    output->dim[0] += pad->channels[0] + pad->channels[1];
    for (int side = 0; side < 4; side++) {
        const int64_t size = inputs->dim[1 + side % 2];
        if (pad->mode == CNN_PAD_REFLECT && pad->padding[side] >= size)
            return cnn_fail(error, CNN_ERROR_SHAPE,
                            "pad: %" PRId64 " %s cannot be mirrored to give %" PRId64
                            " more; at most %" PRId64 " can be added",
                            size, side % 2 ? "columns" : "rows", pad->padding[side], size - 1);
        if (__builtin_add_overflow(output->dim[1 + side % 2], pad->padding[side], &output->dim[1 + side % 2]))
            return cnn_fail(error, CNN_ERROR_SHAPE, "pad: the output is too large");
    }
    return CNN_OK;
}

/* ---- Running --------------------------------------------------------------------------------------- */

int64_t cnn_pad2d_source(const cnn_pad2d_options *pad, int axis, int64_t size, int64_t at) {
    const int64_t i = at - pad->padding[axis];
    if (i >= 0 && i < size)
        return i;
    switch (pad->mode) {
    case CNN_PAD_REFLECT:
        return i < 0 ? -i : 2 * (size - 1) - i;
    case CNN_PAD_EDGE:
        return i < 0 ? 0 : size - 1;
    case CNN_PAD_CONSTANT:
        break;
    }
    return -1;
}

/* The same of a step. */
static int64_t source(const cnn_step *step, int axis, int64_t at) {
    return cnn_pad2d_source(&step->options.pad2d, axis, step->input_shape[0].dim[1 + axis], at);
}

/* Where the input's channels lie that stand at a position of the output; -1: the value does. */
static int64_t source_pixel(const cnn_step *step, int64_t row, int64_t column) {
    const cnn_shape *input = &step->input_shape[0];
    const int64_t y = source(step, 0, row), x = source(step, 1, column);
    return y < 0 || x < 0 ? -1 : (y * input->dim[2] + x) * input->dim[0];
}

static float *fill(float *to, int64_t count, float value) {
    for (int64_t i = 0; i < count; i++)
        to[i] = value;
    return to + count;
}

/* The map in the middle, and around it the value, the mirrored map or its outermost rows and columns. */
static void forward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    const cnn_shape *shape = &step->output_shape;
    const cnn_pad2d_options *pad = &step->options.pad2d;
    const int64_t channels = step->input_shape[0].dim[0];
    const float value = (float)pad->value;
    const float *input = cnn_buffer_at(&step->input[0], place.index, place.worker);
    float *output = cnn_buffer_at(&step->output, place.index, place.worker);
    for (int64_t at = 0; at < shape->dim[1] * shape->dim[2]; at++) {
        const int64_t from = source_pixel(step, at / shape->dim[2], at % shape->dim[2]);
        output = fill(output, from < 0 ? shape->dim[0] : pad->channels[0], value);
        if (from < 0)
            continue;
        memcpy(output, input + from, (size_t)channels * sizeof *output);
        output = fill(output + channels, pad->channels[1], value);
    }
}

/* dx is dy without the border, plus what mirrored or repeated values get; added up, since one input may appear
 * several times. */
static void backward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    const cnn_shape *shape = &step->output_shape, *input = &step->input_shape[0];
    if (!step->input_gradient[0].data)
        return;
    const float *dy =
        cnn_buffer_at(&step->output_gradient, place.index, place.worker) + step->options.pad2d.channels[0];
    float *dx = cnn_buffer_at(&step->input_gradient[0], place.index, place.worker);
    memset(dx, 0, (size_t)cnn_shape_elements(input) * sizeof *dx);
    for (int64_t at = 0; at < shape->dim[1] * shape->dim[2]; at++, dy += shape->dim[0]) {
        const int64_t from = source_pixel(step, at / shape->dim[2], at % shape->dim[2]);
        if (from >= 0)
            step->kernels->add(input->dim[0], dy, dx + from);
    }
}

const cnn_op cnn_op_pad2d = {
    .word = "pad",
    .prefix = "pad",
    .onnx = "Pad",
    .kind = CNN_IMAGEWISE,
    .inputs = 1,
    .forgets_inputs = true,
    .forgets_output = true,
    .fields = fields,
    .complete = complete,
    .infer = infer,
    .forward = forward,
    .backward = backward,
};
