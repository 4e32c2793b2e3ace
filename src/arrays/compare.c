/* What answers with true or false, and what is chosen by it: Equal, Less and their kin, And, Or, Xor, Not, IsNaN,
 * IsInf, Where; and the operators on bits. */
#include "arrays/elementwise.h"
#include "arrays/walk.h"

#include <math.h>
#include <string.h>

/* ---- Two arrays ------------------------------------------------------------------------------------ */

CNN_ANSWERS(equal, x == y)
CNN_ANSWERS(less, x < y)
CNN_ANSWERS(less_or_equal, x <= y)
CNN_ANSWERS(greater, x > y)
CNN_ANSWERS(greater_or_equal, x >= y)
CNN_ANSWERS(both, x != 0 && y != 0)
CNN_ANSWERS(either, x != 0 || y != 0)
CNN_ANSWERS(one, (x != 0) != (y != 0))
CNN_INTEGER_ROWS(bits_of_both, x &y, x &y)
CNN_INTEGER_ROWS(bits_of_either, x | y, x | y)
CNN_INTEGER_ROWS(bits_of_one, x ^ y, x ^ y)
/* Shifts are of types without a sign; narrow ones lie in an int64, whose lower bits are kept. */
CNN_INTEGER_ROWS(left, y < 64 ? (uint64_t)x << y : 0, y < 64 ? x << y : 0)
CNN_INTEGER_ROWS(right, y < 64 ? (uint64_t)x >> y : 0, y < 64 ? x >> y : 0)

#define PAIR(name, rows, types)                                                                              \
    cnn_status cnn_run_##name(cnn_call *call) {                                                              \
        return cnn_call_pair(call, &rows, types);                                                            \
    }
PAIR(Equal, equal, CNN_PAIR_ANY)
PAIR(Less, less, CNN_PAIR_NUMBERS)
PAIR(LessOrEqual, less_or_equal, CNN_PAIR_NUMBERS)
PAIR(Greater, greater, CNN_PAIR_NUMBERS)
PAIR(GreaterOrEqual, greater_or_equal, CNN_PAIR_NUMBERS)
PAIR(And, both, CNN_PAIR_TRUTHS)
PAIR(Or, either, CNN_PAIR_TRUTHS)
PAIR(Xor, one, CNN_PAIR_TRUTHS)
PAIR(BitwiseAnd, bits_of_both, CNN_PAIR_NUMBERS)
PAIR(BitwiseOr, bits_of_either, CNN_PAIR_NUMBERS)
PAIR(BitwiseXor, bits_of_one, CNN_PAIR_NUMBERS)

cnn_status cnn_run_BitShift(cnn_call *call) {
    static const char *const directions[] = {"LEFT", "RIGHT", NULL};
    const cnn_type type = call->inputs[0]->type;
    int direction = -1;
    cnn_status status = cnn_attribute_choice(&call->attributes, "direction", directions, &direction);
    if (status != CNN_OK)
        return status;
    const bool is_natural = type == CNN_TYPE_UINT8 || type == CNN_TYPE_UINT16 || type == CNN_TYPE_UINT32 ||
                            type == CNN_TYPE_UINT64;
    if (direction < 0 || !is_natural)
        return cnn_call_fail(
            call, CNN_ERROR_FORMAT, "it is given %s%s, expected integers without a sign and a direction",
            cnn_array_describe(call->inputs[0]).text, direction < 0 ? " and no direction" : "");
    return cnn_call_pair(call, direction ? &right : &left, CNN_PAIR_NUMBERS);
}

/* ---- One array ------------------------------------------------------------------------------------- */

cnn_status cnn_run_Not(cnn_call *call) {
    const cnn_array *input;
    cnn_array *output;
    cnn_status status = cnn_call_typed(call, 0, "input", CNN_TYPE_BOOL, &input);
    if (status == CNN_OK)
        status = cnn_call_output(call, 0, CNN_TYPE_BOOL, &input->shape, &output);
    for (int64_t i = 0; status == CNN_OK && i < input->elements; i++)
        ((uint8_t *)output->data)[i] = !((const uint8_t *)input->data)[i];
    return status;
}

static cnn_status ask(cnn_call *call, bool (*question)(double x, const bool *signs), const bool *signs) {
    const cnn_array *input = call->inputs[0];
    cnn_array *output;
    if (!cnn_type_is_real(input->type))
        return cnn_call_fail(call, CNN_ERROR_UNSUPPORTED, "it is given %s, expected float32",
                             cnn_array_describe(input).text);
    cnn_status status = cnn_call_output(call, 0, CNN_TYPE_BOOL, &input->shape, &output);
    for (int64_t i = 0; status == CNN_OK && i < input->elements; i++)
        ((uint8_t *)output->data)[i] =
            question(input->type == CNN_TYPE_FLOAT32 ? (double)((const float *)input->data)[i]
                                                     : ((const double *)input->data)[i],
                     signs);
    return status;
}

static bool is_nan(double x, const bool *signs) {
    (void)signs;
    return isnan(x);
}

static bool is_infinite(double x, const bool *signs) {
    return isinf(x) && signs[x > 0];
}

cnn_status cnn_run_IsNaN(cnn_call *call) {
    return ask(call, is_nan, NULL);
}

cnn_status cnn_run_IsInf(cnn_call *call) {
    int64_t negative = 1, positive = 1;
    cnn_status status = cnn_attribute_integer(&call->attributes, "detect_negative", &negative);
    if (status == CNN_OK)
        status = cnn_attribute_integer(&call->attributes, "detect_positive", &positive);
    const bool signs[] = {negative != 0, positive != 0};
    return status == CNN_OK ? ask(call, is_infinite, signs) : status;
}

/* ---- Where ----------------------------------------------------------------------------------------- */

static void choose(const cnn_array *condition, const cnn_array *yes, const cnn_array *no, cnn_array *output) {
    const cnn_array *all[] = {output, condition, yes, no};
    cnn_strides strides[4];
    for (int k = 0; k < 4; k++)
        strides[k] = cnn_strides_broadcast(&all[k]->shape, &output->shape);
    const size_t size = cnn_type_size(output->type);
    cnn_walk walk = cnn_walk_begin(&output->shape, 4, strides);
    while (cnn_walk_next(&walk))
        for (int64_t i = 0; i < walk.length; i++) {
            const int k = ((const uint8_t *)condition->data)[walk.at[1] + i * walk.step[1]] ? 2 : 3;
            memcpy((char *)output->data + (size_t)(walk.at[0] + i) * size,
                   (const char *)all[k]->data + (size_t)(walk.at[k] + i * walk.step[k]) * size, size);
        }
}

cnn_status cnn_run_Where(cnn_call *call) {
    const cnn_array *condition, *yes = call->inputs[1], *no = call->inputs[2];
    cnn_array *output;
    cnn_shape shape;
    cnn_status status = cnn_call_typed(call, 0, "condition", CNN_TYPE_BOOL, &condition);
    if (status != CNN_OK)
        return status;
    if (yes->type != no->type || !cnn_shape_broadcast(&yes->shape, &no->shape, &shape) ||
        !cnn_shape_broadcast(&shape, &condition->shape, &shape))
        return cnn_call_fail(call, CNN_ERROR_SHAPE, "%s, %s and %s do not fit",
                             cnn_array_describe(condition).text, cnn_array_describe(yes).text,
                             cnn_array_describe(no).text);
    status = cnn_call_output(call, 0, yes->type, &shape, &output);
    if (status == CNN_OK)
        choose(condition, yes, no, output);
    return status;
}
