#include "arrays/elementwise.h"

#include "arrays/walk.h"

/* ---- Rows that several operators share ------------------------------------------------------------- */

#define SHARED_ROWS(name, reals, integers, naturals)                                                         \
    CNN_ROW(name, real32, float, float, reals)                                                               \
    CNN_ROW(name, real64, double, double, reals)                                                             \
    CNN_ROW(name, integer, int64_t, int64_t, integers)                                                       \
    CNN_ROW(name, natural, uint64_t, uint64_t, naturals)                                                     \
    const cnn_rows cnn_rows_##name = {name##_real32, name##_real64, name##_integer, name##_natural, false};

SHARED_ROWS(add, x + y, (uint64_t)x + (uint64_t)y, x + y)
SHARED_ROWS(subtract, x - y, (uint64_t)x - (uint64_t)y, x - y)
SHARED_ROWS(multiply, x *y, (uint64_t)x *(uint64_t)y, x *y)
/* Not-a-number is neither equal nor less nor greater. */
SHARED_ROWS(larger, x >= y ? x : (x < y ? y : x + y), x >= y ? x : y, x >= y ? x : y)
SHARED_ROWS(smaller, x <= y ? x : (x > y ? y : x + y), x <= y ? x : y, x <= y ? x : y)

cnn_row cnn_row_of(const cnn_rows *rows, cnn_type type) {
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

/* ---- Types ----------------------------------------------------------------------------------------- */

bool cnn_type_is_real(cnn_type type) {
    return type == CNN_TYPE_FLOAT32 || type == CNN_TYPE_FLOAT64;
}

cnn_type cnn_wide_type(cnn_type type) {
    return cnn_type_is_real(type) || type == CNN_TYPE_UINT64 ? type : CNN_TYPE_INT64;
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

/* ---- Two arrays ------------------------------------------------------------------------------------ */

void cnn_combine(const cnn_rows *rows, const cnn_array *first, const cnn_array *second, cnn_array *result) {
    const cnn_strides strides[] = {cnn_strides_of(&result->shape),
                                   cnn_strides_broadcast(&first->shape, &result->shape),
                                   cnn_strides_broadcast(&second->shape, &result->shape)};
    const cnn_row row = cnn_row_of(rows, first->type);
    const int64_t size = (int64_t)cnn_type_size(first->type);
    const int64_t result_size = (int64_t)cnn_type_size(result->type);
    cnn_walk walk = cnn_walk_begin(&result->shape, 3, strides);
    while (cnn_walk_next(&walk))
        row((const char *)first->data + walk.at[1] * size, walk.step[1],
            (const char *)second->data + walk.at[2] * size, walk.step[2],
            (char *)result->data + walk.at[0] * result_size, walk.length);
}

/* Into output 0, by way of an array of the wide type where the output's is narrower. */
static cnn_status combine_wide(cnn_call *call, const cnn_rows *rows, const cnn_array *first,
                               const cnn_array *second, cnn_array *output) {
    cnn_array wide;
    if (rows->answers || output->type == first->type) {
        cnn_combine(rows, first, second, output);
        return CNN_OK;
    }
    cnn_status status = cnn_array_new(&wide, first->type, &output->shape, call->budget, call->error);
    if (status == CNN_OK) {
        cnn_combine(rows, first, second, &wide);
        cnn_array_cast(&wide, output);
    }
    cnn_array_free(&wide, call->budget);
    return status;
}

cnn_status cnn_call_combine(cnn_call *call, const cnn_rows *rows, const cnn_array *first,
                            const cnn_array *second, cnn_type as, cnn_type type, const cnn_shape *shape) {
    cnn_array rooms[2] = {{0}, {0}}, *output;
    const cnn_array *wide[2];
    cnn_status status = cnn_call_widen(call, first, as, &rooms[0], &wide[0]);
    if (status == CNN_OK)
        status = cnn_call_widen(call, second, as, &rooms[1], &wide[1]);
    if (status == CNN_OK)
        status = cnn_call_output(call, 0, type, shape, &output);
    if (status == CNN_OK)
        status = combine_wide(call, rows, wide[0], wide[1], output);
    cnn_array_free(&rooms[0], call->budget);
    cnn_array_free(&rooms[1], call->budget);
    return status;
}

/* ---- An operator with two inputs ------------------------------------------------------------------- */

cnn_status cnn_call_broadcast(const cnn_call *call, const cnn_array *first, const cnn_array *second,
                              cnn_shape *shape) {
    if (cnn_shape_broadcast(&first->shape, &second->shape, shape))
        return CNN_OK;
    return cnn_call_fail(call, CNN_ERROR_SHAPE, "the shapes %s and %s cannot be broadcast",
                         cnn_array_describe(first).text, cnn_array_describe(second).text);
}

/* Before operator set 7 the second tensor's first axis lay on `axis` of the first one: that is broadcasting
 * with ones behind. */
static cnn_status read_old_axis(cnn_call *call, const cnn_array *first, cnn_array *second) {
    int64_t broadcast = 0, axis = first->shape.rank - second->shape.rank;
    int begin = 0;
    cnn_status status = cnn_attribute_integer(&call->attributes, "broadcast", &broadcast);
    if (status == CNN_OK)
        status = cnn_attribute_integer(&call->attributes, "axis", &axis);
    if (status == CNN_OK && broadcast)
        status = cnn_call_axis(call, axis, first->shape.rank, true, &begin);
    if (status != CNN_OK || !broadcast)
        return status;
    if (begin + second->shape.rank > first->shape.rank)
        return cnn_call_fail(call, CNN_ERROR_SHAPE,
                             "the second tensor has more axes than the first one has from axis %d on", begin);
    while (begin + second->shape.rank < first->shape.rank)
        second->shape.dim[second->shape.rank++] = 1;
    return CNN_OK;
}

static cnn_status check_types(const cnn_call *call, const cnn_rows *rows, cnn_pair_types types) {
    static const char *const expected[] = {"numbers of one type", "numbers", "two of one type", "bool"};
    const cnn_type first = call->inputs[0]->type, second = call->inputs[1]->type;
    bool fits = (first == second || types == CNN_PAIR_MIXED) && cnn_row_of(rows, cnn_wide_type(first));
    if (types == CNN_PAIR_TRUTHS)
        fits = fits && first == CNN_TYPE_BOOL;
    else if (types != CNN_PAIR_ANY)
        fits = fits && first != CNN_TYPE_BOOL && second != CNN_TYPE_BOOL;
    return fits ? CNN_OK
                : cnn_call_fail(call, CNN_ERROR_FORMAT, "it is given %s and %s, expected %s%s",
                                cnn_array_describe(call->inputs[0]).text,
                                cnn_array_describe(call->inputs[1]).text,
                                cnn_row_of(rows, CNN_TYPE_FLOAT32) ? "" : "integers, ", expected[types]);
}

cnn_status cnn_call_pair(cnn_call *call, const cnn_rows *rows, cnn_pair_types types) {
    const cnn_array *first = call->inputs[0];
    cnn_array second = *call->inputs[1];
    cnn_type as = cnn_wide_type(first->type);
    cnn_shape shape;
    cnn_status status = call->opset < 7 ? read_old_axis(call, first, &second) : CNN_OK;
    if (status == CNN_OK)
        status = cnn_call_broadcast(call, first, &second, &shape);
    if (status == CNN_OK)
        status = check_types(call, rows, types);
    if (status != CNN_OK)
        return status;
    if (first->type != second.type && as != CNN_TYPE_FLOAT32)
        as = CNN_TYPE_FLOAT64;
    return cnn_call_combine(call, rows, first, &second, as, rows->answers ? CNN_TYPE_BOOL : first->type,
                            &shape);
}
