/* Operators that read or write values at places that other tensors name: GatherElements, GatherND, ScatterElements,
 * ScatterND. */
#include "arrays/elementwise.h"
#include "arrays/walk.h"

#include "base/memory.h"

#include <inttypes.h>
#include <string.h>

static int64_t at_index(const cnn_array *indices, int64_t i, int64_t size) {
    const int64_t index = cnn_array_integer(indices, i);
    return index < 0 ? index + size : index;
}

/* ---- One index along an axis ----------------------------------------------------------------------- */

/* Input 1 names places along `axis` of input 0: they have as many axes, and the others lie within its own. */
static cnn_status check_elements(cnn_call *call, int64_t initial, int *axis) {
    const cnn_array *input = call->inputs[0], *indices = call->inputs[1];
    cnn_status status = cnn_call_read_axis(call, initial, input->shape.rank, false, axis);
    bool fits = input->shape.rank == indices->shape.rank;
    for (int i = 0; status == CNN_OK && fits && i < input->shape.rank; i++)
        fits = i == *axis || indices->shape.dim[i] <= input->shape.dim[i];
    if (status == CNN_OK && !fits)
        status = cnn_call_fail(call, CNN_ERROR_SHAPE, "the indices, %s, do not fit %s",
                               cnn_array_describe(indices).text, cnn_array_describe(input).text);
    return status == CNN_OK ? cnn_call_indices(call, 1, input->shape.dim[*axis]) : status;
}

/* A walk over the indices, and where in `array` each row begins, with 0 on the axis. */
static cnn_walk walk_indices(const cnn_array *array, const cnn_array *indices, int axis) {
    cnn_strides strides[] = {cnn_strides_of(&indices->shape), cnn_strides_of(&array->shape)};
    strides[1].step[axis] = 0;
    return cnn_walk_begin(&indices->shape, 2, strides);
}

cnn_status cnn_run_GatherElements(cnn_call *call) {
    const cnn_array *input = call->inputs[0], *indices = call->inputs[1];
    cnn_array *output;
    int axis = 0;
    cnn_status status = check_elements(call, 0, &axis);
    if (status == CNN_OK)
        status = cnn_call_output(call, 0, input->type, &indices->shape, &output);
    if (status != CNN_OK)
        return status;
    const cnn_around around = cnn_around_axis(&input->shape, axis);
    const size_t size = cnn_type_size(input->type);
    cnn_walk walk = walk_indices(input, indices, axis);
    while (cnn_walk_next(&walk))
        for (int64_t i = 0; i < walk.length; i++) {
            const int64_t index = at_index(indices, walk.at[0] + i, around.size);
            const int64_t from = walk.at[1] + i * walk.step[1] + index * around.behind;
            memcpy((char *)output->data + (size_t)(walk.at[0] + i) * size,
                   (const char *)input->data + (size_t)from * size, size);
        }
    return CNN_OK;
}

/* ---- What becomes of a value that is written to ---------------------------------------------------- */

/* Updates of a copy of input 0 by values of input 2, both in the type to calculate in. */
typedef struct update {
    const cnn_rows *rows; /* NULL: the new value replaces the old one */
    cnn_array copy, room;
    const cnn_array *values;
    size_t size;
} update;

static cnn_status read_reduction(cnn_call *call, int64_t since, const cnn_rows **rows) {
    static const char *const words[] = {"none", "add", "mul", "max", "min", NULL};
    const cnn_rows *const all[] = {NULL, &cnn_rows_add, &cnn_rows_multiply, &cnn_rows_larger,
                                   &cnn_rows_smaller};
    int choice = 0;
    cnn_status status =
        call->opset < since ? CNN_OK : cnn_attribute_choice(&call->attributes, "reduction", words, &choice);
    *rows = all[choice];
    return status;
}

static cnn_status begin_update(cnn_call *call, update *u) {
    const cnn_array *input = call->inputs[0], *values = call->inputs[2];
    *u = (update){0};
    cnn_status status = read_reduction(call, 16, &u->rows);
    if (status == CNN_OK && values->type != input->type)
        status = cnn_call_fail(call, CNN_ERROR_FORMAT, "the updates are %s, expected elements of %s",
                               cnn_array_describe(values).text, cnn_type_name(input->type));
    const cnn_type type = u->rows ? cnn_wide_type(input->type) : input->type;
    if (status == CNN_OK)
        status = cnn_array_new(&u->copy, type, &input->shape, call->budget, call->error);
    if (status == CNN_OK)
        status = cnn_call_widen(call, values, type, &u->room, &u->values);
    if (status == CNN_OK)
        cnn_array_cast(input, &u->copy);
    u->size = cnn_type_size(type);
    return status;
}

/* `count` values that lie side by side. */
static void write_values(update *u, int64_t to, int64_t from, int64_t count) {
    char *old = (char *)u->copy.data + (size_t)to * u->size;
    const char *new = (const char *)u->values->data + (size_t)from * u->size;
    if (u->rows)
        cnn_row_of(u->rows, u->copy.type)(old, 1, new, 1, old, count);
    else
        memcpy(old, new, (size_t)count * u->size);
}

static cnn_status end_update(cnn_call *call, update *u, cnn_status status) {
    cnn_array *output;
    if (status == CNN_OK)
        status = cnn_call_output(call, 0, call->inputs[0]->type, &u->copy.shape, &output);
    if (status == CNN_OK)
        cnn_array_cast(&u->copy, output);
    cnn_array_free(&u->copy, call->budget);
    cnn_array_free(&u->room, call->budget);
    return status;
}

static cnn_status scatter_elements(cnn_call *call, int axis, update *u) {
    const cnn_array *indices = call->inputs[1];
    if (!cnn_shape_equal(&indices->shape, &call->inputs[2]->shape))
        return cnn_call_fail(call, CNN_ERROR_SHAPE, "the indices, %s, and the updates, %s, differ",
                             cnn_array_describe(indices).text, cnn_array_describe(call->inputs[2]).text);
    cnn_status status = begin_update(call, u);
    if (status == CNN_OK)
        status = cnn_call_work(call, indices->elements, 1);
    if (status != CNN_OK)
        return status;
    const cnn_around around = cnn_around_axis(&u->copy.shape, axis);
    cnn_walk walk = walk_indices(&u->copy, indices, axis);
    while (cnn_walk_next(&walk))
        for (int64_t i = 0; i < walk.length; i++) {
            const int64_t index = at_index(indices, walk.at[0] + i, around.size);
            write_values(u, walk.at[1] + i * walk.step[1] + index * around.behind, walk.at[0] + i, 1);
        }
    return CNN_OK;
}

cnn_status cnn_run_ScatterElements(cnn_call *call) {
    int axis = 0;
    update u = {0};
    cnn_status status = check_elements(call, 0, &axis);
    if (status == CNN_OK)
        status = scatter_elements(call, axis, &u);
    return end_update(call, &u, status);
}

/* Its name before operator set 11. */
cnn_status cnn_run_Scatter(cnn_call *call) {
    return cnn_run_ScatterElements(call);
}

/* ---- Tuples of indices ----------------------------------------------------------------------------- */

/* The last axis of input 1 holds tuples: places on axes of input 0, from the axis `batch` on; each is one of `piece`
 * values that lie side by side. */
typedef struct tuples {
    int64_t count, piece; /* `count` tuples in all */
    int length, batch;
    int64_t per_batch; /* tuples */
    cnn_strides strides;
} tuples;

static cnn_status read_tuples(cnn_call *call, int64_t batch, tuples *t) {
    const cnn_shape *input = &call->inputs[0]->shape, *indices = &call->inputs[1]->shape;
    const int64_t length = indices->rank > 0 ? indices->dim[indices->rank - 1] : 0;
    bool fits = batch >= 0 && batch < indices->rank && length >= 1 && batch + length <= input->rank;
    *t = (tuples){.count = 1, .piece = 1, .per_batch = 1, .strides = cnn_strides_of(input)};
    for (int i = 0; fits && i < indices->rank - 1; i++) {
        *(i < batch ? &t->count : &t->per_batch) *= indices->dim[i];
        fits = i >= batch || indices->dim[i] == input->dim[i];
    }
    if (!fits)
        return cnn_call_fail(call, CNN_ERROR_SHAPE, "the indices, %s, do not fit %s",
                             cnn_array_describe(call->inputs[1]).text,
                             cnn_array_describe(call->inputs[0]).text);
    t->batch = (int)batch;
    t->length = (int)length;
    t->count *= t->per_batch;
    for (int i = t->batch + t->length; i < input->rank; i++)
        t->piece *= input->dim[i];
    return CNN_OK;
}

/* Where in input 0 tuple `number` points. */
static cnn_status place_of(const cnn_call *call, const tuples *t, int64_t number, int64_t *place) {
    const cnn_array *input = call->inputs[0], *indices = call->inputs[1];
    int64_t rest = number / t->per_batch;
    *place = 0;
    for (int i = t->batch - 1; i >= 0; i--) {
        *place += rest % input->shape.dim[i] * t->strides.step[i];
        rest /= input->shape.dim[i];
    }
    for (int i = 0; i < t->length; i++) {
        const int64_t size = input->shape.dim[t->batch + i];
        const int64_t index = at_index(indices, number * t->length + i, size);
        if (index < 0 || index >= size)
            return cnn_call_fail(call, CNN_ERROR_ARGUMENT,
                                 "an index of tuple %" PRId64 " is outside an axis of %" PRId64 " values",
                                 number, size);
        *place += index * t->strides.step[t->batch + i];
    }
    return CNN_OK;
}

static cnn_status check_tuples(cnn_call *call, int64_t batch, tuples *t) {
    const cnn_type type = call->inputs[1]->type;
    if (type != CNN_TYPE_INT64 && type != CNN_TYPE_INT32)
        return cnn_call_fail(call, CNN_ERROR_UNSUPPORTED, "the indices are %s, expected int64",
                             cnn_array_describe(call->inputs[1]).text);
    return read_tuples(call, batch, t);
}

cnn_status cnn_run_GatherND(cnn_call *call) {
    const cnn_array *input = call->inputs[0], *indices = call->inputs[1];
    cnn_array *output;
    int64_t batch = 0, place;
    tuples t;
    cnn_status status =
        call->opset >= 12 ? cnn_attribute_integer(&call->attributes, "batch_dims", &batch) : CNN_OK;
    if (status == CNN_OK)
        status = check_tuples(call, batch, &t);
    if (status != CNN_OK)
        return status;
    cnn_shape shape = indices->shape;
    const int behind = input->shape.rank - t.batch - t.length;
    if (--shape.rank + behind > CNN_MAX_RANK)
        return cnn_call_fail(call, CNN_ERROR_UNSUPPORTED, "its output has more than %d axes", CNN_MAX_RANK);
    for (int i = 0; i < behind; i++)
        shape.dim[shape.rank++] = input->shape.dim[t.batch + t.length + i];
    status = cnn_call_output(call, 0, input->type, &shape, &output);
    const size_t piece = (size_t)t.piece * cnn_type_size(input->type);
    for (int64_t i = 0; status == CNN_OK && output->elements > 0 && i < t.count; i++) {
        status = place_of(call, &t, i, &place);
        if (status == CNN_OK)
            memcpy((char *)output->data + (size_t)i * piece,
                   (const char *)input->data + (size_t)place * cnn_type_size(input->type), piece);
    }
    return status;
}

static cnn_status scatter_tuples(cnn_call *call, const tuples *t, update *u) {
    int64_t place, values;
    if (!cnn_multiply(t->count, t->piece, &values) || call->inputs[2]->elements != values)
        return cnn_call_fail(call, CNN_ERROR_SHAPE,
                             "the updates are %s, expected %" PRId64 " pieces of %" PRId64 " values",
                             cnn_array_describe(call->inputs[2]).text, t->count, t->piece);
    cnn_status status = begin_update(call, u);
    for (int64_t i = 0; status == CNN_OK && t->piece > 0 && i < t->count; i++) {
        status = place_of(call, t, i, &place);
        if (status == CNN_OK)
            write_values(u, place, i * t->piece, t->piece);
    }
    return status;
}

cnn_status cnn_run_ScatterND(cnn_call *call) {
    update u = {0};
    tuples t;
    cnn_status status = check_tuples(call, 0, &t);
    if (status == CNN_OK)
        status = scatter_tuples(call, &t, &u);
    return end_update(call, &u, status);
}
