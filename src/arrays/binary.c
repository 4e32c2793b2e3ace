/* Two tensors, element by element, with broadcasting: Add, Sub, Mul, Div, Mod, Pow, PRelu. */
#include "arrays/elementwise.h"

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

static int64_t floored_rest(int64_t x, int64_t y) {
    const int64_t rest = y == -1 ? 0 : x % y;
    return rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest;
}

/* INT64_MIN / -1 does not fit: it wraps around. Divisors are not zero. */
static int64_t quotient(int64_t x, int64_t y) {
    return y == -1 ? (int64_t)(0 - (uint64_t)x) : x / y;
}

CNN_ROWS(divide, x / y, quotient(x, y), x / y)
/* pow() makes infinity of its root. */
static bool has_minus_infinity(const float *values, int64_t step, int64_t count) {
    for (int64_t i = 0; i < count; i++)
        if (values[i * step] == -INFINITY)
            return true;
    return false;
}

CNN_ROW(power, any_real32, float, float, pow((double)x, (double)y))
CNN_ROW(power, real64, double, double, pow(x, y))
CNN_ROW(power, integer, int64_t, int64_t, integer_power(x, y))
CNN_ROW(power, natural, uint64_t, uint64_t, natural_power(x, y))
CNN_ROW(square, real32, float, float, ((void)y, x *x))
CNN_ROW(root, real32, float, float, ((void)y, sqrtf(x)))

/* The exponents that models are full of, one for all, are worth a row of their own. */
static void power_real32(const void *first, int64_t first_step, const void *second, int64_t second_step,
                         void *result, int64_t count) {
    const float exponent = count > 0 && second_step == 0 ? *(const float *)second : 0;
    const cnn_row row = exponent == 2 ? square_real32 : power_any_real32;
    (exponent == 0.5F && !has_minus_infinity(first, first_step, count) ? root_real32 : row)(
        first, first_step, second, second_step, result, count);
}

static const cnn_rows power = {power_real32, power_real64, power_integer, power_natural, false};
CNN_ROWS(slope, x < 0 ? x * y : x, x < 0 ? (uint64_t)x * (uint64_t)y : (uint64_t)x, ((void)y, x))
/* What is left of a division: of the sign of the dividend, or, of integers alone, of the divisor. */
CNN_ROWS(rest, fmod((double)x, (double)y), y == -1 ? 0 : x % y, x % y)
CNN_INTEGER_ROWS(modulo, floored_rest(x, y), x % y)

cnn_status cnn_run_Add(cnn_call *call) {
    return cnn_call_pair(call, &cnn_rows_add, CNN_PAIR_NUMBERS);
}

cnn_status cnn_run_Sub(cnn_call *call) {
    return cnn_call_pair(call, &cnn_rows_subtract, CNN_PAIR_NUMBERS);
}

cnn_status cnn_run_Mul(cnn_call *call) {
    return cnn_call_pair(call, &cnn_rows_multiply, CNN_PAIR_NUMBERS);
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

/* Of two integers: `rows` divide, so that no divisor may be zero. */
static cnn_status divide_by(cnn_call *call, const cnn_rows *rows) {
    const cnn_array *divisor = call->inputs[1];
    if (!cnn_type_is_real(divisor->type) && has_zero(divisor))
        return cnn_call_fail(call, CNN_ERROR_ARGUMENT, "integer division by zero");
    return cnn_call_pair(call, rows, CNN_PAIR_NUMBERS);
}

cnn_status cnn_run_Div(cnn_call *call) {
    return divide_by(call, &divide);
}

cnn_status cnn_run_Mod(cnn_call *call) {
    int64_t as_c = 0;
    cnn_status status = cnn_attribute_integer(&call->attributes, "fmod", &as_c);
    return status == CNN_OK ? divide_by(call, as_c ? &rest : &modulo) : status;
}

cnn_status cnn_run_Pow(cnn_call *call) {
    return cnn_call_pair(call, &power, CNN_PAIR_MIXED);
}

/* The slope is broadcast to the input. Before operator set 7 a list was one slope for each channel. */
cnn_status cnn_run_PRelu(cnn_call *call) {
    const cnn_array *input = call->inputs[0];
    cnn_array slopes = *call->inputs[1];
    cnn_shape shape;
    if (call->opset < 7 && slopes.shape.rank == 1 && slopes.elements > 1)
        while (slopes.shape.rank < input->shape.rank - 1)
            slopes.shape.dim[slopes.shape.rank++] = 1;
    cnn_status status = cnn_call_broadcast(call, input, &slopes, &shape);
    if (status != CNN_OK)
        return status;
    if (!cnn_shape_equal(&shape, &input->shape) || slopes.type != input->type)
        return cnn_call_fail(call, CNN_ERROR_SHAPE, "the slopes, %s, do not fit the input, %s",
                             cnn_array_describe(&slopes).text, cnn_array_describe(input).text);
    return cnn_call_combine(call, &slope, input, &slopes, cnn_wide_type(input->type), input->type, &shape);
}
