/* Two tensors, element by element, with broadcasting: Add, Sub, Mul, Div, Pow, PRelu. */
#include "arrays/elementwise.h"
#include "arrays/walk.h"

#include <math.h>

/* x^y, which wraps around; a negative exponent gives what is left of the fraction. */
static int64_t integer_power(int64_t x, int64_t y) {
    uint64_t power = 1, square = (uint64_t)x;
    if (y < 0)
        return x == 1 ? 1 : x == -1 ? (y % 2 ? -1 : 1) : 0;
    for (; y > 0; y /= 2, square *= square)
        power *= y % 2 ? square : 1;
    return (int64_t)power;
}

static uint64_t natural_power(uint64_t x, uint64_t y) {
    uint64_t power = 1;
    for (; y > 0; y /= 2, x *= x)
        power *= y % 2 ? x : 1;
    return power;
}

/* INT64_MIN / -1 does not fit: it wraps around. Divisors are not zero. */
static int64_t quotient(int64_t x, int64_t y) {
    return y == -1 ? (int64_t)(0 - (uint64_t)x) : x / y;
}

CNN_ROWS(add, x + y, (uint64_t)x + (uint64_t)y, x + y)
CNN_ROWS(subtract, x - y, (uint64_t)x - (uint64_t)y, x - y)
CNN_ROWS(multiply, x *y, (uint64_t)x *(uint64_t)y, x *y)
CNN_ROWS(divide, x / y, quotient(x, y), x / y)
CNN_ROWS(power, pow((double)x, (double)y), integer_power(x, y), natural_power(x, y))
CNN_ROWS(slope, x < 0 ? x * y : x, x < 0 ? (uint64_t)x * (uint64_t)y : (uint64_t)x, ((void)y, x))

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

static cnn_status broadcast(cnn_call *call, const cnn_array *first, const cnn_array *second,
                            cnn_shape *shape) {
    if (cnn_shape_broadcast(&first->shape, &second->shape, shape))
        return CNN_OK;
    return cnn_call_fail(call, CNN_ERROR_SHAPE, "the shapes %s and %s cannot be broadcast",
                         cnn_array_describe(first).text, cnn_array_describe(second).text);
}

/* `as` is the type to calculate in. */
static cnn_status calculate(cnn_call *call, const cnn_rows *rows, const cnn_array *second, cnn_type as,
                            const cnn_shape *shape) {
    cnn_array rooms[2] = {{0}, {0}};
    const cnn_array *wide[2];
    cnn_status status = cnn_call_widen(call, call->inputs[0], as, &rooms[0], &wide[0]);
    if (status == CNN_OK)
        status = cnn_call_widen(call, second, as, &rooms[1], &wide[1]);
    if (status == CNN_OK)
        status = cnn_call_combine(call, rows, wide[0], wide[1], call->inputs[0]->type, shape);
    cnn_array_free(&rooms[0], call->budget);
    cnn_array_free(&rooms[1], call->budget);
    return status;
}

static cnn_status arithmetic(cnn_call *call, const cnn_rows *rows, bool any_types) {
    const cnn_array *first = call->inputs[0];
    cnn_array second = *call->inputs[1];
    cnn_type as = cnn_wide_type(first->type);
    cnn_shape shape;
    cnn_status status = call->opset < 7 ? read_old_axis(call, first, &second) : CNN_OK;
    if (status == CNN_OK)
        status = broadcast(call, first, &second, &shape);
    if (status != CNN_OK)
        return status;
    if (first->type == CNN_TYPE_BOOL || (first->type != second.type && !any_types))
        return cnn_call_fail(call, CNN_ERROR_FORMAT, "it is given %s and %s, expected numbers of one type",
                             cnn_array_describe(first).text, cnn_array_describe(&second).text);
    if (first->type != second.type && as != CNN_TYPE_FLOAT32)
        as = CNN_TYPE_FLOAT64;
    return calculate(call, rows, &second, as, &shape);
}

cnn_status cnn_run_Add(cnn_call *call) {
    return arithmetic(call, &add, false);
}

cnn_status cnn_run_Sub(cnn_call *call) {
    return arithmetic(call, &subtract, false);
}

cnn_status cnn_run_Mul(cnn_call *call) {
    return arithmetic(call, &multiply, false);
}

static bool has_zero(const cnn_array *array) {
    const size_t size = cnn_type_size(array->type);
    for (int64_t i = 0; i < array->elements; i++) {
        bool zero = true;
        for (size_t byte = 0; zero && byte < size; byte++)
            zero = ((const uint8_t *)array->data)[(size_t)i * size + byte] == 0;
        if (zero)
            return true;
    }
    return false;
}

cnn_status cnn_run_Div(cnn_call *call) {
    const cnn_array *divisor = call->inputs[1];
    const bool real = divisor->type == CNN_TYPE_FLOAT32 || divisor->type == CNN_TYPE_FLOAT64;
    if (!real && has_zero(divisor))
        return cnn_call_fail(call, CNN_ERROR_ARGUMENT, "integer division by zero");
    return arithmetic(call, &divide, false);
}

cnn_status cnn_run_Pow(cnn_call *call) {
    return arithmetic(call, &power, true);
}

/* The slope is broadcast to the input. Before operator set 7 a list was one slope for each channel. */
cnn_status cnn_run_PRelu(cnn_call *call) {
    const cnn_array *input = call->inputs[0];
    cnn_array slopes = *call->inputs[1];
    cnn_shape shape;
    if (call->opset < 7 && slopes.shape.rank == 1 && slopes.elements > 1)
        while (slopes.shape.rank < input->shape.rank - 1)
            slopes.shape.dim[slopes.shape.rank++] = 1;
    cnn_status status = broadcast(call, input, &slopes, &shape);
    if (status != CNN_OK)
        return status;
    if (!cnn_shape_equal(&shape, &input->shape) || slopes.type != input->type)
        return cnn_call_fail(call, CNN_ERROR_SHAPE, "the slopes, %s, do not fit the input, %s",
                             cnn_array_describe(&slopes).text, cnn_array_describe(input).text);
    return calculate(call, &slope, &slopes, cnn_wide_type(input->type), &shape);
}
