#include "arrays/elementwise.h"

#include "arrays/walk.h"

cnn_type cnn_wide_type(cnn_type type) {
    return type == CNN_TYPE_FLOAT32 || type == CNN_TYPE_FLOAT64 || type == CNN_TYPE_UINT64 ? type
                                                                                           : CNN_TYPE_INT64;
}

cnn_status cnn_call_widen(cnn_call *call, const cnn_array *array, cnn_type type, cnn_array *room,
                          const cnn_array **widened) {
    *room = (cnn_array){0};
    *widened = array;
    if (array->type == type)
        return CNN_OK;
    cnn_status status = cnn_array_new(room, type, &array->shape, call->budget, call->error);
    if (status != CNN_OK)
        return status;
    cnn_array_cast(array, room);
    *widened = room;
    return CNN_OK;
}

static cnn_row row_of(const cnn_rows *rows, cnn_type type) {
    switch (type) {
    case CNN_TYPE_FLOAT32:
        return rows->real32;
    case CNN_TYPE_FLOAT64:
        return rows->real64;
    case CNN_TYPE_UINT64:
        return rows->natural;
    default:
        return rows->integer;
    }
}

void cnn_combine(const cnn_rows *rows, const cnn_array *first, const cnn_array *second, cnn_array *result) {
    const cnn_strides strides[] = {cnn_strides_of(&result->shape),
                                   cnn_strides_broadcast(&first->shape, &result->shape),
                                   cnn_strides_broadcast(&second->shape, &result->shape)};
    const cnn_row row = row_of(rows, result->type);
    const int64_t size = (int64_t)cnn_type_size(result->type);
    cnn_walk walk = cnn_walk_begin(&result->shape, 3, strides);
    while (cnn_walk_next(&walk))
        row((const char *)first->data + walk.at[1] * size, walk.step[1],
            (const char *)second->data + walk.at[2] * size, walk.step[2],
            (char *)result->data + walk.at[0] * size, walk.length);
}

cnn_status cnn_call_combine(cnn_call *call, const cnn_rows *rows, const cnn_array *first,
                            const cnn_array *second, cnn_type type, const cnn_shape *shape) {
    cnn_array *output, wide;
    cnn_status status = cnn_call_output(call, 0, type, shape, &output);
    if (status != CNN_OK)
        return status;
    if (type == first->type) {
        cnn_combine(rows, first, second, output);
        return CNN_OK;
    }
    status = cnn_array_new(&wide, first->type, shape, call->budget, call->error);
    if (status == CNN_OK) {
        cnn_combine(rows, first, second, &wide);
        cnn_array_cast(&wide, output);
    }
    cnn_array_free(&wide, call->budget);
    return status;
}
