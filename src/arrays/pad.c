/* Pad: for each axis, which input lies at each place of the output. */
#include "arrays/call.h"
#include "arrays/walk.h"

#include <string.h>

typedef enum pad_mode { CONSTANT, REFLECT, EDGE, WRAP } pad_mode;

/* Added at both ends of each axis; negative takes away. */
typedef struct padding {
    int64_t before[CNN_MAX_RANK], after[CNN_MAX_RANK];
    pad_mode mode;
} padding;

/* ---- Reading --------------------------------------------------------------------------------------- */

/* Spread `pads`, given for some axes, over all. */
static cnn_status spread_pads(const cnn_call *call, const int64_t *pads, const int64_t *axes, int count,
                              padding *p) {
    const int rank = call->inputs[0]->shape.rank;
    bool padded[CNN_MAX_RANK];
    cnn_status status = cnn_call_mark_axes(call, axes, count, rank, padded);
    for (int i = 0; status == CNN_OK && i < count; i++) {
        const int64_t axis = axes[i] < 0 ? axes[i] + rank : axes[i];
        if (pads[i] < -INT32_MAX || pads[i] > INT32_MAX || pads[count + i] < -INT32_MAX ||
            pads[count + i] > INT32_MAX)
            return cnn_call_fail(call, CNN_ERROR_UNSUPPORTED, "a padding of more than 2^31 - 1");
        p->before[axis] = pads[i];
        p->after[axis] = pads[count + i];
    }
    return status;
}

static cnn_status read_padding(cnn_call *call, padding *p) {
    static const char *const modes[] = {"constant", "reflect", "edge", "wrap", NULL};
    const bool as_input = call->opset >= 11;
    const int rank = call->inputs[0]->shape.rank;
    int64_t pads[CNN_MAX_LIST], axes[CNN_MAX_LIST];
    int mode = CONSTANT, count, axis_count = -1;
    cnn_status status = cnn_attribute_choice(&call->attributes, "mode", modes, &mode);
    if (status == CNN_OK)
        status = cnn_call_numbers(call, 1, "pads", as_input, pads, &count);
    if (status == CNN_OK && call->opset >= 18)
        status = cnn_call_numbers(call, 3, "axes", true, axes, &axis_count);
    *p = (padding){.mode = (pad_mode)mode};
    if (status != CNN_OK)
        return status;
    if (axis_count < 0)
        for (axis_count = 0; axis_count < rank; axis_count++)
            axes[axis_count] = axis_count;
    if (count != 2 * axis_count)
        return cnn_call_fail(call, CNN_ERROR_FORMAT, "pads has %d values, expected %d", count,
                             2 * axis_count);
    return spread_pads(call, pads, axes, axis_count, p);
}

/* The value around a constantly padded tensor, in *value (8 bytes); zero if none is given. */
static cnn_status read_value(cnn_call *call, uint64_t *value) {
    const cnn_array *given = cnn_call_input(call, 2), *input = call->inputs[0];
    const cnn_shape scalar = {0};
    double real = 0;
    *value = 0;
    if (call->opset < 11) {
        cnn_status status = cnn_attribute_real(&call->attributes, "value", &real);
        const cnn_array from = cnn_array_over(CNN_TYPE_FLOAT64, &scalar, &real);
        cnn_array to = cnn_array_over(input->type, &scalar, value);
        cnn_array_cast(&from, &to);
        return status;
    }
    if (!given)
        return CNN_OK;
    if (given->type != input->type || given->elements != 1)
        return cnn_call_fail(call, CNN_ERROR_FORMAT, "the value (input 2) is %s, expected one %s",
                             cnn_array_describe(given).text, cnn_type_name(input->type));
    memcpy(value, given->data, cnn_type_size(given->type));
    return CNN_OK;
}

/* ---- Where each value comes from ------------------------------------------------------------------- */

static int64_t modulo(int64_t value, int64_t size) {
    const int64_t rest = value % size;
    return rest < 0 ? rest + size : rest;
}

/* The input at place `at` of an axis of `size` values; -1: the constant. */
static int64_t source(pad_mode mode, int64_t at, int64_t size) {
    if (at >= 0 && at < size)
        return at;
    if (mode == CONSTANT || size == 0)
        return -1;
    if (mode == EDGE)
        return at < 0 ? 0 : size - 1;
    if (mode == WRAP || size == 1)
        return modulo(at, size);
    const int64_t mirrored = modulo(at, 2 * (size - 1)); /* there and back again */
    return mirrored < size ? mirrored : 2 * (size - 1) - mirrored;
}

static void pad_row(const padding *p, const char *from, char *to, int64_t length, int64_t from_length,
                    int64_t before, const void *value, size_t size) {
    for (int64_t i = 0; i < length; i++) {
        const int64_t at = source(p->mode, i - before, from_length);
        memcpy(to + (size_t)i * size, at < 0 ? value : from + (size_t)at * size, size);
    }
}

/* The input's row for a row of the output, which lies at `index` on all axes but the last; -1: none. */
static int64_t row_source(const padding *p, const cnn_shape *input, const int64_t *index) {
    int64_t row = 0;
    for (int i = 0; i < input->rank - 1; i++) {
        const int64_t at = source(p->mode, index[i] - p->before[i], input->dim[i]);
        if (at < 0)
            return -1;
        row = row * input->dim[i] + at;
    }
    return row;
}

static void pad(const padding *p, const cnn_array *input, const void *value, cnn_array *output) {
    const cnn_strides strides = cnn_strides_of(&output->shape);
    const size_t size = cnn_type_size(input->type);
    const int last = input->shape.rank - 1;
    const int64_t length = input->shape.dim[last];
    cnn_walk walk = cnn_walk_begin_axes(&output->shape, 1, &strides);
    while (cnn_walk_next(&walk)) {
        const int64_t row = row_source(p, &input->shape, walk.index);
        const bool is_outside = row < 0;
        const char *from = is_outside ? NULL : (const char *)input->data + (size_t)(row * length) * size;
        pad_row(p, from, (char *)output->data + (size_t)walk.at[0] * size, walk.length,
                is_outside ? 0 : length, p->before[last], value, size);
    }
}

cnn_status cnn_run_Pad(cnn_call *call) {
    const cnn_array *input = call->inputs[0];
    cnn_shape shape = input->shape;
    padding p;
    uint64_t value;
    cnn_array *output;
    cnn_status status = read_padding(call, &p);
    if (status == CNN_OK)
        status = read_value(call, &value);
    for (int i = 0; status == CNN_OK && i < shape.rank; i++) {
        shape.dim[i] += p.before[i] + p.after[i];
        if (p.mode != CONSTANT && input->shape.dim[i] == 0 && shape.dim[i] > 0)
            status = cnn_call_fail(call, CNN_ERROR_SHAPE, "there is nothing to fill axis %d with", i);
    }
    if (status == CNN_OK && shape.rank == 0)
        return cnn_call_reshaped(call, 0, input, &shape);
    if (status == CNN_OK)
        status = cnn_call_output(call, 0, input->type, &shape, &output);
    if (status == CNN_OK && output->elements > 0)
        pad(&p, input, &value, output);
    return status;
}
