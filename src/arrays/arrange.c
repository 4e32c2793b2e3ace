/* Operators that put values into another order, repeat or leave out some: Tile, DepthToSpace, SpaceToDepth,
 * ReverseSequence, Compress, NonZero, Trilu. */
#include "arrays/call.h"
#include "arrays/walk.h"

#include "base/memory.h"

#include <inttypes.h>
#include <string.h>

/* ---- Tile ------------------------------------------------------------------------------------------ */

/* How often each axis is repeated: before operator set 6 one axis alone, so many times. */
static cnn_status read_repeats(cnn_call *call, int64_t repeats[CNN_MAX_LIST]) {
    const int rank = call->inputs[0]->shape.rank;
    int count = 0, at = 0;
    int64_t times = 1, axis = 0;
    if (call->opset >= 6) {
        cnn_status status = cnn_call_numbers(call, 1, "repeats", true, repeats, &count);
        if (status == CNN_OK && count != rank)
            status = cnn_call_fail(call, CNN_ERROR_FORMAT, "it has %d repeats for %s", count,
                                   cnn_array_describe(call->inputs[0]).text);
        return status;
    }
    cnn_status status = cnn_call_integer(call, 1, "repeats", &times);
    if (status == CNN_OK)
        status = cnn_call_integer(call, 2, "axis", &axis);
    if (status == CNN_OK)
        status = cnn_call_axis(call, axis, rank, false, &at);
    for (int i = 0; i < rank; i++)
        repeats[i] = i == at ? times : 1;
    return status;
}

/* The input's row for a row of the output, which lies at `index` on all axes but the last. */
static int64_t tiled_row(const cnn_shape *input, const int64_t *index) {
    int64_t row = 0;
    for (int i = 0; i < input->rank - 1; i++)
        row = row * input->dim[i] + index[i] % input->dim[i];
    return row;
}

static void tile(const cnn_array *input, cnn_array *output) {
    const cnn_strides strides = cnn_strides_of(&output->shape);
    const size_t size = cnn_type_size(input->type);
    const int64_t length = input->shape.dim[input->shape.rank - 1];
    cnn_walk walk = cnn_walk_begin_axes(&output->shape, 1, &strides);
    while (cnn_walk_next(&walk)) {
        const char *from =
            (const char *)input->data + (size_t)(tiled_row(&input->shape, walk.index) * length) * size;
        for (int64_t i = 0; i < walk.length; i += length)
            memcpy((char *)output->data + (size_t)(walk.at[0] + i) * size, from, (size_t)length * size);
    }
}

cnn_status cnn_run_Tile(cnn_call *call) {
    const cnn_array *input = call->inputs[0];
    int64_t repeats[CNN_MAX_LIST];
    cnn_shape shape = input->shape;
    cnn_array *output;
    cnn_status status = read_repeats(call, repeats);
    for (int i = 0; status == CNN_OK && i < shape.rank; i++)
        if (!cnn_multiply(shape.dim[i], repeats[i], &shape.dim[i]))
            status = cnn_call_fail(call, CNN_ERROR_SHAPE, "%" PRId64 " repeats of axis %d are out of range",
                                   repeats[i], i);
    if (status == CNN_OK && shape.rank == 0)
        return cnn_call_reshaped(call, 0, input, &shape);
    if (status == CNN_OK)
        status = cnn_call_output(call, 0, input->type, &shape, &output);
    if (status == CNN_OK && output->elements > 0)
        tile(input, output);
    return status;
}

/* ---- DepthToSpace, SpaceToDepth -------------------------------------------------------------------- */

/* Six axes as the output has them, where they lie in the input. */
static void copy_blocks(const cnn_array *input, const cnn_shape *blocks, const int order[6],
                        cnn_array *output) {
    const cnn_strides own = cnn_strides_of(blocks);
    cnn_shape to = {.rank = 6};
    cnn_strides from = {0};
    for (int i = 0; i < 6; i++) {
        to.dim[i] = blocks->dim[order[i]];
        from.step[i] = own.step[order[i]];
    }
    const cnn_strides strides = cnn_strides_of(&to);
    cnn_copy_strided(output->data, &strides, input->data, &from, &to, cnn_type_size(input->type));
}

/* Blocks of size x size: along the axes `first` and `second`, or both along axis 1, must divide. */
static cnn_status read_blocks(cnn_call *call, bool to_space, int64_t *size) {
    const cnn_array *input = call->inputs[0];
    *size = 0;
    cnn_status status = cnn_attribute_integer(&call->attributes, "blocksize", size);
    if (status != CNN_OK)
        return status;
    const int64_t *dim = input->shape.dim, b = *size;
    bool fits = input->shape.rank == 4 && b >= 1 && b <= INT32_MAX;
    fits = fits && (to_space ? dim[1] % (b * b) == 0 : dim[2] % b == 0 && dim[3] % b == 0);
    return fits ? CNN_OK
                : cnn_call_fail(call, CNN_ERROR_SHAPE, "%s cannot be divided into blocks of %" PRId64,
                                cnn_array_describe(input).text, b);
}

static cnn_shape shape_of_6(int64_t a, int64_t b, int64_t c, int64_t d, int64_t e, int64_t f) {
    return (cnn_shape){.rank = 6, .dim = {a, b, c, d, e, f}};
}

cnn_status cnn_run_DepthToSpace(cnn_call *call) {
    static const char *const modes[] = {"DCR", "CRD", NULL};
    static const int orders[2][6] = {{0, 3, 4, 1, 5, 2}, {0, 1, 4, 2, 5, 3}};
    int mode = 0;
    int64_t b;
    cnn_array *output;
    const int64_t *dim = call->inputs[0]->shape.dim;
    cnn_status status = read_blocks(call, true, &b);
    if (status == CNN_OK && call->opset >= 11)
        status = cnn_attribute_choice(&call->attributes, "mode", modes, &mode);
    if (status != CNN_OK)
        return status;
    const int64_t depth = dim[1] / (b * b);
    const cnn_shape blocks = mode ? shape_of_6(dim[0], depth, b, b, dim[2], dim[3])
                                  : shape_of_6(dim[0], b, b, depth, dim[2], dim[3]);
    cnn_shape shape = {.rank = 4, .dim = {dim[0], depth}};
    if (!cnn_multiply(dim[2], b, &shape.dim[2]) || !cnn_multiply(dim[3], b, &shape.dim[3]))
        return cnn_call_fail(call, CNN_ERROR_SHAPE, "its output is too large");
    status = cnn_call_output(call, 0, call->inputs[0]->type, &shape, &output);
    if (status == CNN_OK && output->elements > 0)
        copy_blocks(call->inputs[0], &blocks, orders[mode], output);
    return status;
}

cnn_status cnn_run_SpaceToDepth(cnn_call *call) {
    static const int order[6] = {0, 3, 5, 1, 2, 4};
    int64_t b, depth;
    cnn_array *output;
    const int64_t *dim = call->inputs[0]->shape.dim;
    cnn_status status = read_blocks(call, false, &b);
    if (status != CNN_OK)
        return status;
    if (!cnn_multiply(dim[1], b * b, &depth))
        return cnn_call_fail(call, CNN_ERROR_SHAPE, "its output is too large");
    const cnn_shape blocks = shape_of_6(dim[0], dim[1], dim[2] / b, b, dim[3] / b, b);
    const cnn_shape shape = {.rank = 4, .dim = {dim[0], depth, dim[2] / b, dim[3] / b}};
    status = cnn_call_output(call, 0, call->inputs[0]->type, &shape, &output);
    if (status == CNN_OK && output->elements > 0)
        copy_blocks(call->inputs[0], &blocks, order, output);
    return status;
}

/* ---- ReverseSequence ------------------------------------------------------------------------------- */

static cnn_status read_sequences(cnn_call *call, int64_t *time, int64_t *batch) {
    const cnn_array *input = call->inputs[0], *lengths = call->inputs[1];
    *time = 0;
    *batch = 1;
    cnn_status status = cnn_attribute_integer(&call->attributes, "time_axis", time);
    if (status == CNN_OK)
        status = cnn_attribute_integer(&call->attributes, "batch_axis", batch);
    if (status != CNN_OK)
        return status;
    bool fits = input->shape.rank >= 2 && *time + *batch == 1 && *time * *batch == 0 &&
                lengths->type == CNN_TYPE_INT64 && lengths->shape.rank == 1 &&
                lengths->elements == input->shape.dim[*batch];
    for (int64_t i = 0; fits && i < lengths->elements; i++)
        fits = cnn_array_integer(lengths, i) >= 0 && cnn_array_integer(lengths, i) <= input->shape.dim[*time];
    return fits ? CNN_OK
                : cnn_call_fail(call, CNN_ERROR_SHAPE, "the lengths, %s, do not fit %s",
                                cnn_array_describe(lengths).text, cnn_array_describe(input).text);
}

cnn_status cnn_run_ReverseSequence(cnn_call *call) {
    const cnn_array *input = call->inputs[0];
    int64_t time, batch;
    cnn_array *output;
    cnn_status status = read_sequences(call, &time, &batch);
    if (status == CNN_OK)
        status = cnn_call_output(call, 0, input->type, &input->shape, &output);
    if (status != CNN_OK || input->elements == 0)
        return status;
    const cnn_strides strides = cnn_strides_of(&input->shape);
    const int64_t times = input->shape.dim[time], batches = input->shape.dim[batch];
    const size_t size = cnn_type_size(input->type);
    const size_t piece = (size_t)(input->elements / (times * batches)) * size;
    for (int64_t b = 0; b < batches; b++)
        for (int64_t t = 0; t < times; t++) {
            const int64_t length = cnn_array_integer(call->inputs[1], b);
            const int64_t from = t < length ? length - 1 - t : t, column = b * strides.step[batch];
            memcpy((char *)output->data + (size_t)(column + t * strides.step[time]) * size,
                   (const char *)input->data + (size_t)(column + from * strides.step[time]) * size, piece);
        }
    return CNN_OK;
}

/* ---- Compress, NonZero ----------------------------------------------------------------------------- */

/* What a Compress picks from: an axis, or all values in a row. */
static cnn_status read_picked(cnn_call *call, int *axis, cnn_array *from) {
    const bool whole = !cnn_attribute_given(&call->attributes, "axis");
    *from = *call->inputs[0];
    *axis = 0;
    if (whole)
        from->shape = cnn_shape_1(from->elements);
    return whole ? CNN_OK : cnn_call_read_axis(call, 0, from->shape.rank, false, axis);
}

cnn_status cnn_run_Compress(cnn_call *call) {
    const cnn_array *condition;
    cnn_array from, *output;
    int axis;
    int64_t kept = 0;
    cnn_status status = cnn_call_typed(call, 1, "condition", CNN_TYPE_BOOL, &condition);
    if (status == CNN_OK)
        status = read_picked(call, &axis, &from);
    if (status != CNN_OK)
        return status;
    const uint8_t *wanted = condition->data;
    const cnn_around around = cnn_around_axis(&from.shape, axis);
    if (condition->shape.rank != 1 || condition->elements > around.size)
        return cnn_call_fail(call, CNN_ERROR_SHAPE, "the condition, %s, does not fit %" PRId64 " values",
                             cnn_array_describe(condition).text, around.size);
    for (int64_t i = 0; i < condition->elements; i++)
        kept += wanted[i];
    from.shape.dim[axis] = kept;
    status = cnn_call_output(call, 0, from.type, &from.shape, &output);
    if (status != CNN_OK || output->elements == 0)
        return status;
    const size_t piece = (size_t)around.behind * cnn_type_size(from.type);
    char *to = output->data;
    for (int64_t before = 0; before < around.before; before++)
        for (int64_t i = 0; i < condition->elements; i++)
            if (wanted[i]) {
                memcpy(to, (const char *)from.data + (size_t)(before * around.size + i) * piece, piece);
                to += piece;
            }
    return CNN_OK;
}

/* Places of the values that are not zero: one row for each axis, one column for each place. */
static void list_places(const cnn_array *truths, cnn_array *places) {
    const int64_t count = places->shape.dim[1];
    const cnn_strides strides = cnn_strides_of(&truths->shape);
    int64_t column = 0;
    for (int64_t i = 0; i < truths->elements; i++)
        if (((const uint8_t *)truths->data)[i]) {
            for (int axis = 0; axis < truths->shape.rank; axis++)
                ((int64_t *)places->data)[axis * count + column] =
                    i / strides.step[axis] % truths->shape.dim[axis];
            column++;
        }
}

cnn_status cnn_run_NonZero(cnn_call *call) {
    const cnn_array *input = call->inputs[0];
    cnn_array truths = {0}, *output;
    int64_t count = 0;
    cnn_status status = cnn_array_new(&truths, CNN_TYPE_BOOL, &input->shape, call->budget, call->error);
    if (status == CNN_OK)
        status = cnn_call_work(call, input->elements, 1);
    if (status == CNN_OK) {
        cnn_array_cast(input, &truths);
        for (int64_t i = 0; i < truths.elements; i++)
            count += ((const uint8_t *)truths.data)[i];
        const cnn_shape shape = cnn_shape_2(input->shape.rank, count);
        status = cnn_call_output(call, 0, CNN_TYPE_INT64, &shape, &output);
    }
    if (status == CNN_OK)
        list_places(&truths, output);
    cnn_array_free(&truths, call->budget);
    return status;
}

/* ---- Trilu ----------------------------------------------------------------------------------------- */

/* Of each matrix what lies on the diagonal `k` and above it, or below it. */
cnn_status cnn_run_Trilu(cnn_call *call) {
    const cnn_array *input = call->inputs[0];
    int64_t upper = 1, k = 0;
    cnn_status status = cnn_attribute_integer(&call->attributes, "upper", &upper);
    if (status == CNN_OK)
        status = cnn_call_integer(call, 1, "diagonal", &k);
    if (status == CNN_OK && input->shape.rank < 2)
        status = cnn_call_fail(call, CNN_ERROR_SHAPE, "it is given %s, expected matrices",
                               cnn_array_describe(input).text);
    if (status == CNN_OK)
        status = cnn_call_reshaped(call, 0, input, &input->shape);
    if (status != CNN_OK || input->elements == 0)
        return status;
    const int64_t rows = input->shape.dim[input->shape.rank - 2];
    const int64_t columns = input->shape.dim[input->shape.rank - 1];
    const size_t size = cnn_type_size(input->type);
    k = k < -rows ? -rows : k > columns ? columns : k;
    for (int64_t row = 0; row < input->elements / columns; row++)
        for (int64_t column = 0; column < columns; column++) {
            const int64_t distance = column - row % rows - k;
            if (upper ? distance < 0 : distance > 0)
                memset((char *)call->outputs[0].data + (size_t)(row * columns + column) * size, 0, size);
        }
    return CNN_OK;
}
