#include "arrays/call.h"
#include "arrays/half.h"

#include "base/memory.h"

#include <inttypes.h>
#include <string.h>

/* ---- Inputs ---------------------------------------------------------------------------------------- */

const cnn_array *cnn_call_input(const cnn_call *call, int k) {
    return k < call->input_count ? call->inputs[k] : NULL;
}

cnn_status cnn_call_typed(const cnn_call *call, int k, const char *what, cnn_type type,
                          const cnn_array **array) {
    *array = cnn_call_input(call, k);
    if (*array && (*array)->type == type)
        return CNN_OK;
    return cnn_call_fail(call, CNN_ERROR_UNSUPPORTED, "the %s (input %d) %s%s, expected %s", what, k,
                         *array ? "has elements of " : "is left out",
                         *array ? cnn_type_name((*array)->type) : "", cnn_type_name(type));
}

cnn_status cnn_call_list(const cnn_call *call, int k, const char *what, int64_t max,
                         const cnn_array **array) {
    *array = cnn_call_input(call, k);
    if (!*array)
        return CNN_OK;
    const bool integers = (*array)->type == CNN_TYPE_INT64 || (*array)->type == CNN_TYPE_INT32;
    if (!integers || (*array)->shape.rank > 1 || (max && (*array)->elements > max))
        return cnn_call_fail(call, CNN_ERROR_FORMAT, "the %s (input %d) is %s, expected a list of int64",
                             what, k, cnn_array_describe(*array).text);
    return CNN_OK;
}

static cnn_status copy_input(cnn_call *call, int k, const char *name, int64_t values[CNN_MAX_LIST],
                             int *count) {
    const cnn_array *list;
    cnn_status status = cnn_call_list(call, k, name, CNN_MAX_LIST, &list);
    if (status != CNN_OK || !list)
        return status;
    *count = (int)list->elements;
    for (int i = 0; i < *count; i++)
        values[i] = cnn_array_integer(list, i);
    return CNN_OK;
}

cnn_status cnn_call_numbers(cnn_call *call, int k, const char *name, bool as_input,
                            int64_t values[CNN_MAX_LIST], int *count) {
    const int64_t *list = NULL;
    int64_t length = -1;
    *count = -1;
    if (as_input)
        return copy_input(call, k, name, values, count);
    cnn_status status = cnn_attribute_integers(&call->attributes, name, &list, &length);
    if (status != CNN_OK || length < 0)
        return status;
    if (length > CNN_MAX_LIST)
        return cnn_call_fail(call, CNN_ERROR_UNSUPPORTED,
                             "the attribute %s has %" PRId64 " values; at most %d are supported", name,
                             length, CNN_MAX_LIST);
    *count = (int)length;
    for (int i = 0; i < *count; i++)
        values[i] = list[i];
    return CNN_OK;
}

cnn_status cnn_call_indices(const cnn_call *call, int k, int64_t size) {
    const cnn_array *indices = call->inputs[k];
    if (indices->type != CNN_TYPE_INT64 && indices->type != CNN_TYPE_INT32)
        return cnn_call_fail(call, CNN_ERROR_UNSUPPORTED, "the indices (input %d) are %s, expected int64", k,
                             cnn_array_describe(indices).text);
    for (int64_t i = 0; i < indices->elements; i++) {
        const int64_t index = cnn_array_integer(indices, i);
        if (index < -size || index >= size)
            return cnn_call_fail(call, CNN_ERROR_ARGUMENT,
                                 "index %" PRId64 " is outside an axis of %" PRId64 " values", index, size);
    }
    return CNN_OK;
}

/* Input `k` cast to `value`, one element of `type`. */
static cnn_status read_one(const cnn_call *call, int k, const char *what, cnn_type type, void *value) {
    const cnn_array *input = cnn_call_input(call, k);
    const cnn_shape one = {0};
    if (!input)
        return CNN_OK;
    if (input->elements != 1)
        return cnn_call_fail(call, CNN_ERROR_FORMAT, "the %s (input %d) is %s, expected one number", what, k,
                             cnn_array_describe(input).text);
    cnn_array to = cnn_array_over(type, &one, value);
    cnn_array_cast(input, &to);
    return CNN_OK;
}

cnn_status cnn_call_number(const cnn_call *call, int k, const char *what, double *value) {
    return read_one(call, k, what, CNN_TYPE_FLOAT64, value);
}

cnn_status cnn_call_integer(const cnn_call *call, int k, const char *what, int64_t *value) {
    return read_one(call, k, what, CNN_TYPE_INT64, value);
}

cnn_status cnn_call_read_type(cnn_call *call, const char *name, int64_t *number, cnn_type *type) {
    cnn_status status = cnn_attribute_integer(&call->attributes, name, number);
    if (status == CNN_OK && !cnn_type_held(*number, type))
        status =
            cnn_call_fail(call, CNN_ERROR_UNSUPPORTED, "%s %" PRId64 ", elements of %s, is not supported",
                          name, *number, cnn_type_name((cnn_type)*number));
    return status;
}

/* ---- Axes ------------------------------------------------------------------------------------------ */

cnn_status cnn_call_axis(const cnn_call *call, int64_t axis, int rank, bool past, int *found) {
    const int64_t max = rank + (past ? 1 : 0);
    if (axis < -(int64_t)rank || axis >= max)
        return cnn_call_fail(call, CNN_ERROR_SHAPE, "axis %" PRId64 " is outside a tensor of %d axes", axis,
                             rank);
    *found = (int)(axis < 0 ? axis + rank : axis);
    return CNN_OK;
}

cnn_status cnn_call_read_axis(cnn_call *call, int64_t initial, int rank, bool past, int *found) {
    int64_t axis = initial;
    cnn_status status = cnn_attribute_integer(&call->attributes, "axis", &axis);
    return status == CNN_OK ? cnn_call_axis(call, axis, rank, past, found) : status;
}

cnn_status cnn_call_mark_axes(const cnn_call *call, const int64_t *axes, int count, int rank,
                              bool marked[CNN_MAX_RANK]) {
    memset(marked, 0, CNN_MAX_RANK * sizeof *marked);
    for (int i = 0; i < count; i++) {
        int axis = 0;
        cnn_status status = cnn_call_axis(call, axes[i], rank, false, &axis);
        if (status != CNN_OK)
            return status;
        if (marked[axis])
            return cnn_call_fail(call, CNN_ERROR_FORMAT, "axis %d appears twice in the list of axes", axis);
        marked[axis] = true;
    }
    return CNN_OK;
}

/* ---- Outputs --------------------------------------------------------------------------------------- */

bool cnn_call_wants(const cnn_call *call, int k) {
    return k < call->output_count && (!call->wanted || call->wanted[k]);
}

cnn_status cnn_call_work(cnn_call *call, int64_t count, int64_t each) {
    int64_t work;
    const bool counted = cnn_multiply(count, each, &work);
    for (const cnn_budget *budget = call->budget; budget; budget = budget->within)
        if (!counted || work > budget->work)
            return cnn_call_fail(call, CNN_ERROR_UNSUPPORTED,
                                 "it needs more than the %" PRId64 " steps that are left", budget->work);
    for (cnn_budget *budget = call->budget; budget; budget = budget->within)
        budget->work -= work;
    return CNN_OK;
}

cnn_status cnn_call_output(cnn_call *call, int k, cnn_type type, const cnn_shape *shape, cnn_array **output) {
    *output = &call->outputs[k];
    cnn_status status = cnn_array_new(*output, type, shape, call->budget, call->error);
    return status == CNN_OK ? cnn_call_work(call, (*output)->elements, 1) : status;
}

cnn_status cnn_call_reshaped(cnn_call *call, int k, const cnn_array *array, const cnn_shape *shape) {
    cnn_array *output;
    cnn_status status = cnn_call_output(call, k, array->type, shape, &output);
    if (status == CNN_OK && array->elements > 0)
        memcpy(output->data, array->data, (size_t)array->elements * cnn_type_size(array->type));
    return status;
}
