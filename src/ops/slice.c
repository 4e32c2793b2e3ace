/* A part of the input: some of its channels, rows and columns. */
#include "ops/slice.h"

#include "base/numbers.h"
#include "ops/moves.h"

#include <inttypes.h>

enum { FIRST, COUNT, STEP };

static const cnn_field fields[] = {
    CNN_FIELD("channels", CNN_FIELD_SPAN, slice.channels),
    CNN_FIELD("rows", CNN_FIELD_SPAN, slice.rows),
    CNN_FIELD("columns", CNN_FIELD_SPAN, slice.columns),
    {0},
};

static int64_t *span_of(cnn_slice_options *slice, int axis) {
    return axis == 0 ? slice->channels : axis == 1 ? slice->rows : slice->columns;
}

const int64_t *cnn_slice_span(const cnn_slice_options *slice, int axis) {
    return axis == 0 ? slice->channels : axis == 1 ? slice->rows : slice->columns;
}

static cnn_status complete(cnn_options *options, cnn_error *error) {
    for (int axis = 0; axis < 3; axis++) {
        int64_t *span = span_of(&options->slice, axis);
        span[STEP] = cnn_or(span[STEP], 1);
        for (int i = 0; i < 3; i++)
            if (span[i] < 0 || span[i] > INT32_MAX)
                return cnn_fail(error, CNN_ERROR_ARGUMENT,
                                "slice: first, count and step of the %s must be 0 to %d, not %" PRId64,
                                fields[axis].word, INT32_MAX, span[i]);
    }
    return CNN_OK;
}

/* ---- Shapes ---------------------------------------------------------------------------------------- */

/* How many there are from the first one to the end. */
static int64_t rest_of(const int64_t *span, int64_t size) {
    return cnn_ceil_div(size - span[FIRST], span[STEP]);
}

static cnn_status does_not_fit(int axis, const int64_t *span, int64_t size, cnn_error *error) {
    return cnn_fail(error, CNN_ERROR_SHAPE,
                    "slice: of %" PRId64 " %s, %" PRId64 " from number %" PRId64 " on, %" PRId64
                    " apart, cannot be taken; they count from 0",
                    size, fields[axis].word, span[COUNT], span[FIRST], span[STEP]);
}

/* A count that is all there are is 0, however it was given, so that equal layers are written equally. */
static cnn_status fit_span(int axis, int64_t *span, int64_t *size, cnn_error *error) {
    if (span[FIRST] >= *size || span[COUNT] > rest_of(span, *size))
        return does_not_fit(axis, span, *size, error);
    const int64_t rest = rest_of(span, *size);
    *size = span[COUNT] ? span[COUNT] : rest;
    if (span[COUNT] == rest)
        span[COUNT] = 0;
    return CNN_OK;
}

static cnn_status infer(cnn_options *options, const cnn_shape *inputs, cnn_shape *output, cnn_error *error) {
    *output = *inputs;
    cnn_status status = CNN_OK;
    for (int axis = 0; status == CNN_OK && axis < 3; axis++) {
        int64_t one = 1;
        status = fit_span(axis, span_of(&options->slice, axis),
                          axis < output->rank ? &output->dim[axis] : &one, error);
    }
    return status;
}

/* ---- Running --------------------------------------------------------------------------------------- */

/* Rows, columns and channels are the first two loops and the innermost one. */
static cnn_moves moves_of(const cnn_step *step) {
    const cnn_shape *in = &step->input_shape[0], *out = &step->output_shape;
    const int64_t pixel = in->dim[0], row = cnn_moves_size(in, 2) * pixel;
    const int64_t *channels = step->options.slice.channels, *rows = step->options.slice.rows,
                  *columns = step->options.slice.columns;
    return (cnn_moves){
        .count = {cnn_moves_size(out, 1), cnn_moves_size(out, 2), 1, 1, out->dim[0]},
        .from = {rows[STEP] * row, columns[STEP] * pixel, 0, 0, channels[STEP]},
        .to = {cnn_moves_size(out, 2) * out->dim[0], out->dim[0], 0, 0, 1},
        .first = rows[FIRST] * row + columns[FIRST] * pixel + channels[FIRST],
    };
}

const cnn_op cnn_op_slice = {
    .word = "slice",
    .prefix = "slice",
    .onnx = "Slice",
    .needs_order = true,
    .fields = fields,
    .complete = complete,
    .infer = infer,
    .moves = moves_of,
    CNN_MOVES_OP,
};
