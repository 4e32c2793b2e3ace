/* Where the largest or the smallest values lie: ArgMax, ArgMin, TopK, Hardmax. */
#include "arrays/elementwise.h"
#include "arrays/walk.h"

#include "base/memory.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* -1, 0 or 1: elements i and k of an array of a wide type; not-a-number is larger than all numbers. */
static int compare(const cnn_array *array, int64_t i, int64_t k) {
#define COMPARE(type)                                                                                        \
    (((const type *)array->data)[i] > ((const type *)array->data)[k]) -                                      \
        (((const type *)array->data)[i] < ((const type *)array->data)[k])
    switch (array->type) {
    case CNN_TYPE_FLOAT32: {
        const float *values = array->data;
        return isnan(values[i]) || isnan(values[k]) ? isnan(values[i]) - isnan(values[k]) : COMPARE(float);
    }
    case CNN_TYPE_FLOAT64: {
        const double *values = array->data;
        return isnan(values[i]) || isnan(values[k]) ? isnan(values[i]) - isnan(values[k]) : COMPARE(double);
    }
    case CNN_TYPE_UINT64:
        return COMPARE(uint64_t);
    default:
        return COMPARE(int64_t);
    }
#undef COMPARE
}

/* A run of `length` values, `step` apart, from `first` on. */
typedef struct run {
    const cnn_array *values;
    int64_t first, step, length;
    bool largest; /* wanted; else the smallest */
    bool last;    /* of equal ones the last is wanted; else the first */
} run;

/* Whether value i of the run comes before value k. */
static bool is_better(const run *r, int64_t i, int64_t k) {
    const int order = compare(r->values, r->first + i * r->step, r->first + k * r->step);
    if (order != 0)
        return r->largest ? order > 0 : order < 0;
    return r->last ? i > k : i < k;
}

static int64_t best(const run *r) {
    int64_t found = 0;
    for (int64_t i = 1; i < r->length; i++)
        if (is_better(r, i, found))
            found = i;
    return found;
}

/* The runs along an axis, one after the other. */
static run run_number(const run *all, const cnn_around *around, int64_t number) {
    run r = *all;
    r.step = around->behind;
    r.length = around->size;
    r.first = number / around->behind * around->size * around->behind + number % around->behind;
    return r;
}

/* ---- ArgMax, ArgMin -------------------------------------------------------------------------------- */

static cnn_status find_positions(cnn_call *call, const run *all, int axis, cnn_array *output) {
    const cnn_array *input = call->inputs[0], *wide;
    const cnn_around around = cnn_around_axis(&input->shape, axis);
    run runs = *all;
    cnn_array room;
    cnn_status status = cnn_call_widen(call, input, cnn_wide_type(input->type), &room, &wide);
    runs.values = wide;
    for (int64_t i = 0; status == CNN_OK && i < output->elements; i++) {
        const run r = run_number(&runs, &around, i);
        ((int64_t *)output->data)[i] = best(&r);
    }
    cnn_array_free(&room, call->budget);
    return status;
}

static cnn_status find_extremum(cnn_call *call, bool largest) {
    const cnn_array *input = call->inputs[0];
    int64_t keep = 1, last = 0;
    int axis = 0;
    cnn_array *output;
    cnn_shape shape = {0};
    cnn_status status = cnn_call_read_axis(call, 0, input->shape.rank, false, &axis);
    if (status == CNN_OK)
        status = cnn_attribute_integer(&call->attributes, "keepdims", &keep);
    if (status == CNN_OK && call->opset >= 12)
        status = cnn_attribute_integer(&call->attributes, "select_last_index", &last);
    if (status == CNN_OK && input->shape.dim[axis] == 0)
        status = cnn_call_fail(call, CNN_ERROR_SHAPE, "axis %d of %s has no values", axis,
                               cnn_array_describe(input).text);
    for (int i = 0; status == CNN_OK && i < input->shape.rank; i++)
        if (i != axis || keep)
            shape.dim[shape.rank++] = i == axis ? 1 : input->shape.dim[i];
    if (status == CNN_OK)
        status = cnn_call_output(call, 0, CNN_TYPE_INT64, &shape, &output);
    if (status == CNN_OK)
        status = cnn_call_work(call, input->elements, 1);
    const run all = {.largest = largest, .last = last != 0};
    return status == CNN_OK ? find_positions(call, &all, axis, output) : status;
}

cnn_status cnn_run_ArgMax(cnn_call *call) {
    return find_extremum(call, true);
}

cnn_status cnn_run_ArgMin(cnn_call *call) {
    return find_extremum(call, false);
}

/* One where the first of the largest values lies, zero elsewhere. Before operator set 13 all axes from `axis` on are
 * one. */
cnn_status cnn_run_Hardmax(cnn_call *call) {
    const cnn_array *input;
    cnn_array *output;
    int axis = 0;
    const bool one_axis = call->opset >= 13;
    cnn_status status = cnn_call_typed(call, 0, "input", CNN_TYPE_FLOAT32, &input);
    if (status == CNN_OK)
        status = cnn_call_read_axis(call, one_axis ? -1 : 1, input->shape.rank, false, &axis);
    if (status == CNN_OK)
        status = cnn_call_output(call, 0, input->type, &input->shape, &output);
    if (status != CNN_OK || input->elements == 0)
        return status;
    cnn_around around = cnn_around_axis(&input->shape, axis);
    if (!one_axis)
        around = (cnn_around){around.before, around.size * around.behind, 1};
    const run all = {.values = input, .largest = true};
    for (int64_t i = 0; i < around.before * around.behind; i++) {
        const run r = run_number(&all, &around, i);
        ((float *)output->data)[r.first + best(&r) * r.step] = 1;
    }
    return CNN_OK;
}

/* ---- TopK ------------------------------------------------------------------------------------------ */

/* Number `at` of a heap of positions, the best on top, sinks to where it belongs. */
static void sink(const run *r, int64_t *heap, int64_t at, int64_t count) {
    const int64_t sinking = heap[at];
    for (int64_t child = 2 * at + 1; child < count; child = 2 * at + 1) {
        if (child + 1 < count && is_better(r, heap[child + 1], heap[child]))
            child++;
        if (!is_better(r, heap[child], sinking))
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = sinking;
}

/* The best `count` of a run, in order, into outputs of `step` apart from `to` on. `heap` has room for the run. */
static void pick(const run *r, int64_t *heap, int64_t count, cnn_array *values, cnn_array *positions,
                 int64_t to) {
    const size_t size = cnn_type_size(values->type);
    int64_t left = r->length;
    for (int64_t i = 0; i < left; i++)
        heap[i] = i;
    for (int64_t i = left / 2 - 1; i >= 0; i--)
        sink(r, heap, i, left);
    for (int64_t i = 0; i < count; i++) {
        const int64_t at = to + i * r->step;
        ((int64_t *)positions->data)[at] = heap[0];
        memcpy((char *)values->data + (size_t)at * size,
               (const char *)r->values->data + (size_t)(r->first + heap[0] * r->step) * size, size);
        heap[0] = heap[--left];
        sink(r, heap, 0, left);
    }
}

/* `wide` are the input's values, `picked` the best of them, in the same type. */
static cnn_status pick_all(cnn_call *call, const run *all, int axis, cnn_array *picked,
                           cnn_array *positions) {
    const cnn_around from = cnn_around_axis(&all->values->shape, axis);
    const cnn_around to = cnn_around_axis(&picked->shape, axis);
    int64_t *heap =
        cnn_allocate((size_t)(from.size > 0 ? from.size : 1), sizeof *heap, "a heap", call->error);
    if (!heap)
        return CNN_ERROR_MEMORY;
    for (int64_t i = 0; picked->elements > 0 && i < from.before * from.behind; i++) {
        const run r = run_number(all, &from, i);
        pick(&r, heap, to.size, picked, positions, run_number(all, &to, i).first);
    }
    cnn_free(heap);
    return CNN_OK;
}

typedef struct top {
    int64_t count, largest, sorted;
    int axis;
} top;

/* k was an attribute before operator set 10; the smallest may be asked for since 11. */
static cnn_status read_top(cnn_call *call, top *t) {
    const cnn_array *input = call->inputs[0];
    *t = (top){.count = -1, .largest = 1, .sorted = 1};
    cnn_status status = cnn_call_read_axis(call, -1, input->shape.rank, false, &t->axis);
    if (status == CNN_OK)
        status = call->opset >= 10 ? cnn_call_integer(call, 1, "number of values", &t->count)
                                   : cnn_attribute_integer(&call->attributes, "k", &t->count);
    if (status == CNN_OK && call->opset >= 11)
        status = cnn_attribute_integer(&call->attributes, "largest", &t->largest);
    if (status == CNN_OK && call->opset >= 11)
        status = cnn_attribute_integer(&call->attributes, "sorted", &t->sorted);
    if (status == CNN_OK && (t->count < 0 || t->count > input->shape.dim[t->axis]))
        status = cnn_call_fail(call, CNN_ERROR_ARGUMENT, "it is to pick %" PRId64 " values of axis %d of %s",
                               t->count, t->axis, cnn_array_describe(input).text);
    return status;
}

static cnn_status pick_wide(cnn_call *call, const top *t, const cnn_array *wide, cnn_array *values,
                            cnn_array *positions) {
    const run all = {.values = wide, .largest = t->largest != 0};
    cnn_array picked;
    cnn_status status = cnn_array_new(&picked, wide->type, &values->shape, call->budget, call->error);
    if (status == CNN_OK)
        status = pick_all(call, &all, t->axis, &picked, positions);
    if (status == CNN_OK)
        cnn_array_cast(&picked, values);
    cnn_array_free(&picked, call->budget);
    return status;
}

/* Always in order, whether asked for or not. */
cnn_status cnn_run_TopK(cnn_call *call) {
    const cnn_array *input = call->inputs[0], *wide;
    cnn_array *values, *positions, unwanted = {0}, room;
    top t;
    cnn_status status = read_top(call, &t);
    if (status != CNN_OK)
        return status;
    cnn_shape shape = input->shape;
    shape.dim[t.axis] = t.count;
    status = cnn_call_output(call, 0, input->type, &shape, &values);
    if (status != CNN_OK)
        return status;
    positions = call->output_count > 1 ? &call->outputs[1] : &unwanted;
    status = cnn_array_new(positions, CNN_TYPE_INT64, &shape, call->budget, call->error);
    if (status == CNN_OK)
        status = cnn_call_work(call, input->elements, 8);
    if (status == CNN_OK) {
        status = cnn_call_widen(call, input, cnn_wide_type(input->type), &room, &wide);
        if (status == CNN_OK)
            status = pick_wide(call, &t, wide, values, positions);
        cnn_array_free(&room, call->budget);
    }
    cnn_array_free(&unwanted, call->budget);
    return status;
}
