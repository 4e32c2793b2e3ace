/* Values out of nothing, out of one value, and of another type: Constant, ConstantOfShape, Expand,
 * Cast, CastLike. */
#include "arrays/call.h"
#include "arrays/half.h"
#include "arrays/walk.h"

/* The attribute of a Constant that is there; its name says what it is. */
static cnn_status read_constant(cnn_call *call, cnn_array *constant, int64_t *integer, float *real) {
    const cnn_array *array = NULL;
    const int64_t *integers = NULL;
    const float *reals = NULL;
    int64_t integer_count = -1, real_count = -1;
    double given = 0;
    const cnn_shape scalar = {0};
    cnn_status status = cnn_attribute_array(&call->attributes, "value", &array);
    if (status == CNN_OK)
        status = cnn_attribute_integers(&call->attributes, "value_ints", &integers, &integer_count);
    if (status == CNN_OK)
        status = cnn_attribute_reals(&call->attributes, "value_floats", &reals, &real_count);
    if (status == CNN_OK)
        status = cnn_attribute_integer(&call->attributes, "value_int", integer);
    if (status == CNN_OK)
        status = cnn_attribute_real(&call->attributes, "value_float", &given);
    *real = (float)given;
    const cnn_shape integer_list = cnn_shape_1(integer_count), real_list = cnn_shape_1(real_count);
    if (array)
        *constant = *array;
    else if (integer_count >= 0)
        *constant = cnn_array_over(CNN_TYPE_INT64, &integer_list, integers);
    else if (real_count >= 0)
        *constant = cnn_array_over(CNN_TYPE_FLOAT32, &real_list, reals);
    else if (cnn_attribute_given(&call->attributes, "value_int"))
        *constant = cnn_array_over(CNN_TYPE_INT64, &scalar, integer);
    else if (cnn_attribute_given(&call->attributes, "value_float"))
        *constant = cnn_array_over(CNN_TYPE_FLOAT32, &scalar, real);
    else if (status == CNN_OK)
        status = cnn_call_fail(call, CNN_ERROR_UNSUPPORTED, "it has no value that is a tensor of numbers");
    return status;
}

cnn_status cnn_run_Constant(cnn_call *call) {
    cnn_array constant = {0};
    int64_t integer;
    float real;
    cnn_status status = read_constant(call, &constant, &integer, &real);
    return status == CNN_OK ? cnn_call_reshaped(call, 0, &constant, &constant.shape) : status;
}

/* ---- Expand, ConstantOfShape ----------------------------------------------------------------------- */

static cnn_status read_shape(cnn_call *call, int k, cnn_shape *shape) {
    const cnn_array *list;
    cnn_status status = cnn_call_list(call, k, "shape", CNN_MAX_RANK, &list);
    if (status != CNN_OK)
        return status;
    *shape = (cnn_shape){.rank = (int)list->elements};
    for (int i = 0; i < shape->rank; i++)
        shape->dim[i] = cnn_array_integer(list, i);
    return CNN_OK;
}

/* Output 0: `array` broadcast to `shape`. */
static cnn_status spread(cnn_call *call, const cnn_array *array, const cnn_shape *shape) {
    cnn_array *output;
    cnn_status status = cnn_call_output(call, 0, array->type, shape, &output);
    if (status != CNN_OK)
        return status;
    const cnn_strides to = cnn_strides_of(shape), from = cnn_strides_broadcast(&array->shape, shape);
    cnn_copy_strided(output->data, &to, array->data, &from, shape, cnn_type_size(array->type));
    return CNN_OK;
}

cnn_status cnn_run_Expand(cnn_call *call) {
    const cnn_array *input = call->inputs[0];
    cnn_shape wanted, shape;
    cnn_status status = read_shape(call, 1, &wanted);
    if (status != CNN_OK)
        return status;
    if (!cnn_shape_broadcast(&input->shape, &wanted, &shape)) {
        char text[CNN_SHAPE_TEXT];
        return cnn_call_fail(call, CNN_ERROR_SHAPE, "%s does not fit the shape [%s]",
                             cnn_array_describe(input).text, cnn_shape_text(&wanted, text));
    }
    return spread(call, input, &shape);
}

cnn_status cnn_run_ConstantOfShape(cnn_call *call) {
    const float zero = 0;
    const cnn_shape scalar = {0};
    const cnn_array initial = cnn_array_over(CNN_TYPE_FLOAT32, &scalar, &zero), *value = &initial;
    cnn_shape shape;
    cnn_status status = read_shape(call, 0, &shape);
    if (status == CNN_OK)
        status = cnn_attribute_array(&call->attributes, "value", &value);
    if (status != CNN_OK)
        return status;
    if (value->elements != 1)
        return cnn_call_fail(call, CNN_ERROR_FORMAT, "the value is %s, expected one number",
                             cnn_array_describe(value).text);
    const cnn_array one = cnn_array_over(value->type, &scalar, value->data);
    return spread(call, &one, &shape);
}

/* ---- Cast ------------------------------------------------------------------------------------------ */

/* `number` is ONNX's of the type: halves are rounded, and stay float32. */
static cnn_status cast(cnn_call *call, int64_t number, cnn_type type) {
    int64_t ignored; /* "saturate" is about types that are not supported */
    cnn_array *output;
    cnn_status status = cnn_attribute_integer(&call->attributes, "saturate", &ignored);
    if (status == CNN_OK)
        status = cnn_call_output(call, 0, type, &call->inputs[0]->shape, &output);
    if (status != CNN_OK)
        return status;
    cnn_array_cast(call->inputs[0], output);
    cnn_halves_round(number, output);
    return CNN_OK;
}

cnn_status cnn_run_Cast(cnn_call *call) {
    int64_t number = 0;
    cnn_type type;
    cnn_status status = cnn_call_read_type(call, "to", &number, &type);
    return status == CNN_OK ? cast(call, number, type) : status;
}

/* To the type of the second input. */
cnn_status cnn_run_CastLike(cnn_call *call) {
    const cnn_type type = call->inputs[1]->type;
    return cast(call, type, type);
}
