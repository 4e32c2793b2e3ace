/* Between real numbers and integers with a scale and a zero point: QuantizeLinear, DequantizeLinear,
 * DynamicQuantizeLinear. */
#include "arrays/elementwise.h"
#include "arrays/quantize.h"
#include "arrays/walk.h"

#include "base/numbers.h"

#include <inttypes.h>
#include <math.h>

/* ---- Types ----------------------------------------------------------------------------------------- */

bool cnn_quantized_limits(cnn_type type, double limits[2]) {
    static const struct {
        cnn_type type;
        double min, max;
    } rows[] = {{CNN_TYPE_UINT8, 0, UINT8_MAX},
                {CNN_TYPE_INT8, INT8_MIN, INT8_MAX},
                {CNN_TYPE_UINT16, 0, UINT16_MAX},
                {CNN_TYPE_INT16, INT16_MIN, INT16_MAX},
                {CNN_TYPE_INT32, INT32_MIN, INT32_MAX}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].type == type) {
            limits[0] = rows[i].min;
            limits[1] = rows[i].max;
            return true;
        }
    return false;
}

/* A value of an array of such a type, or of float32. */
static double number_at(const cnn_array *array, int64_t i) {
    switch (array->type) {
    case CNN_TYPE_FLOAT32:
        return (double)((const float *)array->data)[i];
    case CNN_TYPE_UINT8:
        return ((const uint8_t *)array->data)[i];
    case CNN_TYPE_INT8:
        return ((const int8_t *)array->data)[i];
    case CNN_TYPE_UINT16:
        return ((const uint16_t *)array->data)[i];
    case CNN_TYPE_INT16:
        return ((const int16_t *)array->data)[i];
    default:
        return ((const int32_t *)array->data)[i];
    }
}

void cnn_store_quantized(cnn_array *array, int64_t i, double value, const double limits[2]) {
    const double within = isnan(value) ? 0 : cnn_limit(value, limits);
    switch (array->type) {
    case CNN_TYPE_UINT8:
        ((uint8_t *)array->data)[i] = (uint8_t)within;
        return;
    case CNN_TYPE_INT8:
        ((int8_t *)array->data)[i] = (int8_t)within;
        return;
    case CNN_TYPE_UINT16:
        ((uint16_t *)array->data)[i] = (uint16_t)within;
        return;
    case CNN_TYPE_INT16:
        ((int16_t *)array->data)[i] = (int16_t)within;
        return;
    default:
        ((int32_t *)array->data)[i] = (int32_t)within;
    }
}

/* ---- Scales ---------------------------------------------------------------------------------------- */

/* Scales of all values, of each place on an axis, or of blocks of such places. */
typedef struct scales {
    const cnn_array *scale, *zero; /* zero NULL: none */
    cnn_around around;
    int64_t block; /* places on the axis that share a scale; 0: all values do */
} scales;

static int64_t scale_index(const scales *s, int64_t i) {
    const cnn_around *a = &s->around;
    if (s->block == 0)
        return 0;
    const int64_t place = i / a->behind % a->size;
    if (s->scale->shape.rank == 1)
        return place;
    const int64_t blocks = cnn_ceil_div(a->size, s->block);
    return (i / (a->behind * a->size) * blocks + place / s->block) * a->behind + i % a->behind;
}

static bool fits_blocks(const scales *s, const cnn_shape *input, int axis, int64_t block) {
    cnn_shape expected = *input;
    if (block < 1 || block > INT32_MAX)
        return false;
    expected.dim[axis] = cnn_ceil_div(input->dim[axis], block);
    return cnn_shape_equal(&expected, &s->scale->shape);
}

static cnn_status read_scales(cnn_call *call, scales *s) {
    const cnn_array *input = call->inputs[0];
    int64_t block = 0, ignored, position = 1;
    int axis = 0;
    *s = (scales){.zero = cnn_call_input(call, 2)};
    cnn_status status = cnn_call_typed(call, 1, "scale", CNN_TYPE_FLOAT32, &s->scale);
    if (status == CNN_OK)
        status = cnn_attribute_integer(&call->attributes, "axis", &position);
    if (status == CNN_OK)
        status = cnn_attribute_integer(&call->attributes, "block_size", &block);
    if (status == CNN_OK)
        status = cnn_attribute_integer(&call->attributes, "saturate", &ignored); /* of 8-bit reals alone */
    if (status == CNN_OK && (s->scale->elements != 1 || block > 0))
        status = cnn_call_axis(call, position, input->shape.rank, false, &axis);
    if (status != CNN_OK)
        return status;
    bool fits = !s->zero || s->zero->elements == s->scale->elements;
    if (s->scale->elements != 1 || block > 0) {
        s->around = cnn_around_axis(&input->shape, axis);
        s->block = block > 0 ? block : 1;
        fits = fits && (s->scale->shape.rank == 1 ? block == 0 && s->scale->elements == s->around.size
                                                  : fits_blocks(s, &input->shape, axis, block));
    }
    return fits ? CNN_OK
                : cnn_call_fail(call, CNN_ERROR_SHAPE, "the scale, %s, and the zero point do not fit %s",
                                cnn_array_describe(s->scale).text, cnn_array_describe(input).text);
}

/* ---- Operators ------------------------------------------------------------------------------------- */

static cnn_status quantized_type(cnn_call *call, const scales *s, cnn_type *type, double limits[2]) {
    int64_t number = s->zero ? (int64_t)s->zero->type : CNN_TYPE_UINT8, precision;
    cnn_status status = cnn_attribute_integer(&call->attributes, "precision", &precision);
    if (status == CNN_OK && !s->zero)
        status = cnn_attribute_integer(&call->attributes, "output_dtype", &number);
    *type = (cnn_type)(number ? number : CNN_TYPE_UINT8);
    if (status == CNN_OK && !cnn_quantized_limits(*type, limits))
        status = cnn_call_fail(call, CNN_ERROR_UNSUPPORTED, "it is to become %s, which is not supported",
                               cnn_type_name(*type));
    return status;
}

cnn_status cnn_run_QuantizeLinear(cnn_call *call) {
    const cnn_array *input = call->inputs[0];
    cnn_array *output;
    cnn_type type;
    double limits[2];
    scales s;
    cnn_status status = read_scales(call, &s);
    if (status == CNN_OK)
        status = quantized_type(call, &s, &type, limits);
    if (status == CNN_OK && input->type != CNN_TYPE_FLOAT32 && input->type != CNN_TYPE_INT32)
        status = cnn_call_fail(call, CNN_ERROR_UNSUPPORTED, "it is given %s, expected float32",
                               cnn_array_describe(input).text);
    if (status == CNN_OK)
        status = cnn_call_output(call, 0, type, &input->shape, &output);
    for (int64_t i = 0; status == CNN_OK && i < input->elements; i++) {
        const int64_t at = scale_index(&s, i);
        const float scaled = (float)number_at(input, i) / ((const float *)s.scale->data)[at];
        cnn_store_quantized(output, i, rint((double)scaled) + (s.zero ? number_at(s.zero, at) : 0), limits);
    }
    return status;
}

cnn_status cnn_run_DequantizeLinear(cnn_call *call) {
    const cnn_array *input = call->inputs[0];
    cnn_array *output;
    double limits[2];
    scales s;
    cnn_status status = read_scales(call, &s);
    if (status == CNN_OK &&
        (!cnn_quantized_limits(input->type, limits) || (s.zero && s.zero->type != input->type)))
        status =
            cnn_call_fail(call, CNN_ERROR_UNSUPPORTED,
                          "it is given %s, expected integers of at most 32 bits, and a zero point of the "
                          "same type",
                          cnn_array_describe(input).text);
    if (status == CNN_OK)
        status = cnn_call_output(call, 0, CNN_TYPE_FLOAT32, &input->shape, &output);
    for (int64_t i = 0; status == CNN_OK && i < input->elements; i++) {
        const int64_t at = scale_index(&s, i);
        const double distance = number_at(input, i) - (s.zero ? number_at(s.zero, at) : 0);
        ((float *)output->data)[i] = (float)distance * ((const float *)s.scale->data)[at];
    }
    return status;
}

/* The range of values, with 0 in it. */
static void range_of(const cnn_array *input, float range[2]) {
    const float *values = input->data;
    range[0] = range[1] = 0;
    for (int64_t i = 0; i < input->elements; i++) {
        range[0] = values[i] < range[0] ? values[i] : range[0];
        range[1] = values[i] > range[1] ? values[i] : range[1];
    }
}

/* The scale follows from the values: outputs are uint8, its scale and its zero point. */
cnn_status cnn_run_DynamicQuantizeLinear(cnn_call *call) {
    static const double limits[] = {0, UINT8_MAX};
    const cnn_array *input;
    const cnn_shape one = {0};
    float range[2];
    cnn_array *output, *scale, *zero;
    cnn_status status = cnn_call_typed(call, 0, "input", CNN_TYPE_FLOAT32, &input);
    if (status == CNN_OK && call->output_count < 3)
        status = cnn_call_fail(call, CNN_ERROR_FORMAT, "it has %d outputs, expected 3", call->output_count);
    if (status == CNN_OK)
        status = cnn_call_output(call, 0, CNN_TYPE_UINT8, &input->shape, &output);
    if (status == CNN_OK)
        status = cnn_call_output(call, 1, CNN_TYPE_FLOAT32, &one, &scale);
    if (status == CNN_OK)
        status = cnn_call_output(call, 2, CNN_TYPE_UINT8, &one, &zero);
    if (status != CNN_OK)
        return status;
    range_of(input, range);
    const float step = (range[1] - range[0]) / UINT8_MAX;
    *(float *)scale->data = step;
    cnn_store_quantized(zero, 0, step > 0 ? rint((double)(-range[0] / step)) : 0, limits);
    for (int64_t i = 0; step > 0 && i < input->elements; i++)
        cnn_store_quantized(
            output, i, rint((double)(((const float *)input->data)[i] / step)) + number_at(zero, 0), limits);
    return CNN_OK;
}
