/* Operators that pick and order values: Transpose, Gather, Slice, Split, Concat. */
#include "arrays/call.h"

#include "arrays/walk.h"
#include "base/numbers.h"

#include <inttypes.h>
#include <string.h>

/* ---- Transpose ------------------------------------------------------------------------------------- */

cnn_status cnn_run_Transpose(cnn_call *call) {
    const cnn_array *input = call->inputs[0];
    const int rank = input->shape.rank;
    int64_t order[CNN_MAX_RANK];
    bool seen[CNN_MAX_RANK];
    cnn_array *output;
    for (int i = 0; i < rank; i++)
        order[i] = rank - 1 - i;
    cnn_status status = cnn_attribute_copy_integers(&call->attributes, "perm", order, rank);
    if (status == CNN_OK)
        status = cnn_call_mark_axes(call, order, rank, rank, seen);
    if (status != CNN_OK)
        return status;
    const cnn_strides own = cnn_strides_of(&input->shape);
    cnn_shape shape = {.rank = rank};
    cnn_strides from = {0};
    for (int i = 0; i < rank; i++) {
        const int64_t axis = order[i] < 0 ? order[i] + rank : order[i];
        shape.dim[i] = input->shape.dim[axis];
        from.step[i] = own.step[axis];
    }
    status = cnn_call_output(call, 0, input->type, &shape, &output);
    if (status != CNN_OK)
        return status;
    const cnn_strides to = cnn_strides_of(&shape);
    cnn_copy_strided(output->data, &to, input->data, &from, &shape, cnn_type_size(input->type));
    return CNN_OK;
}

/* ---- Gather ---------------------------------------------------------------------------------------- */

/* The input's shape with the axis replaced by the indices' shape. */
static cnn_shape gathered_shape(const cnn_shape *input, int axis, const cnn_shape *indices) {
    cnn_shape shape = {0};
    for (int i = 0; i < axis; i++)
        shape.dim[shape.rank++] = input->dim[i];
    for (int i = 0; i < indices->rank; i++)
        shape.dim[shape.rank++] = indices->dim[i];
    for (int i = axis + 1; i < input->rank; i++)
        shape.dim[shape.rank++] = input->dim[i];
    return shape;
}

cnn_status cnn_run_Gather(cnn_call *call) {
    const cnn_array *input = call->inputs[0], *indices = call->inputs[1];
    int axis = 0;
    cnn_array *output;
    cnn_status status = cnn_call_read_axis(call, 0, input->shape.rank, false, &axis);
    if (status == CNN_OK && input->shape.rank - 1 + indices->shape.rank > CNN_MAX_RANK)
        status = cnn_call_fail(call, CNN_ERROR_UNSUPPORTED, "the indices, %s, have too many axes",
                               cnn_array_describe(indices).text);
    if (status != CNN_OK)
        return status;
    const cnn_around a = cnn_around_axis(&input->shape, axis);
    const cnn_shape shape = gathered_shape(&input->shape, axis, &indices->shape);
    status = cnn_call_indices(call, 1, a.size);
    if (status == CNN_OK)
        status = cnn_call_output(call, 0, input->type, &shape, &output);
    if (status != CNN_OK || output->elements == 0)
        return status;
    const size_t piece = (size_t)a.behind * cnn_type_size(input->type);
    char *to = output->data;
    for (int64_t before = 0; before < a.before; before++)
        for (int64_t i = 0; i < indices->elements; i++, to += piece) {
            const int64_t index = cnn_array_integer(indices, i);
            const int64_t at = before * a.size + (index < 0 ? index + a.size : index);
            memcpy(to, (const char *)input->data + (size_t)at * piece, piece);
        }
    return CNN_OK;
}

/* ---- Slice ----------------------------------------------------------------------------------------- */

/* What a Slice asks for; all lists have `count` values. */
typedef struct cuts {
    int64_t starts[CNN_MAX_LIST], ends[CNN_MAX_LIST], axes[CNN_MAX_LIST], steps[CNN_MAX_LIST];
    int count;
} cuts;

static cnn_status read_cuts(cnn_call *call, cuts *c) {
    const bool as_input = call->opset >= 10;
    int ends, axes, steps = -1;
    cnn_status status = cnn_call_numbers(call, 1, "starts", as_input, c->starts, &c->count);
    if (status == CNN_OK)
        status = cnn_call_numbers(call, 2, "ends", as_input, c->ends, &ends);
    if (status == CNN_OK)
        status = cnn_call_numbers(call, 3, "axes", as_input, c->axes, &axes);
    if (status == CNN_OK && as_input)
        status = cnn_call_numbers(call, 4, "steps", true, c->steps, &steps);
    if (status != CNN_OK)
        return status;
    if (c->count < 0 || ends != c->count || (axes >= 0 && axes != c->count) ||
        (steps >= 0 && steps != c->count))
        return cnn_call_fail(call, CNN_ERROR_FORMAT,
                             "starts, ends, axes and steps do not have the same length");
    for (int i = 0; i < c->count; i++) {
        c->axes[i] = axes < 0 ? i : c->axes[i];
        c->steps[i] = steps < 0 ? 1 : c->steps[i];
    }
    return CNN_OK;
}

static int64_t limit(int64_t value, int64_t min, int64_t max) {
    return value < min ? min : value > max ? max : value;
}

/* One axis of `size` values: how many are taken, and the first of them. */
static int64_t cut_axis(int64_t size, int64_t start, int64_t end, int64_t step, int64_t *first) {
    start = start < 0 ? (start < -size ? -1 : start + size) : start; /* -1: before the first one */
    end = end < 0 ? (end < -size ? -1 : end + size) : end;
    if (step > 0) {
        *first = limit(start, 0, size);
        const int64_t length = limit(end, 0, size) - *first;
        return length <= 0 ? 0 : (length - 1) / step + 1;
    }
    *first = limit(start, -1, size - 1);
    const int64_t length = *first - limit(end, -1, size - 1);
    return length <= 0 ? 0 : (length - 1) / -step + 1;
}

/* The output's shape, where it begins in the input, and the input's strides. */
static cnn_status plan_cuts(const cnn_call *call, const cuts *c, cnn_shape *shape, int64_t *begin,
                            cnn_strides *strides) {
    const cnn_shape *input = &call->inputs[0]->shape;
    bool cut[CNN_MAX_RANK];
    *shape = *input;
    *strides = cnn_strides_of(input);
    *begin = 0;
    cnn_status status = cnn_call_mark_axes(call, c->axes, c->count, input->rank, cut);
    for (int i = 0; status == CNN_OK && i < c->count; i++) {
        int64_t first;
        const int64_t axis = c->axes[i] < 0 ? c->axes[i] + input->rank : c->axes[i];
        /* A step beyond the axis takes one value, whatever it is. */
        const int64_t step = limit(c->steps[i], -input->dim[axis] - 1, input->dim[axis] + 1);
        if (step == 0)
            return cnn_call_fail(call, CNN_ERROR_FORMAT, "a step of 0");
        shape->dim[axis] = cut_axis(input->dim[axis], c->starts[i], c->ends[i], step, &first);
        *begin += first * strides->step[axis];
        strides->step[axis] *= step;
    }
    return status;
}

cnn_status cnn_run_Slice(cnn_call *call) {
    const cnn_array *input = call->inputs[0];
    cnn_shape shape;
    cnn_strides from;
    int64_t begin;
    cuts c;
    cnn_array *output;
    cnn_status status = read_cuts(call, &c);
    if (status == CNN_OK)
        status = plan_cuts(call, &c, &shape, &begin, &from);
    if (status == CNN_OK)
        status = cnn_call_output(call, 0, input->type, &shape, &output);
    if (status != CNN_OK || output->elements == 0)
        return status;
    const size_t size = cnn_type_size(input->type);
    const cnn_strides to = cnn_strides_of(&shape);
    cnn_copy_strided(output->data, &to, (const char *)input->data + (size_t)begin * size, &from, &shape,
                     size);
    return CNN_OK;
}

/* ---- Concat, Split --------------------------------------------------------------------------------- */

/* Copy between `part` and the values [first, first + part's size) of `whole`'s axis. */
static void copy_part(const cnn_array *whole, const cnn_array *part, int axis, int64_t first, bool to_part) {
    const cnn_around all = cnn_around_axis(&whole->shape, axis), own = cnn_around_axis(&part->shape, axis);
    const size_t size = cnn_type_size(whole->type);
    const size_t piece = (size_t)(own.size * own.behind) * size;
    if (part->elements == 0)
        return;
    for (int64_t before = 0; before < own.before; before++) {
        char *in_whole = (char *)whole->data + (size_t)((before * all.size + first) * all.behind) * size;
        char *in_part = (char *)part->data + (size_t)before * piece;
        memcpy(to_part ? in_part : in_whole, to_part ? in_whole : in_part, piece);
    }
}

static cnn_status add_part(const cnn_call *call, int k, int axis, cnn_shape *shape) {
    const cnn_array *part = call->inputs[k];
    bool fits = part && part->type == call->inputs[0]->type && part->shape.rank == shape->rank;
    for (int i = 0; fits && i < shape->rank; i++)
        fits = i == axis || part->shape.dim[i] == shape->dim[i];
    if (!fits || __builtin_add_overflow(shape->dim[axis], part->shape.dim[axis], &shape->dim[axis]))
        return cnn_call_fail(call, CNN_ERROR_SHAPE, "input %d, %s, cannot be concatenated with %s", k,
                             part ? cnn_array_describe(part).text : "left out",
                             cnn_array_describe(call->inputs[0]).text);
    return CNN_OK;
}

cnn_status cnn_run_Concat(cnn_call *call) {
    cnn_shape shape = call->inputs[0]->shape;
    cnn_array *output;
    int axis = 0;
    cnn_status status = cnn_call_read_axis(call, 1, shape.rank, false, &axis);
    for (int k = 1; status == CNN_OK && k < call->input_count; k++)
        status = add_part(call, k, axis, &shape);
    if (status == CNN_OK)
        status = cnn_call_output(call, 0, call->inputs[0]->type, &shape, &output);
    int64_t first = 0;
    for (int k = 0; status == CNN_OK && k < call->input_count; k++) {
        copy_part(output, call->inputs[k], axis, first, false);
        first += call->inputs[k]->shape.dim[axis];
    }
    return status;
}

/* Sizes as they are given: NULL and none if not. */
static cnn_status read_sizes(cnn_call *call, const cnn_array **list, cnn_array *room) {
    const int64_t *values = NULL;
    int64_t count = -1, parts = call->output_count;
    if (call->opset >= 13) {
        cnn_status status = cnn_call_list(call, 1, "sizes of the parts", 0, list);
        if (status == CNN_OK && call->opset >= 18)
            status = cnn_attribute_integer(&call->attributes, "num_outputs", &parts);
        if (status == CNN_OK && parts != call->output_count)
            status = cnn_call_fail(call, CNN_ERROR_FORMAT, "num_outputs is not the number of its outputs");
        return status;
    }
    cnn_status status = cnn_attribute_integers(&call->attributes, "split", &values, &count);
    const cnn_shape length = cnn_shape_1(count);
    if (status == CNN_OK && count >= 0) {
        *room = cnn_array_over(CNN_TYPE_INT64, &length, values);
        *list = room;
    }
    return status;
}

/* Part `k`: as large as the list says, else all the same and the last one what is left. */
static int64_t part_size(const cnn_call *call, const cnn_array *list, int k, int64_t size, int64_t first) {
    const int64_t even = cnn_ceil_div(size, call->output_count);
    if (list)
        return cnn_array_integer(list, k);
    return even < size - first ? even : size - first;
}

cnn_status cnn_run_Split(cnn_call *call) {
    const cnn_array *input = call->inputs[0], *list = NULL;
    cnn_array room, *part;
    int axis = 0;
    int64_t first = 0;
    cnn_status status = cnn_call_read_axis(call, 0, input->shape.rank, false, &axis);
    if (status == CNN_OK)
        status = read_sizes(call, &list, &room);
    if (status == CNN_OK && list && list->elements != call->output_count)
        status = cnn_call_fail(call, CNN_ERROR_FORMAT, "it has %d outputs and sizes for %" PRId64,
                               call->output_count, list->elements);
    for (int k = 0; status == CNN_OK && k < call->output_count; k++) {
        cnn_shape shape = input->shape;
        const int64_t size = part_size(call, list, k, input->shape.dim[axis], first);
        if (size < 0 || size > input->shape.dim[axis] - first)
            return cnn_call_fail(call, CNN_ERROR_SHAPE, "part %d does not fit into %s", k,
                                 cnn_array_describe(input).text);
        shape.dim[axis] = size;
        status = cnn_call_output(call, k, input->type, &shape, &part);
        if (status == CNN_OK)
            copy_part(input, part, axis, first, true);
        first += size;
    }
    if (status == CNN_OK && first != input->shape.dim[axis])
        status = cnn_call_fail(call, CNN_ERROR_SHAPE, "the parts add up to %" PRId64 " of %" PRId64 " values",
                               first, input->shape.dim[axis]);
    return status;
}
