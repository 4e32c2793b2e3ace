/* Values that are counted or added up along an axis: Range, Size, EyeLike, OneHot, CumSum. */
#include "arrays/elementwise.h"
#include "arrays/walk.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* ---- Size, Range ----------------------------------------------------------------------------------- */

cnn_status cnn_run_Size(cnn_call *call) {
    const cnn_shape one = {0};
    const cnn_array count = cnn_array_over(CNN_TYPE_INT64, &one, &call->inputs[0]->elements);
    return cnn_call_reshaped(call, 0, &count, &one);
}

/* How many values a Range has; -1: too many, or its step is none. */
static double count_range(const double limits[3]) {
    const double count = ceil((limits[1] - limits[0]) / limits[2]);
    return limits[2] == 0 || !(count < 0x1p53) ? -1 : count < 0 ? 0 : count;
}

/* Steps of float32 are taken in float32. */
static double step_of(cnn_type type, const double limits[3], int64_t i) {
    return type == CNN_TYPE_FLOAT32 ? (double)((float)limits[0] + (float)i * (float)limits[2])
                                    : limits[0] + (double)i * limits[2];
}

cnn_status cnn_run_Range(cnn_call *call) {
    static const char *const names[] = {"start", "limit", "step"};
    const cnn_type type = call->inputs[0]->type;
    const cnn_shape one = {0};
    double limits[3];
    cnn_array *output;
    cnn_status status = CNN_OK;
    for (int k = 0; status == CNN_OK && k < 3; k++) {
        status = cnn_call_number(call, k, names[k], &limits[k]);
        if (status == CNN_OK && (call->inputs[k]->type != type || type == CNN_TYPE_BOOL))
            status = cnn_call_fail(call, CNN_ERROR_FORMAT, "the %s is %s, expected a number of %s", names[k],
                                   cnn_array_describe(call->inputs[k]).text, cnn_type_name(type));
    }
    if (status != CNN_OK)
        return status;
    const double count = count_range(limits);
    if (count < 0)
        return cnn_call_fail(call, CNN_ERROR_ARGUMENT, "it cannot go from %g to %g in steps of %g", limits[0],
                             limits[1], limits[2]);
    const cnn_shape shape = cnn_shape_1((int64_t)count);
    status = cnn_call_output(call, 0, type, &shape, &output);
    for (int64_t i = 0; status == CNN_OK && i < output->elements; i++) {
        const double value = step_of(type, limits, i);
        const cnn_array from = cnn_array_over(CNN_TYPE_FLOAT64, &one, &value);
        cnn_array to = cnn_array_over(type, &one, (char *)output->data + (size_t)i * cnn_type_size(type));
        cnn_array_cast(&from, &to);
    }
    return status;
}

/* ---- EyeLike, OneHot ------------------------------------------------------------------------------- */

static void set_to_one(cnn_array *array, int64_t index) {
    const uint8_t truth = 1;
    const cnn_shape one = {0};
    const cnn_array from = cnn_array_over(CNN_TYPE_BOOL, &one, &truth);
    cnn_array to =
        cnn_array_over(array->type, &one, (char *)array->data + (size_t)index * cnn_type_size(array->type));
    cnn_array_cast(&from, &to);
}

cnn_status cnn_run_EyeLike(cnn_call *call) {
    const cnn_array *input = call->inputs[0];
    int64_t number = input->type, k = 0;
    cnn_type type;
    cnn_array *output;
    cnn_status status = cnn_call_read_type(call, "dtype", &number, &type);
    if (status == CNN_OK)
        status = cnn_attribute_integer(&call->attributes, "k", &k);
    if (status == CNN_OK && input->shape.rank != 2)
        status = cnn_call_fail(call, CNN_ERROR_SHAPE, "it is given %s, expected a matrix",
                               cnn_array_describe(input).text);
    if (status == CNN_OK)
        status = cnn_call_output(call, 0, type, &input->shape, &output);
    if (status != CNN_OK || k <= -INT32_MAX || k >= INT32_MAX)
        return status; /* a diagonal so far outside is not there */
    const int64_t columns = input->shape.dim[1];
    for (int64_t row = 0; row < input->shape.dim[0] && columns > 0; row++)
        if (row + k >= 0 && row + k < columns)
            set_to_one(output, row * columns + row + k);
    return CNN_OK;
}

/* The indices' shape with the axis of `depth` values put in. */
static cnn_status one_hot_shape(cnn_call *call, int64_t depth, int *axis, cnn_shape *shape) {
    const cnn_shape *indices = &call->inputs[0]->shape;
    if (indices->rank + 1 > CNN_MAX_RANK || depth < 0)
        return cnn_call_fail(call, CNN_ERROR_UNSUPPORTED, "a depth of %" PRId64 " for %s", depth,
                             cnn_array_describe(call->inputs[0]).text);
    *shape = (cnn_shape){.rank = indices->rank + 1};
    cnn_status status = cnn_call_read_axis(call, -1, shape->rank, false, axis);
    for (int i = 0; status == CNN_OK && i < shape->rank; i++)
        shape->dim[i] = i == *axis ? depth : indices->dim[i - (i > *axis)];
    return status;
}

/* `wide` are the indices; those outside of the axis give `off` alone. */
static void fill_one_hot(const cnn_array *wide, const cnn_array *values, const cnn_around *around,
                         cnn_array *output) {
    const size_t size = cnn_type_size(values->type);
    const char *off = values->data, *on = off + size;
    for (int64_t i = 0; i < output->elements; i++) {
        const int64_t place = i / around->behind % around->size;
        const int64_t before = i / (around->behind * around->size), behind = i % around->behind;
        const int64_t index = ((const int64_t *)wide->data)[before * around->behind + behind];
        memcpy((char *)output->data + (size_t)i * size,
               (index < 0 ? index + around->size : index) == place ? on : off, size);
    }
}

cnn_status cnn_run_OneHot(cnn_call *call) {
    const cnn_array *values = call->inputs[2], *wide;
    cnn_array *output, room;
    cnn_shape shape;
    int64_t depth = 0;
    int axis = 0;
    cnn_status status = cnn_call_integer(call, 1, "depth", &depth);
    if (status == CNN_OK && values->elements != 2)
        status = cnn_call_fail(call, CNN_ERROR_FORMAT, "the values are %s, expected two",
                               cnn_array_describe(values).text);
    if (status == CNN_OK)
        status = one_hot_shape(call, depth, &axis, &shape);
    if (status == CNN_OK)
        status = cnn_call_output(call, 0, values->type, &shape, &output);
    if (status == CNN_OK)
        status = cnn_call_widen(call, call->inputs[0], CNN_TYPE_INT64, &room, &wide);
    if (status != CNN_OK)
        return status;
    const cnn_around around = cnn_around_axis(&shape, axis);
    fill_one_hot(wide, values, &around, output);
    cnn_array_free(&room, call->budget);
    return CNN_OK;
}

/* ---- CumSum ---------------------------------------------------------------------------------------- */

typedef struct running {
    bool exclusive, reverse;
    cnn_around around;
} running;

/* Rows of `behind` values: each is the one before it plus a row of the input. */
static void add_up(const running *r, const cnn_array *input, cnn_array *sums) {
    const cnn_row add = cnn_row_of(&cnn_rows_add, input->type);
    const int64_t row = r->around.behind * 8, size = r->around.size;
    for (int64_t before = 0; before < r->around.before; before++)
        for (int64_t i = 0; i < size; i++) {
            const int64_t at = before * size + (r->reverse ? size - 1 - i : i);
            const int64_t last = r->reverse ? at + 1 : at - 1;
            char *to = (char *)sums->data + at * row;
            const char *from = (const char *)input->data + (r->exclusive ? last : at) * row;
            if (i > 0)
                add((char *)sums->data + last * row, 1, from, 1, to, r->around.behind);
            else if (!r->exclusive)
                memcpy(to, from, (size_t)row);
        }
}

/* In a type of 8 bytes. */
static cnn_status add_wide(cnn_call *call, const running *r, cnn_array *output) {
    const cnn_array *input = call->inputs[0], *wide;
    const cnn_type type = cnn_type_is_real(input->type) ? CNN_TYPE_FLOAT64 : cnn_wide_type(input->type);
    cnn_array room, sums = {0};
    cnn_status status = cnn_call_widen(call, input, type, &room, &wide);
    if (status == CNN_OK)
        status = cnn_array_new(&sums, type, &input->shape, call->budget, call->error);
    if (status == CNN_OK && input->elements > 0) {
        add_up(r, wide, &sums);
        cnn_array_cast(&sums, output);
    }
    cnn_array_free(&room, call->budget);
    cnn_array_free(&sums, call->budget);
    return status;
}

cnn_status cnn_run_CumSum(cnn_call *call) {
    const cnn_array *input = call->inputs[0];
    int64_t exclusive = 0, reverse = 0, given = 0;
    int axis = 0;
    cnn_array *output;
    cnn_status status = cnn_call_integer(call, 1, "axis", &given);
    if (status == CNN_OK)
        status = cnn_call_axis(call, given, input->shape.rank, false, &axis);
    if (status == CNN_OK)
        status = cnn_attribute_integer(&call->attributes, "exclusive", &exclusive);
    if (status == CNN_OK)
        status = cnn_attribute_integer(&call->attributes, "reverse", &reverse);
    if (status == CNN_OK)
        status = cnn_call_output(call, 0, input->type, &input->shape, &output);
    if (status != CNN_OK)
        return status;
    const running r = {exclusive != 0, reverse != 0, cnn_around_axis(&input->shape, axis)};
    return add_wide(call, &r, output);
}
